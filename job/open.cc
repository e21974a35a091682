#include "job/open.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/counted.h"
#include "job/match.h"

namespace visq::job {
namespace {

namespace fs = std::filesystem;

// Stands for a clip that cannot be compared.
class NoFrames final : public io::VideoReader {
 public:
  explicit NoFrames(const io::StreamInfo& like) {
    info_.pixel_format = like.pixel_format;
    info_.bits = like.bits;
    info_.width = like.width;
    info_.height = like.height;
    info_.color = like.color;
    info_.siting = like.siting;
    info_.rate = like.rate;
    info_.frames = 0;
  }
  const io::StreamInfo& info() const override { return info_; }
  void read_luma_only() override {}
  Result<bool> read(VmafPicture*) override { return false; }

 private:
  io::StreamInfo info_;
};

// What is wrong where no clip is left that could be compared.
Status check_any_left(const Readers& readers) {
  for (std::size_t i = 0; i < readers.distorted.size(); ++i)
    if (readers.problem_of(i)) return {};
  return readers.distorted.empty() ? Status() : readers.problem_of(0);
}

// Its frames can be read once.
bool is_stream(const std::string& path) {
  std::error_code unknown;
  return path == "-" || (fs::exists(path, unknown) && !fs::is_regular_file(path, unknown) &&
                         !fs::is_directory(path, unknown));
}

Status skip_first(const Job& job, io::VideoReader& reader, std::uint64_t count,
                  const std::string& name, const std::stop_token& stop) {
  return skip(job, reader, count, name, fmt::format("the first {} are to be skipped", count), stop);
}

}  // namespace

Status skip(const Job& job, io::VideoReader& reader, std::uint64_t count, const std::string& name,
            const std::string& why, const std::stop_token& stop) {
  const auto passed = reader.seek(count);
  if (!passed) return reading_error(job, passed.error());
  for (std::uint64_t i = *passed; i < count && !stop.stop_requested(); ++i) {
    const auto more = reader.skip();
    if (!more) return reading_error(job, more.error());
    if (!*more)
      return input_error(fmt::format("{} has {}, and {}", name, counted(i, "frame"), why));
  }
  return {};
}

const Reader& Readers::any() const {
  if (reference != nullptr) return reference;
  for (std::size_t i = 0; i < distorted.size(); ++i)
    if (problem_of(i)) return distorted[i];
  return distorted.front();
}

Status leave_out(Readers& readers, std::size_t clip, Error error) {
  if (readers.distorted.size() == 1) return tl::unexpected(std::move(error));
  readers.problems.resize(readers.distorted.size());
  readers.problems[clip] = tl::unexpected(std::move(error));
  const Reader& reference = readers.reference_of(clip);
  readers.distorted[clip] =
      std::make_unique<NoFrames>(reference != nullptr ? reference->info() : io::StreamInfo{});
  return {};
}

Result<Reader> open_file(const Job& job, Side side, const std::string& path,
                         const std::stop_token& stop) {
  const bool reference = side == Side::reference;
  io::Decoding decoding = job.decoding;
  decoding.stream = reference ? job.stream_reference : job.stream_distorted;
  decoding.damaged = job.damaged != Damaged::stop;
  auto reader = io::open_video(path, job.raw, static_cast<int>(job.thread_count()),
                               {job.allow_playlists, stop, decoding, job.index_folder});
  if (!reader) return reading_error(job, std::move(reader).error());
  const auto& part = reference ? job.crop_reference : job.crop_distorted;
  if (!part) return reader;
  auto cropped = io::crop(*std::move(reader), *part);
  if (cropped) return cropped;
  return input_error(fmt::format("{} cannot be cropped: {}", path, cropped.error().message));
}

tl::unexpected<Error> reading_error(const Job& job, Error error) {
  if (error.code == EXDEV && !job.allow_playlists)
    error.message += fmt::format("; {} opens those that lie in its folder or below it",
                                 job.option("allow_playlists", "true"));
  if (error.code == io::kDamagedFrame && job.damaged == Damaged::stop)
    error.message += fmt::format("; {} leaves such frames out, and {} scores them as they are",
                                 job.option("damaged", "skip"), job.option("damaged", "conceal"));
  if (error.code == io::kInterlacedFrame)
    error.message += fmt::format(", or, where the flag is wrong, add {}",
                                 job.option("interlaced", "treat-as-progressive"));
  return input_error(error);
}

Result<Readers> open_readers(const Job& job, const std::stop_token& stop) {
  Readers readers;
  if (job.has_reference()) {
    VISQ_ASSIGN(readers.reference, open_file(job, Side::reference, job.reference, stop));
  }
  readers.distorted.resize(job.distorted.size());
  for (std::size_t i = 0; i < job.distorted.size(); ++i) {
    auto reader = open_file(job, Side::distorted, job.distorted[i], stop);
    if (reader)
      readers.distorted[i] = *std::move(reader);
    else
      VISQ_TRY(leave_out(readers, i, std::move(reader).error()));
  }
  VISQ_TRY(prepare_readers(job, stop, readers));
  return readers;
}

Status prepare_readers(const Job& job, const std::stop_token& stop, Readers& readers) {
  VISQ_TRY(match(job, stop, readers));
  if (readers.reference != nullptr)
    VISQ_TRY(skip_first(job, *readers.reference, job.skip_reference + job.synchrony.reference,
                        job.reference, stop));
  for (const Reader& own : readers.own_references)
    if (own != nullptr)
      VISQ_TRY(
          skip_first(job, *own, job.skip_reference + job.synchrony.reference, job.reference, stop));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    if (!readers.problem_of(i)) continue;
    const std::uint64_t count = job.skip_distorted + job.synchrony.of(i);
    if (Status skipped = skip_first(job, *readers.distorted[i], count, job.distorted[i], stop);
        !skipped)
      VISQ_TRY(leave_out(readers, i, std::move(skipped).error()));
  }
  return check_any_left(readers);
}

bool is_file(const std::string& path) { return !is_stream(path); }

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
