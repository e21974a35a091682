#include "job/open.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/counted.h"
#include "job/match.h"

namespace visq::job {
namespace {

namespace fs = std::filesystem;

Status skip(io::VideoReader& reader, std::uint64_t count, const std::string& name,
            const std::stop_token& stop) {
  for (std::uint64_t i = 0; i < count && !stop.stop_requested(); ++i) {
    const auto more = reader.skip();
    if (!more) return input_error(more.error());
    if (!*more)
      return input_error(fmt::format("{} has {}, and the first {} are to be skipped", name,
                                     counted(i, "frame"), count));
  }
  return {};
}

// Its frames can be read once.
bool is_stream(const std::string& path) {
  std::error_code unknown;
  return path == "-" || (fs::exists(path, unknown) && !fs::is_regular_file(path, unknown) &&
                         !fs::is_directory(path, unknown));
}

}  // namespace

Result<Reader> open_file(const Job& job, const std::string& path, const std::stop_token& stop) {
  auto reader = io::open_video(path, job.raw, static_cast<int>(job.thread_count()),
                               {job.allow_playlists, stop});
  if (reader) return reader;
  Error error = std::move(reader).error();
  if (error.code == EXDEV && !job.allow_playlists)
    error.message += fmt::format("; {} opens those that lie in its folder or below it",
                                 job.option("allow_playlists", "true"));
  return input_error(error);
}

Result<Readers> open_readers(const Job& job, const std::stop_token& stop) {
  Readers readers;
  if (job.has_reference()) {
    VISQ_ASSIGN(readers.reference, open_file(job, job.reference, stop));
  }
  for (const std::string& path : job.distorted) {
    VISQ_ASSIGN(Reader reader, open_file(job, path, stop));
    readers.distorted.push_back(std::move(reader));
  }
  VISQ_TRY(prepare_readers(job, stop, readers));
  return readers;
}

Status prepare_readers(const Job& job, const std::stop_token& stop, Readers& readers) {
  VISQ_TRY(match(job, stop, readers));
  if (readers.reference != nullptr)
    VISQ_TRY(skip(*readers.reference, job.skip_reference + job.synchrony.reference, job.reference,
                  stop));
  for (const Reader& own : readers.own_references)
    if (own != nullptr)
      VISQ_TRY(skip(*own, job.skip_reference + job.synchrony.reference, job.reference, stop));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i)
    VISQ_TRY(skip(*readers.distorted[i], job.skip_distorted + job.synchrony.of(i), job.distorted[i],
                  stop));
  return {};
}

bool is_file(const std::string& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown);
}

Status check_files(const Job& job, const std::string& why) {
  std::vector<std::string> paths = job.distorted;
  if (job.has_reference()) paths.push_back(job.reference);
  for (const std::string& path : paths)
    if (is_stream(path))
      return input_error(fmt::format("{} gives its frames once, and {}: write it to a file first",
                                     path == "-" ? "standard input" : path, why));
  return {};
}

}  // namespace visq::job
