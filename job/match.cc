#include "job/match.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/numbers.h"
#include "io/convert.h"
#include "job/meaning.h"

namespace visq::job {
namespace {

using io::Size;
using io::StreamInfo;

Size size_of(const Reader& reader) { return {reader->info().width, reader->info().height}; }

std::uint64_t area(const Size& size) { return std::uint64_t{size.width} * size.height; }

Result<Size> common_size(const Job& job, const Readers& readers) {
  Size size = size_of(readers.reference);
  switch (job.scale.mode) {
    case ScaleTo::none:
    case ScaleTo::reference:
      return size;
    case ScaleTo::size:
      return Size{job.scale.width, job.scale.height};
    case ScaleTo::largest:
      for (const Reader& reader : readers.distorted)
        if (area(size_of(reader)) > area(size)) size = size_of(reader);
      return size;
    case ScaleTo::distorted:
      break;
  }
  if (readers.distorted.empty()) return size;
  size = size_of(readers.distorted.front());
  for (const Reader& reader : readers.distorted)
    if (size_of(reader) != size)
      return input_error(fmt::format("{}: the distorted videos have several sizes; name one as {}",
                                     job.option("scale", "distorted"), job.option("scale", "WxH")));
  return size;
}

tl::unexpected<Error> not_converted(const std::string& path, const std::string& was,
                                    const Error& error) {
  return fail(error.code, fmt::format("{} ({}) cannot be converted: {}", path, was, error.message),
              ErrorKind::input);
}

Status scale_one(const Job& job, const std::string& path, const Size& size, Reader& reader) {
  if (size_of(reader) == size) return {};
  const std::string was = describe(reader->info());
  auto scaled = io::scale(std::move(reader), size, job.scaler.value_or(io::Scaler::bicubic));
  if (!scaled) return not_converted(path, was, scaled.error());
  reader = std::move(*scaled);
  return {};
}

// Nothing where the clip is that already. Metrics that make R, G and B by themselves see the clip
// as it was, unless the user asked for something else.
Status convert_one(const std::string& path, const Goal& goal, Reader& reader) {
  if (io::format_of(reader->info()) == goal.format) return {};
  const std::string was = describe(reader->info());
  auto converted = io::convert(std::move(reader), goal.format,
                               goal.asked ? io::Originals::dropped : io::Originals::kept);
  if (!converted) return not_converted(path, was, converted.error());
  reader = std::move(*converted);
  return {};
}

// Pictures of another shape would be stretched: often the one has black bars.
std::string letterbox_advice(const Job& job, const StreamInfo& a, const StreamInfo& b) {
  const std::uint64_t one = std::uint64_t{a.width} * b.height,
                      two = std::uint64_t{b.width} * a.height;
  if (100 * std::max(one, two) <= 101 * std::min(one, two)) return "";
  const bool of_reference = area({a.width, a.height}) > area({b.width, b.height});
  const StreamInfo &large = of_reference ? a : b, &small = of_reference ? b : a;
  const std::string name = of_reference ? "crop_ref" : "crop_dist";
  const bool fits = small.width <= large.width && small.height <= large.height;
  const std::string part = !fits ? "W:H:X:Y"
                                 : fmt::format("{}:{}:{}:{}", small.width, small.height,
                                               (large.width - small.width) / 4 * 2,
                                               (large.height - small.height) / 4 * 2);
  return fmt::format(
      ", which stretches pictures of another shape: where the one has bars, {} cuts "
      "them off",
      job.option(name, part));
}

std::string advice(const Job& job, const StreamInfo& a, const StreamInfo& b) {
  std::string options;
  const auto add = [&](const char* name) {
    options += fmt::format("{}{}", options.empty() ? "" : " ", job.option(name, "auto"));
  };
  if (a.width != b.width || a.height != b.height) add("scale");
  if (a.pixel_format != b.pixel_format) add("to_pixel_format");
  if (a.bits != b.bits) add("to_bitdepth");
  return fmt::format("size, chroma format and depth must be the same; add {} to convert{}", options,
                     letterbox_advice(job, a, b));
}

bool same(const StreamInfo& a, const StreamInfo& b) {
  return a.width == b.width && a.height == b.height && a.pixel_format == b.pixel_format &&
         a.bits == b.bits && (a.color.matrix == 0) == (b.color.matrix == 0);
}

Descriptions descriptions_of(const Readers& readers) {
  Descriptions infos{readers.reference->info(), {}};
  for (const Reader& reader : readers.distorted) infos.distorted.push_back(reader->info());
  return infos;
}

tl::unexpected<Error> several_formats(const Job& job, std::size_t clip) {
  return input_error(fmt::format(
      "{} is to be brought to the formats of {} and of {}, and can be read once: compare them one "
      "by one, or write it to a file first",
      job.reference, job.distorted.front(), job.distorted[clip]));
}

// Messages describe the clips as the files have them.
Status check_same(const Job& job, const Descriptions& were, Readers& readers) {
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    const StreamInfo &a = readers.reference_of(i)->info(), &b = readers.distorted[i]->info();
    if (!readers.problem_of(i) || same(a, b)) continue;
    auto differ = input_error(fmt::format("{} is {} and {} is {}: {}", job.reference,
                                          describe(were.reference), job.distorted[i],
                                          describe(were.distorted[i]), advice(job, a, b)));
    VISQ_TRY(leave_out(readers, i, std::move(differ).value()));
  }
  return {};
}

// Clips that cannot be made alike, each of them as if it were alone.
Status leave_out_misfits(const Job& job, const Descriptions& were, Readers& readers) {
  Job alone = job;
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    if (!readers.problem_of(i)) continue;
    alone.distorted = {job.distorted[i]};
    Descriptions pair{were.reference, {were.distorted[i]}};
    complete(alone, pair);
    if (auto goals = goals_of(alone, pair); !goals)
      VISQ_TRY(leave_out(readers, i, std::move(goals).error()));
  }
  return {};
}

