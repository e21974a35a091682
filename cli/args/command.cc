#include "cli/args/command.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/args/config.h"
#include "cli/args/manual.h"
#include "cli/args/options.h"

namespace visq::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kExitCodes =
    "0 done, 1 usage, 2 input, 3 model, 4 processing, 130 interrupted.";
constexpr const char* kExample =
    "vmaf -r source.mp4 -d encode.mp4 --no_prediction --feature lpips --feature psnr -o "
    "scores.json";

// Hyphens in the names of long options are underscores.
std::string normalised(std::string word) {
  if (word.rfind("--", 0) == 0)
    std::replace(word.begin() + 2, std::find(word.begin() + 2, word.end(), '='), '-', '_');
  return word;
}

struct Line {
  Parsed parsed;
  std::vector<Given> given;
};

// "--threads" in "--threads: 1 required N missing" and in "Could not convert: --threads = abc".
std::string named_in(const std::string& sentence) {
  const std::size_t at = sentence.find("--");
  return at == std::string::npos ? "an option"
                                 : sentence.substr(at, sentence.find_first_of(": =", at) - at);
}

Error unexpected(const Words& words, const std::string& sentence) {
  const auto options = option_texts();
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const bool known = std::any_of(options.begin(), options.end(), [&](const OptionText& o) {
      return "--" + std::string(o.name()) == name;
    });
    if (name.size() > 2 && name.rfind("--", 0) == 0 && !known)
      return no_such_option(name.substr(2), options);
  }
  const std::string left =
      " " + sentence.substr(sentence.find(": ") + 2) + " ";  // all of them, the last one first
  const auto first = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
    return left.find(" " + word + " ") != std::string::npos;
  });
  return {EINVAL, fmt::format("\"{}\" belongs to no option; clips are named with -r and -d",
                              first == words.end() ? left : *first)};
}

// CLI11's errors as our sentences.
Error misread(const CLI::ParseError& error, const Words& words) {
  const std::string sentence = error.what();
  const std::string name = named_in(sentence);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return unexpected(words, sentence);
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr)
    return {EINVAL, sentence};  // our own
  const auto options = option_texts();
  const bool flag = std::any_of(options.begin(), options.end(), [&](const OptionText& o) {
    return o.names.back() == name && o.value.empty();
  });
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr && flag)
    return {EINVAL, fmt::format("{} is a flag: it takes no value", name)};
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr &&
      sentence.find(" = ") != std::string::npos)
    return {EINVAL, fmt::format("{}: \"{}\" is not a number", name,
                                sentence.substr(sentence.find(" = ") + 3))};
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return {EINVAL, sentence.find("missing") != std::string::npos
                        ? fmt::format("{} needs a value", name)
                        : fmt::format("{} is given more than once, and takes one value", name)};
  return {EINVAL, sentence};
}

std::string help(const CLI::App& app) {
  return fmt::format("{}\nExit codes: {}\n\nExample: {}\n\n{}", app.help(), kExitCodes, kExample,
                     metrics_help());
}

Result<std::string> text_for(const Raw& raw) {
  if (raw.version) return fmt::format("{}\n", vmaf_version());
  if (raw.man) return manual_page(option_texts(), {kExitCodes, kExample, metrics_help()});
  if (!raw.completion.empty()) return completion(raw.completion, option_texts());
  return std::string();
}

Result<Line> parse_words(const Words& words) {
  Settings settings;
  Raw raw;
  CLI::App app{"Scores how good a distorted video looks beside its reference.", "vmaf"};
  app.set_help_flag("--help", "print this help");
  app.get_formatter()->column_width(34);
  add_options(app, settings, raw);
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them in reverse
  } catch (const CLI::CallForHelp&) {
    return Line{{std::nullopt, help(app)}, {}};
  } catch (const CLI::ParseError& error) {
    return tl::unexpected<Error>(misread(error, words));
  }
  VISQ_ASSIGN(std::string text, text_for(raw));
  if (!text.empty()) return Line{{std::nullopt, std::move(text)}, {}};
  VISQ_TRY(settle(raw, words, settings));
  return Line{{std::move(settings), ""}, given_options(app)};
}

Words words_of(int argc, const char* const* argv) {
  Words words;
  for (int i = 1; i < argc; ++i) words.push_back(normalised(argv[i]));
  return words;
}

