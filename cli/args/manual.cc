#include "cli/args/manual.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

// Text that roff takes for nothing but text.
std::string plain(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

std::string entry(const OptionText& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", plain(name));
  const std::string value =
      option.value.empty() ? "" : fmt::format(" \\fI{}\\fR", plain(option.value));
  return fmt::format(".TP\n{}{}\n{}\n", names, value, plain(option.help));
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    names.emplace_back(metric->name);
  return names;
}

std::vector<std::string> model_versions() {
  std::vector<std::string> names;
  const char* version = nullptr;
  for (const void* it = nullptr; (it = vmaf_model_version_next(it, &version)) != nullptr;)
    names.push_back(fmt::format("version={}", version));
  return names;
}

std::vector<std::string> all_names(const std::vector<OptionText>& options) {
  std::vector<std::string> names;
  for (const OptionText& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// "cambi ciede" for --feature, "auto reference" for --scale: what may follow an option, where that
// is known.
struct Words {
  std::string option, words;
};

std::vector<Words> values(const std::vector<OptionText>& options) {
  std::vector<Words> list{{"feature", fmt::format("{}", fmt::join(metric_names(), " "))},
                          {"model", fmt::format("{}", fmt::join(model_versions(), " "))}};
  for (const OptionText& option : options)
    if (!option.choices.empty())
      list.push_back(
          {std::string(option.name()), fmt::format("{}", fmt::join(option.choices, " "))});
  return list;
}

std::string bash(std::string_view program, const std::vector<OptionText>& options) {
  std::string cases;
  for (const auto& [option, words] : values(options))
    cases += fmt::format("    --{}) COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                         option, words);
  return fmt::format(
      "_{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} before=\"\"\n"
      "  [ \"$COMP_CWORD\" -gt 0 ] && before=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  case $before in\n{1}"
      "  esac\n"
      "  case $current in\n"
      "    -*) COMPREPLY=($(compgen -W \"{2}\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F _{0} {0}\n",
      program, cases, fmt::join(all_names(options), " "));
}

// `text` with a backslash before each of `special`.
std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text)
    out += special.find(c) == std::string_view::npos ? std::string(1, c) : std::string("\\") + c;
  return out;
}

std::string fish(std::string_view program, const std::vector<OptionText>& options) {
  std::string out;
  for (const OptionText& option : options) {
    out += fmt::format("complete -c {}", program);
    for (const std::string& name : option.names)
      out += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.value.empty()) out += " -r";
    out += fmt::format(" -d '{}'\n", escaped(option.help, "'\\"));
  }
  for (const auto& [option, words] : values(options))
    out += fmt::format("complete -c {} -l {} -x -a '{}'\n", program, option, words);
  return out;
}

// What zsh's _arguments takes: '(-r --reference)'{-r+,--reference=}'[reference video]:FILE:_files'.
std::string zsh_argument(const OptionText& option, const std::vector<Words>& values) {
  const bool flag = option.value.empty();
  std::string names;
  for (const std::string& name : option.names)
    names += fmt::format("{}{}{}", names.empty() ? "" : ",", name,
                         flag               ? ""
                         : name.size() == 2 ? "+"
                                            : "=");
  if (option.names.size() > 1) names = "{" + names + "}";
  const std::string once =
      option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  const auto known = std::find_if(values.begin(), values.end(),
                                  [&](const Words& w) { return w.option == option.name(); });
  const bool file = option.value.rfind("FILE", 0) == 0 || option.value.rfind("PATH", 0) == 0;
  const std::string value = flag ? ""
                                 : fmt::format(":{}:{}", option.value,
                                               known != values.end() ? "(" + known->words + ")"
                                               : file                ? "_files"
                                                                     : "");
  std::string help;  // in single quotes
  for (const char c : escaped(option.help, "[]\\"))
    help += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return fmt::format(" \\\n    '{}'{}'[{}]{}'", once, names, help, value);
}

// As a file `_vmaf` it is the function's body, and when it is sourced it says what it is for.
std::string zsh(std::string_view program, const std::vector<OptionText>& options) {
  const std::vector<Words> words = values(options);
  std::string arguments;
  for (const OptionText& option : options) arguments += zsh_argument(option, words);
  if (program == "visq") arguments += " \\\n    '*:clip:_files'";
  return fmt::format(
      "#compdef {0}\n_{0}() {{\n  _arguments -s{1}\n}}\nif [ \"$funcstack[1]\" = _{0} ]; then "
      "_{0} \"$@\"; else compdef _{0} {0}; fi\n",
      program, arguments);
}

}  // namespace

std::string manual_page(Program program, const std::vector<OptionText>& options,
                        const ManualTexts& texts) {
  const bool visq = program == Program::visq;
  std::string out = fmt::format(
      ".TH {} 1 \"\" \"{}\"\n.SH NAME\n{} \\- scores how good a distorted video looks beside its "
      "reference\n",
      visq ? "VISQ" : "VMAF", plain(vmaf_version()), name_of(program));
  out += ".SH SYNOPSIS\n";
  if (visq)
    out +=
        "\\fBvisq\\fR \\fIORIGINAL ENCODE\\fR [\\fIENCODE\\fR ...] [\\fIoptions\\fR]\n.br\n"
        "\\fBvisq\\fR \\fINAME\\fR ...\n.br\n";
  out += fmt::format(
      "\\fB{0}\\fR \\fB\\-r\\fR \\fIREFERENCE\\fR \\fB\\-d\\fR \\fIDISTORTED\\fR "
      "[\\fIoptions\\fR]\n.br\n\\fB{0}\\fR \\fB\\-\\-config\\fR \\fIFILE.yaml\\fR "
      "[\\fIoptions\\fR]\n",
      name_of(program));
  if (visq)
    out +=
        ".SH DESCRIPTION\nScores vmaf, psnr, xpsnr and lpips, or what options name instead. "
        "\\fB\\-\\-report\\fR without a file writes the page beside the encode. \\fIvisq NAME\\fR "
        "runs the program \\fIvisq\\-NAME\\fR of PATH.\n";
  out += ".SH OPTIONS\nLong options may be written with hyphens or underscores.\n";
  std::string group;
  for (const OptionText& option : options) {
    if (option.group != group) out += fmt::format(".SS {}\n", plain(option.group));
    group = option.group;
    out += entry(option);
  }
  const auto section = [&](const char* title, const std::string& text) {
    out += fmt::format(".SH {}\n.nf\n{}\n.fi\n", title, plain(text));
  };
  section("EXIT STATUS", texts.exit_codes);
  section("EXAMPLE", texts.example);
  section("METRICS", texts.metrics);
  return out;
}

std::string completion(Program program, const std::string& shell,
                       const std::vector<OptionText>& options) {
  const std::string_view name = name_of(program);
  if (shell == "bash") return bash(name, options);
  if (shell == "zsh") return zsh(name, options);
  return fish(name, options);
}

}  // namespace visq::cli
