#include "cli/args/command.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/args/config.h"
#include "cli/args/manual.h"
#include "cli/args/options.h"
#include "job/roles.h"

namespace visq::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kExitCodes =
    "0 done, 1 usage, 2 input, 3 model, 4 processing, 130 interrupted.";
const char* example(Program program) {
  return program == Program::visq
             ? "visq source.mp4 encode.mp4 --report"
             : "vmaf -r source.mp4 -d encode.mp4 --no_prediction --feature lpips --feature psnr -o "
               "scores.json";
}

const char* description(Program program) {
  return program == Program::visq
             ? "visq ORIGINAL ENCODE [ENCODE ...] [OPTIONS] scores how good encodes look beside "
               "their original.\nvisq NAME ... runs the program visq-NAME of PATH."
             : "Scores how good a distorted video looks beside its reference.";
}

// Hyphens in the names of long options are underscores.
std::string normalised(std::string word) {
  if (word.rfind("--", 0) == 0)
    std::replace(word.begin() + 2, std::find(word.begin() + 2, word.end(), '='), '-', '_');
  return word;
}

struct Read {
  Parsed parsed;
  std::vector<Given> given;
};
using ReadOrMisuse = tl::expected<Read, Misuse>;

const OptionText* option_of(const std::string& word, const std::vector<OptionText>& options) {
  const std::string name = word.substr(0, word.find('='));
  for (const OptionText& option : options)
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end())
      return &option;
  return nullptr;
}

// Words that CLI11 had no use for.
Misuse unexpected(const Words& left) {
  const auto options = option_texts();
  for (const std::string& word : left)
    if (word.size() > 2 && word.rfind("--", 0) == 0)
      return {"", no_such_option(word.substr(2, word.find('=') - 2), options)};
  return {"", fmt::format("\"{}\" belongs to no option; clips are named with -r and -d, or are two "
                          "files by themselves: vmaf REFERENCE DISTORTED",
                          left.front())};
}

// CLI11 refuses an option that comes too often, or without its value at the end of the line.
Misuse mismatch(const CLI::App& app, const Words& words) {
  for (const CLI::Option* option : app.get_options())
    if (option->get_expected_max() == 1 && option->count() > 1)
      return {option->get_lnames().front(),
              fmt::format("--{} is given more than once, and takes one value",
                          option->get_lnames().front())};
  const auto options = option_texts();
  const OptionText* last = option_of(words.back(), options);
  return {"", fmt::format("{} needs a value", last == nullptr ? words.back() : last->names.back())};
}

// Words without an option are the clips: two for vmaf, which reads them only where no option names
// one, and any number for visq.
Checked take_clips(const Words& left, Line& line) {
  job::Job& job = line.settings.job;
  const auto is_option = [](const std::string& word) { return word.size() > 1 && word[0] == '-'; };
  if (left.empty()) return {};
  const bool pair = left.size() == 2 && !job.has_reference() && job.distorted.empty();
  if (std::any_of(left.begin(), left.end(), is_option) ||
      (line.settings.program != Program::visq && !pair))
    return unexpected(left);
  if (!line.settings.config.empty())
    return Misuse{
        "", fmt::format("{} stands beside --config, whose jobs name their clips", left.front())};
  for (const std::string& word : left) {
    if (word.empty())
      return Misuse{"", "the name of a clip is empty (a variable of the shell that is not set?)"};
    if (!line.no_reference && job.reference.empty())
      job.reference = word;
    else
      job.distorted.push_back(word);
  }
  return {};
}

// visq writes the page beside the encode where --report names no file: at the end, or before what
// is no page.
bool take_bare_report(Words& words) {
  const auto report = std::find(words.begin(), words.end(), "--report");
  if (report == words.end()) return false;
  const auto next = report + 1;
  if (next != words.end() && (next->ends_with(".html") || next->ends_with(".htm"))) return false;
  words.erase(report);
  return true;
}

std::string help(const CLI::App& app, Program program) {
  return fmt::format("{}\nExit codes: {}\n\nExample: {}\n\n{}", app.help(), kExitCodes,
                     example(program), metrics_help());
}

