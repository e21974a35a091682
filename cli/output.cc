#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "base/output_file.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

tl::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
  return fail(EIO, fmt::format("cannot write the report {}: {}", path, why), ErrorKind::output);
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The report of a clip is an object of its own; its name and bit rate go before the rest.
std::string named_object(const job::Clip& clip, const std::string& report) {
  std::string head = fmt::format("{{\n  \"distorted\": {},\n", quoted(clip.path));
  if (const auto rate = clip.reader->info().bit_rate)
    head += fmt::format("  \"bit_rate\": {},\n", *rate);
  if (!clip.status) head += fmt::format("  \"error\": {},\n", quoted(clip.status.error().message));
  std::string out;
  for (const char c : head + report.substr(2)) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out.substr(0, out.find_last_of('}') + 1);
}

Result<std::string> all_clips(const job::Run& run) {
  std::string out = fmt::format("{{\n  \"version\": {},\n  \"reference\": {},\n  \"clips\": [\n",
                                quoted(vmaf_version()),
                                run.reference == nullptr ? "null" : quoted(run.job.reference));
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    VISQ_ASSIGN(const std::string report,
                text_of(run.clips[i].session.context(), VMAF_OUTPUT_FORMAT_JSON));
    out += fmt::format("    {}{}\n", named_object(run.clips[i], report),
                       i + 1 < run.clips.size() ? "," : "");
  }
  return out + "  ]\n}\n";
}

}  // namespace

Result<std::string> text_of(VmafContext* context, VmafOutputFormat format) {
  std::string text;
  const int code = vmaf_output_text(
      context, format,
      [](void* user, const char* part, std::size_t size) {
        static_cast<std::string*>(user)->append(part, size);
      },
      &text);
  if (code != 0) return fail(-code, vmaf_last_error());
  return text;
}

namespace {

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(a, unknown) && std::filesystem::equivalent(a, b, unknown);
}

Status check_writable(const std::string& path) {
  if (path.empty() || path == "-") return {};
  const std::filesystem::path file(path);
  std::error_code unknown;
  const bool there = std::filesystem::exists(file, unknown);
  const auto place = there ? file : file.has_parent_path() ? file.parent_path() : ".";
  if (there && std::filesystem::is_directory(file, unknown))
    return cannot_write(path, "it is a folder; name a file");
  if (!std::filesystem::exists(place, unknown))
    return cannot_write(path, fmt::format("there is no folder {}", place.string()));
  return ::access(place.c_str(), W_OK) == 0 ? Status() : cannot_write(path, std::strerror(errno));
}

// A slip of the hand costs no clip.
Status check_no_clip(const std::string& path, const char* option, const Settings& settings) {
  std::vector<std::string> clips = settings.job.distorted;
  clips.push_back(settings.job.reference);
  for (const std::string& clip : clips)
    if (is_same_file(path, clip))
      return fail(EINVAL,
                  fmt::format("{}: {} is a clip that is compared; name another file", option, path),
                  ErrorKind::usage);
  return {};
}

}  // namespace

Status check_outputs(const Settings& settings) {
  VISQ_TRY(check_no_clip(settings.output, "--output", settings));
  VISQ_TRY(check_no_clip(settings.report, "--report", settings));
  if (!settings.report.empty() &&
      (settings.output == settings.report || is_same_file(settings.output, settings.report)))
    return fail(EINVAL,
                fmt::format("--output and --report both name {}; give each a file of its own",
                            settings.report),
                ErrorKind::usage);
  VISQ_TRY(check_writable(settings.output));
  return check_writable(settings.report);
}

Status write_text(const std::string& path, const std::string& text) {
  return write_output(path, text, "the report");
}

std::string place_of(const std::string& path, bool partial) {
  std::error_code unknown;
  if (!partial || !std::filesystem::is_regular_file(path, unknown)) return path;
  const std::filesystem::path file(path);
  return (file.parent_path() / file.stem()).string() + ".partial" + file.extension().string();
}

Status write_scores(const Settings& s, const job::Run& run) {
  if (s.output.empty()) return {};
  VISQ_ASSIGN(const std::string text, run.clips.size() == 1
                                          ? text_of(run.clips.front().session.context(), s.format)
                                          : all_clips(run));
  Status written = write_text(place_of(s.output, run.any_partial()), text);
  if (written || s.output == "-" || !write_text("-", text)) return written;
  return fail(written.error(),
              written.error().message + "; the scores are on standard output instead");
}

}  // namespace visq::cli
