#include "cli/args/config.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/files.h"

namespace visq::cli {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxJobs = 10000;

tl::unexpected<Error> wrong(const YAML::Mark& mark, const std::string& sentence) {
  return fail(EINVAL, mark.is_null() ? sentence : fmt::format("{}: {}", mark.line + 1, sentence));
}

// One node for several places could make a small file endless, and a second document would be
// passed over.
class Plain final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw YAML::ParserException(mark, "a second document begins; one is expected");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "an alias (*) is not supported; repeat what it stands for");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int documents_ = 0;
};

void check_plain(const std::string& yaml) {
  std::istringstream stream(yaml);
  YAML::Parser parser(stream);
  for (Plain plain; parser.HandleNextDocument(plain);) {
  }
}

Result<std::string> value_of(const OptionText& option, const YAML::Node& node) {
  const bool flag = option.value.empty();
  std::string text = node.IsScalar() ? node.Scalar() : "";
  if (flag && text != "true" && text != "false")
    return wrong(node.Mark(),
                 fmt::format("{} is a flag: true or false is expected", option.name()));
  if (text.empty())
    return wrong(node.Mark(),
                 fmt::format("{} needs {}value ({})", option.name(),
                             option.repeatable ? "a value or a list of values, each a " : "a ",
                             option.value));
  return text;
}

Result<const OptionText*> option_named(const std::string& name, const YAML::Mark& mark,
                                       const std::vector<OptionText>& options) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionText& o) { return o.name() == name; });
  if (found == options.end()) return wrong(mark, no_such_option(name.substr(0, 60), options));
  for (const char* alone :
       {"config", "version", "man", "completion", "list_devices", "list_models", "verify_models"})
    if (name == alone)
      return wrong(mark, fmt::format("--{} scores nothing: it belongs on a command line", name));
  return &*found;
}

Result<ConfigEntry> entry_of(const YAML::Node& key, const YAML::Node& value,
                             const std::vector<OptionText>& options) {
  if (!key.IsScalar()) return wrong(key.Mark(), "the name of an option is expected");
  std::string name = key.Scalar();
  std::replace(name.begin(), name.end(), '-', '_');
  VISQ_ASSIGN(const OptionText* const option, option_named(name, key.Mark(), options));
  ConfigEntry entry{name, {}, key.Mark().line + 1};
  if (!option->repeatable || !value.IsSequence()) {
    auto text = value_of(*option, value);
    if (!text) return tl::unexpected(text.error());
    const bool is_off = option->value.empty() && std::string_view(*text) != "true";  // of a flag
    if (!is_off) entry.values.push_back(*std::move(text));
    return entry;
  }
  for (const YAML::Node& item : value) {
    VISQ_ASSIGN(std::string text, value_of(*option, item));
    entry.values.push_back(std::move(text));
  }
  return entry;
}

using Entries = std::vector<ConfigEntry>;

const ConfigEntry* find(const Entries& entries, const std::string& name) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const ConfigEntry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

// `besides`: a key that is no option here.
Result<Entries> entries_of(const YAML::Node& map, const char* besides,
                           const std::vector<OptionText>& options) {
  if (!map.IsMap())
    return wrong(map.Mark(),
                 "a map of option names to values is expected, such as reference: a.mp4");
  Entries entries;
  for (const auto& item : map) {
    if (item.first.IsScalar() && item.first.Scalar() == besides) continue;
    VISQ_ASSIGN(ConfigEntry entry, entry_of(item.first, item.second, options));
    if (const ConfigEntry* before = find(entries, entry.name); before != nullptr)
      return wrong(item.first.Mark(),
                   fmt::format("{} stands in line {} already; several values are one list",
                               entry.name, before->line));
    entries.push_back(std::move(entry));
  }
  return entries;
}