std::string text_for(const Line& line) {
  if (line.version) return fmt::format("{}\n", vmaf_version());
  const Program program = line.settings.program;
  if (line.man)
    return manual_page(program, option_texts(), {kExitCodes, example(program), metrics_help()});
  if (!line.completion.empty()) return completion(program, line.completion, option_texts());
  return "";
}

ReadOrMisuse parse_words(Program program, Words words) {
  const Words typed = words;
  Line line;
  line.settings.program = program;
  line.report_beside = program == Program::visq && take_bare_report(words);
  CLI::App app{description(program), std::string(name_of(program))};
  app.set_help_flag("--help", "print this help");
  app.get_formatter()->column_width(34);
  app.allow_extras();
  add_options(app, line);
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them in reverse
  } catch (const CLI::CallForHelp&) {
    return Read{{std::nullopt, help(app, program)}, {}};
  } catch (const CLI::ValidationError&) {
    return tl::unexpected(*line.refused);
  } catch (const CLI::ParseError&) {
    return tl::unexpected(mismatch(app, words));
  }
  if (Checked wrong = take_clips(app.remaining(), line)) return tl::unexpected(*std::move(wrong));
  if (std::string text = text_for(line); !text.empty())
    return Read{{std::nullopt, std::move(text)}, {}};
  if (Checked wrong = settle(line, typed)) return tl::unexpected(*std::move(wrong));
  return Read{{std::move(line.settings), ""}, given_options(app)};
}

Error error_of(const Misuse& misuse) { return {EINVAL, misuse.sentence, ErrorKind::usage}; }

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

// The line of the option that is wrong, or of the job.
int line_for(const Misuse& misuse, const ConfigJob& job) {
  for (const ConfigEntry& entry : job.entries)
    if (entry.name == misuse.option) return entry.line;
  return job.line;
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
    for (const job::FeatureSpec& feature : list[i].job.features)
      for (const job::MapFolder& folder : job::map_folders_of(feature)) {
        const std::size_t owner = owners.emplace(folder.path, i).first->second;
        if (owner != i)
          return fail(EINVAL, fmt::format("{}: {} of {} is {}, where the job of line {} writes its "
                                          "maps; each job needs a folder of its own",
                                          jobs[i].line, folder.option, feature.name, folder.path,
                                          jobs[owner].line));
      }
  return {};
}

Result<std::vector<Settings>> read_jobs(Program program, const std::string& path,
                                        const std::vector<Given>& given) {
  const auto options = option_texts();
  VISQ_ASSIGN(const std::vector<ConfigJob> jobs, read_config(path, options));
  VISQ_TRY(check_files_of_one(given, jobs.size()));
  std::vector<Settings> list;
  for (const ConfigJob& job : jobs) {
    auto read = parse_words(program, words_of(job, given, options));
    if (!read)
      return fail(EINVAL, fmt::format("{}:{}: {}", path, line_for(read.error(), job),
                                      read.error().sentence));
    std::optional<Settings>& settings = read->parsed.settings;
    if (!settings)
      return fail(EINVAL, fmt::format("{}:{}: the job scores nothing", path, job.line));
    list.push_back(*std::move(settings));
    if (jobs.size() > 1)
      list.back().title =
          fmt::format("job {} of {} ({}:{})", list.size(), jobs.size(), path, job.line);
  }
  if (const Status apart = check_map_folders(list, jobs); !apart)
    return fail(apart.error(), fmt::format("{}:{}", path, apart.error().message));
  return list;
}

}  // namespace

Result<Parsed> parse_arguments(int argc, const char* const* argv) {
  auto read = parse_words(program_of(argc, argv), words_of(argc, argv));
  if (!read) return tl::unexpected(error_of(read.error()));
  return std::move(read->parsed);
}

Result<Command> parse_command(int argc, const char* const* argv) {
  auto read = parse_words(program_of(argc, argv), words_of(argc, argv));
  if (!read) return tl::unexpected(error_of(read.error()));
  auto& [settings, text] = read->parsed;
  if (!settings) return Command{{}, std::move(text)};
  if (settings->config.empty() || settings->task != Task::score)
    return Command{{*std::move(settings)}, ""};
  VISQ_ASSIGN(std::vector<Settings> jobs,
              read_jobs(settings->program, settings->config, read->given));
  return Command{std::move(jobs), ""};
}

}  // namespace visq::cli