void add(Words& words, const std::string& name, const std::vector<std::string>& values, bool flag) {
  if (flag && !values.empty()) words.push_back("--" + name);
  for (const std::string& value : values)
    if (!flag) words.push_back(fmt::format("--{}={}", name, value));
}

// What stands on the command line replaces what the job says.
Words words_of(const ConfigJob& job, const std::vector<Given>& given,
               const std::vector<OptionText>& options) {
  Words words;
  const auto is_flag = [&](const std::string& name) {
    return std::any_of(options.begin(), options.end(),
                       [&](const OptionText& o) { return o.name() == name && o.value.empty(); });
  };
  for (const ConfigEntry& entry : job.entries)
    if (std::none_of(given.begin(), given.end(),
                     [&](const Given& g) { return g.name == entry.name; }))
      add(words, entry.name, entry.values, is_flag(entry.name));
  for (const Given& g : given)
    if (g.name != "config")
      add(words, g.name, is_flag(g.name) ? Words{"true"} : g.values, is_flag(g.name));
  return words;
}

// The line of the option that a sentence names, or of the job.
int line_for(const std::string& sentence, const ConfigJob& job) {
  std::string text = sentence;
  std::replace(text.begin(), text.end(), '-', '_');
  std::size_t first = std::string::npos;
  int line = job.line;
  for (const ConfigEntry& entry : job.entries) {
    const std::size_t at = text.find("__" + entry.name);
    if (at >= first) continue;
    first = at;
    line = entry.line;
  }
  return line;
}

// What stands on the command line holds for every job: of a file the last one's scores would be
// left.
Status check_files_of_one(const std::vector<Given>& given, std::size_t jobs) {
  for (const Given& g : given)
    if (jobs > 1 && (g.name == "output" || g.name == "report") && g.values.front() != "-")
      return fail(
          EINVAL,
          fmt::format(
              "--{} {}: each of the {} jobs would write it; name a file in each job instead",
              g.name, g.values.front(), jobs));
  return {};
}

// Maps of one job would replace another's.
Status check_map_folders(const std::vector<Settings>& list, const std::vector<ConfigJob>& jobs) {
  std::map<std::string, std::size_t> owners;
  for (std::size_t i = 0; i < list.size(); ++i)
    for (const FeatureSpec& feature : list[i].features)
      for (const char* key : kMapFolders) {
        const auto folder = feature.options.find(key);
        if (folder == feature.options.end() || folder->second.empty()) continue;
        const std::size_t owner = owners.emplace(folder->second, i).first->second;
        if (owner != i)
          return fail(EINVAL, fmt::format("{}: {} of {} is {}, where the job of line {} writes its "
                                          "maps; each job needs a folder of its own",
                                          jobs[i].line, key, feature.name, folder->second,
                                          jobs[owner].line));
      }
  return {};
}

Result<std::vector<Settings>> read_jobs(const std::string& path, const std::vector<Given>& given) {
  const auto options = option_texts();
  VISQ_ASSIGN(const std::vector<ConfigJob> jobs, read_config(path, options));
  VISQ_TRY(check_files_of_one(given, jobs.size()));
  std::vector<Settings> list;
  for (const ConfigJob& job : jobs) {
    auto line = parse_words(words_of(job, given, options));
    if (!line)
      return fail(line.error(), fmt::format("{}:{}: {}", path, line_for(line.error().message, job),
                                            line.error().message));
    list.push_back(*std::move(line->parsed.settings));
    if (jobs.size() > 1)
      list.back().job =
          fmt::format("job {} of {} ({}:{})", list.size(), jobs.size(), path, job.line);
  }
  if (const Status apart = check_map_folders(list, jobs); !apart)
    return fail(apart.error(), fmt::format("{}:{}", path, apart.error().message));
  return list;
}

}  // namespace

Result<Parsed> parse_arguments(int argc, const char* const* argv) {
  VISQ_ASSIGN(Line line, parse_words(words_of(argc, argv)));
  return std::move(line.parsed);
}

Result<Command> parse_command(int argc, const char* const* argv) {
  VISQ_ASSIGN(Line line, parse_words(words_of(argc, argv)));
  if (!line.parsed.settings) return Command{{}, std::move(line.parsed.text)};
  const std::string config = line.parsed.settings->config;
  if (config.empty() || line.parsed.settings->task != Task::score)
    return Command{{*std::move(line.parsed.settings)}, ""};
  VISQ_ASSIGN(std::vector<Settings> jobs, read_jobs(config, line.given));
  return Command{std::move(jobs), ""};
}

}  // namespace visq::cli