// What stands outside the jobs holds where the job says nothing else.
Result<ConfigJob> job_of(const YAML::Node& node, const Entries& common,
                         const std::vector<OptionText>& options) {
  VISQ_ASSIGN(Entries own, entries_of(node, "", options));
  ConfigJob job{node.Mark().line + 1, {}};
  for (const ConfigEntry& entry : common)
    if (find(own, entry.name) == nullptr) job.entries.push_back(entry);
  job.entries.insert(job.entries.end(), own.begin(), own.end());
  return job;
}

// By file, the lines of the jobs in which one of these options names it.
std::map<std::string, int> lines_by_file(const std::vector<ConfigJob>& jobs,
                                         std::initializer_list<const char*> names) {
  std::map<std::string, int> lines;
  for (const ConfigJob& job : jobs)
    for (const char* name : names)
      if (const ConfigEntry* entry = find(job.entries, name); entry != nullptr)
        for (const std::string& file : entry->values) lines.emplace(file, job.line);
  return lines;
}

// Two jobs that write one file would leave the scores of the last; one that writes another's clip,
// neither.
Status check_outputs(const std::vector<ConfigJob>& jobs) {
  const auto clips = lines_by_file(jobs, {"reference", "distorted"});
  std::map<std::string, int> written;
  for (const ConfigJob& job : jobs)
    for (const char* name : {"output", "report"}) {
      const ConfigEntry* entry = find(job.entries, name);
      if (entry == nullptr || entry->values.front() == "-") continue;
      const std::string& file = entry->values.front();
      if (const auto clip = clips.find(file); clip != clips.end())
        return fail(
            EINVAL,
            fmt::format("{}: {} {} is a clip that the job of line {} compares; name another file",
                        job.line, name, file, clip->second));
      const auto [other, first] = written.emplace(file, job.line);
      if (!first)
        return fail(EINVAL, fmt::format("{}: {} {} is written by the job of line {} already; each "
                                        "job needs a file of its own",
                                        job.line, name, file, other->second));
    }
  return {};
}

Result<std::vector<ConfigJob>> jobs_of(const YAML::Node& root,
                                       const std::vector<OptionText>& options) {
  VISQ_ASSIGN(const Entries common, entries_of(root, "jobs", options));
  const YAML::Node list = root["jobs"];
  if (!list) return std::vector<ConfigJob>{{root.Mark().line + 1, common}};
  if (!list.IsSequence() || list.size() == 0 || list.size() > kMaxJobs)
    return wrong(
        list.Mark(),
        fmt::format("jobs is a list of 1 to {} maps, each beginning with a hyphen", kMaxJobs));
  std::vector<ConfigJob> jobs;
  for (const YAML::Node& node : list) {
    VISQ_ASSIGN(ConfigJob job, job_of(node, common, options));
    jobs.push_back(std::move(job));
  }
  VISQ_TRY(check_outputs(jobs));
  return jobs;
}

}  // namespace

Result<std::vector<ConfigJob>> parse_config(const std::string& yaml,
                                            const std::vector<OptionText>& options) {
  if (yaml.size() > kMaxBytes)
    return fail(EINVAL,
                fmt::format("it has more than {} bytes, which no configuration needs", kMaxBytes));
  if (yaml.find('\0') != std::string::npos) return fail(EINVAL, "it is no text");
  try {
    check_plain(yaml);
    return jobs_of(YAML::Load(yaml), options);
  } catch (const YAML::Exception& error) {
    return wrong(error.mark, fmt::format("this is no YAML: {}", error.msg));
  }
}

Result<std::vector<ConfigJob>> read_config(const std::string& path,
                                           const std::vector<OptionText>& options) {
  const auto text = read_file_or_pipe(path, kMaxBytes);
  if (!text) return fail(text.error(), fmt::format("--config: {}", text.error().message));
  auto jobs = parse_config(*text, options);
  if (!jobs)
    return fail(
        jobs.error().code,
        fmt::format("{}:{}{}", path,
                    std::isdigit(static_cast<unsigned char>(jobs.error().message[0])) ? "" : " ",
                    jobs.error().message));
  return jobs;
}

}  // namespace visq::cli
