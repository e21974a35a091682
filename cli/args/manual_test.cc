// What the command says of itself: the manual page, and completions as the shells themselves
// complete.
#include "cli/args/manual.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool is_installed(const char* program) {
  return std::system(fmt::format("command -v {} >/dev/null", program).c_str()) == 0;
}

// As zsh opens one.
bool has_pseudo_terminals() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}

class Manual : public test::CommandTest {
 protected:
  std::string told(const std::string& arguments) const {
    const Outcome o = run(arguments);
    EXPECT_EQ(o.code, 0) << arguments << o.err;
    return o.out;
  }
  // Of a shell's script, in "script"; its output.
  std::string output_of(const std::string& command) const {
    EXPECT_EQ(shell(fmt::format("({}) >out 2>&1 </dev/null", command)), 0) << command << "\n"
                                                                           << read("out");
    return read("out");
  }
};

TEST_F(Manual, HasEveryOption) {
  const std::string page = told("--man"), help = told("--help");
  for (const char* part :
       {".TH VMAF 1", ".SH NAME\nvmaf \\- ", ".SH EXIT STATUS", "130 interrupted"})
    EXPECT_TRUE(has(page, part)) << part;
  for (const OptionText& option : option_texts()) {
    EXPECT_TRUE(has(help, option.names.back())) << option.names.back();
    std::string escaped;
    for (const char c : option.names.back())
      escaped += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_TRUE(has(page, "\\fB" + escaped + "\\fR")) << escaped;
  }
}

TEST_F(Manual, IsWhatGroffReadsWithoutAWarning) {
  VISQ_NEED(is_installed("groff"), "groff");
  const std::string text =
      output_of(fmt::format("{} --man | groff -ww -man -Tutf8 -P-cbou", VISQ_VMAF));
  EXPECT_FALSE(has(text, "warning") || has(text, "<standard input>:")) << text;
  EXPECT_TRUE(has(text, "--to_bitdepth")) << text;
}

TEST_F(Manual, CompletionsHaveEveryOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = told(fmt::format("--completion {}", shell));
    for (const OptionText& option : option_texts())
      EXPECT_TRUE(has(script, option.name())) << shell << " " << option.name();
  }
  const Outcome unknown = run("--completion csh");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_TRUE(has(unknown.err, "bash, zsh or fish"));
}

// A line that is begun, and what the shell offers for its last word.
struct Offer {
  const char *line, *offered;
};
constexpr Offer kOffers[] = {
    {"vmaf --threa", "--threads\n"},    {"vmaf --sca", "--scale\n--scaler\n"},
    {"vmaf --feature cied", "ciede\n"}, {"vmaf --scaler bil", "bilinear\n"},
    {"vmaf --progress j", "json\n"},    {"vmaf -r clip_", "clip_1.y4m\n"}};

TEST_F(Manual, BashCompletes) {
  write("script", told("--completion bash"));
  write("clip_1.y4m", "");
  for (const auto& [line, offered] : kOffers)
    EXPECT_EQ(output_of(fmt::format(
                  "bash -c '. ./script; COMP_WORDS=({0}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
                  "_vmaf; printf \"%s\\n\" ${{COMPREPLY[@]}} | sort'",
                  line)),
              offered)
        << line;
}

TEST_F(Manual, BashCompletesVisqLikewise) {
  const auto program = std::filesystem::path(VISQ_VMAF).parent_path() / "visq";
  write("script", output_of(program.string() + " --completion bash"));
  write("clip_1.y4m", "");
  EXPECT_EQ(output_of("bash -c '. ./script; COMP_WORDS=(visq clip_); COMP_CWORD=1; _visq; printf "
                      "\"%s\\n\" ${COMPREPLY[@]}; complete -p visq'"),
            "clip_1.y4m\ncomplete -o filenames -F _visq visq\n");
  EXPECT_TRUE(
      has(output_of(program.string() + " --completion fish"), "complete -c visq -l report"));
  EXPECT_TRUE(has(output_of(program.string() + " --completion zsh"), "#compdef visq\n_visq() {"));
  EXPECT_TRUE(has(output_of(program.string() + " --man"), ".TH VISQ 1"));
}

TEST_F(Manual, FishCompletes) {
  VISQ_NEED(is_installed("fish"), "fish");
  write("script", told("--completion fish"));
  write("clip_1.y4m", "");
  for (const auto& [line, offered] : kOffers) {
    // From fish 4 on it also offers words that have the letters elsewhere.
    const std::string_view begun =
        std::string_view(line).substr(std::string_view(line).rfind(' ') + 1);
    EXPECT_EQ(output_of(fmt::format("HOME=$PWD fish --no-config -c 'source script; complete -C "
                                    "\"{}\" | string split -f 1 \\t | string match -- \"{}*\" | "
                                    "sort'",
                                    line, begun)),
              offered)
        << line;
  }
}

// zsh completes on a terminal only: its first prompt there completes the lines and ends, and
// compadd, by which all offers go, notes them.
TEST_F(Manual, ZshCompletes) {
  VISQ_NEED(is_installed("zsh"), "zsh");
  VISQ_NEED(has_pseudo_terminals(), "a pseudo terminal: a file system at /dev/pts");
  write("functions/_vmaf", told("--completion zsh"));
  write("clip_1.y4m", "");
  std::string lines;
  for (const Offer& offer : kOffers) lines += fmt::format("{}\n", offer.line);
  write("lines", lines);
  write(".zshrc",
        "fpath=($PWD/functions $fpath)\nautoload -U compinit\ncompinit -u -D\n"
        "compadd() { local -a hits; builtin compadd -O hits \"$@\"; print -rl -- $hits "
        ">>\"$BUFFER.offered\"; builtin compadd \"$@\" }\n"
        "complete-lines() { while read -r BUFFER; do CURSOR=$#BUFFER; zle list-choices; done "
        "<lines; exit }\n"
        "zle -N zle-line-init complete-lines\n");
  const std::string screen = output_of(
      "ZDOTDIR=$PWD timeout 60 zsh -fc 'zmodload zsh/zpty; zpty terminal zsh -i; while zpty -r "
      "terminal; do :; done'");
  for (const auto& [line, offered] : kOffers)
    EXPECT_EQ(output_of(fmt::format("sort -u '{}.offered' | grep .", line)), offered)
        << line << screen;
  EXPECT_EQ(
      output_of(
          "zsh -fc 'autoload -U compinit; compinit -u -D; . functions/_vmaf; print $_comps[vmaf]'"),
      "_vmaf\n")
      << "sourced";
}

}  // namespace
}  // namespace visq::cli