bool same_rate(double a, double b) {
  // 0 is unknown. Containers round, by less than what lies between 23.976 and 24.
  return a == 0 || b == 0 || std::max(a, b) - std::min(a, b) < 5e-4 * std::max(a, b);
}

const char* transfer_of(const StreamInfo& info) {
  return info.color.transfer == 16 ? "PQ" : info.color.transfer == 18 ? "HLG" : "";
}

}  // namespace

Status match(const Job& job, const std::stop_token& stop, Readers& readers) {
  if (readers.reference == nullptr) return {};
  VISQ_TRY(leave_out_misfits(job, descriptions_of(readers), readers));
  const Descriptions were = descriptions_of(readers);
  Descriptions clips = were;
  complete(job, clips);
  VISQ_ASSIGN(const Goals goals, goals_of(job, clips));
  VISQ_ASSIGN(const Size size, common_size(job, readers));
  const auto bring = [&](const std::string& path, const StreamInfo& info, const Goal& goal,
                         Reader& reader) -> Status {
    reader = io::declare(std::move(reader), info.color);
    if (job.scale.mode != ScaleTo::none) VISQ_TRY(scale_one(job, path, size, reader));
    return convert_one(path, goal, reader);
  };
  // RGB is beside each clip what that clip is, as if they were compared one by one.
  readers.own_references.resize(readers.distorted.size());
  for (std::size_t i = 1; i < readers.distorted.size(); ++i) {
    if (goals.references[i].format == goals.references[0].format) continue;
    if (!is_file(job.reference)) return several_formats(job, i);
    VISQ_ASSIGN(readers.own_references[i], open_file(job, Side::reference, job.reference, stop));
    VISQ_TRY(bring(job.reference, clips.reference, goals.references[i], readers.own_references[i]));
  }
  VISQ_TRY(bring(job.reference, clips.reference, goals.references[0], readers.reference));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    Status brought =
        bring(job.distorted[i], clips.distorted[i], goals.distorted[i], readers.distorted[i]);
    if (!brought) VISQ_TRY(leave_out(readers, i, std::move(brought).error()));
  }
  return check_same(job, were, readers);
}

namespace {

void add_remarks(const Job& job, const std::string& path, const StreamInfo& info,
                 std::vector<std::string>& list) {
  if (*transfer_of(info))
    list.push_back(
        fmt::format("{} is HDR ({}): its code values are scored as they are, and VMAF's models "
                    "were trained on SDR",
                    path, transfer_of(info)));
  if (info.transparent)
    list.push_back(
        fmt::format("{} is transparent in places and is scored as if it were opaque: put it over a "
                    "background first (ffmpeg -filter_complex overlay)",
                    path));
  if (info.colour_profile)
    list.push_back(
        fmt::format("{} has a colour profile (ICC) other than sRGB's, which is not applied: "
                    "convert it to sRGB first",
                    path));
  if (!same_rate(info.rate.per_second(), job.frame_rate.per_second()))
    list.push_back(fmt::format("{} has {:.6g} frames a second, and {} says {:.6g}", path,
                               info.rate.per_second(), job.option("frame_rate"),
                               job.frame_rate.per_second()));
}

void compare(const Job& job, const StreamInfo& a, const std::string& path, const StreamInfo& b,
             std::vector<std::string>& list) {
  if (!a.image && !b.image && !same_rate(a.rate.per_second(), b.rate.per_second()))
    list.push_back(
        fmt::format("{} has {:.6g} frames a second and {} has {:.6g}: frames are compared one by "
                    "one, whatever their times",
                    job.reference, a.rate.per_second(), path, b.rate.per_second()));
}

}  // namespace

std::vector<std::string> remarks(const Job& job, const Readers& readers) {
  std::vector<std::string> list;
  if (readers.reference != nullptr)
    add_remarks(job, job.reference, readers.reference->info(), list);
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    if (!readers.problem_of(i)) continue;
    const StreamInfo& info = readers.distorted[i]->info();
    add_remarks(job, job.distorted[i], info, list);
    if (readers.reference != nullptr)
      compare(job, readers.reference->info(), job.distorted[i], info, list);
  }
  return list;
}

}  // namespace visq::job
