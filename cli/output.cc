#include "cli/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/output_file.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

tl::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
  return fail(EIO, fmt::format("cannot write the report {}: {}", path, why), ErrorKind::output);
}

// Gives text on with its lines indented; the end of the last one is left out.
class Indented {
 public:
  explicit Indented(const TextSink& sink) : sink_(sink) {}

  void operator()(std::string_view part) {
    std::string out;
    for (const char c : part) {
      if (line_ended_) out += "\n    ";
      line_ended_ = c == '\n';
      if (!line_ended_) out += c;
    }
    sink_(out);
  }

 private:
  const TextSink& sink_;
  bool line_ended_ = false;  // and nothing has followed yet
};

// What opens the object of a clip.
std::string head_of(const job::Clip& clip) {
  std::string head = fmt::format("{{\n  \"distorted\": {},\n", json_text(clip.path));
  if (const auto rate = clip.reader->info().bit_rate)
    head += fmt::format("  \"bit_rate\": {},\n", *rate);
  if (!clip.status)
    head += fmt::format("  \"error\": {},\n", json_text(clip.status.error().message));
  return head;
}

// The report of a clip is an object of its own; its name and bit rate go before the rest.
Status give_clip(const job::Clip& clip, const TextSink& sink) {
  Indented indented(sink);
  indented(head_of(clip));
  std::size_t opening = 2;  // "{\n", which the head has
  return give_text(clip.session.context(), VMAF_OUTPUT_FORMAT_JSON, [&](std::string_view part) {
    const std::size_t left_out = std::min(opening, part.size());
    opening -= left_out;
    indented(part.substr(left_out));
  });
}

Status give_all_clips(const job::Run& run, const TextSink& sink) {
  sink(fmt::format("{{\n  \"version\": {},\n  \"reference\": {},\n  \"clips\": [\n",
                   json_text(vmaf_version()),
                   run.reference == nullptr ? "null" : json_text(run.job.reference)));
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    sink(i == 0 ? "    " : ",\n    ");
    VISQ_TRY(give_clip(run.clips[i], sink));
  }
  sink("\n  ]\n}\n");
  return {};
}

}  // namespace

Status give_text(VmafContext* context, VmafOutputFormat format, const TextSink& sink) {
  const int code = vmaf_output_text(
      context, format,
      [](void* user, const char* part, std::size_t size) {
        (*static_cast<const TextSink*>(user))({part, size});
      },
      const_cast<TextSink*>(&sink));
  return code == 0 ? Status() : fail(-code, vmaf_last_error());
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
  const TextSource text = [&](const TextSink& sink) {
    return run.clips.size() == 1 ? give_text(run.clips.front().session.context(), s.format, sink)
                                 : give_all_clips(run, sink);
  };
  const std::string what = "the report";
  Status written = write_output(place_of(s.output, run.any_partial()), text, what);
  if (written || s.output == "-" || !write_output("-", text, what)) return written;
  return fail(written.error(),
              written.error().message + "; the scores are on standard output instead");
}

}  // namespace visq::cli
