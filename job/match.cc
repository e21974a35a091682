#include "job/match.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/numbers.h"
#include "io/convert.h"
#include "io/deepen.h"

namespace visq::job {
namespace {

using io::StreamInfo;

struct Size {
  unsigned width = 0, height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

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

unsigned largest_depth(const Readers& readers) {
  unsigned bits = readers.reference->info().bits;
  for (const Reader& reader : readers.distorted) bits = std::max(bits, reader->info().bits);
  return bits;
}

struct Goal {
  Size size;
  VmafPixelFormat pixel_format;  // of --to_pixel_format auto
};

// Nothing where the clip is that already, or where its kind was not to be changed.
Status convert_one(const Job& job, const std::string& path, const Goal& goal, Reader& reader) {
  const StreamInfo& info = reader->info();
  io::ConvertTo to{info.width, info.height, info.pixel_format, info.bits,
                   job.scaler.value_or(io::Scaler::bicubic)};
  if (job.scale.mode != ScaleTo::none) {
    to.width = goal.size.width;
    to.height = goal.size.height;
  }
  if (job.to_pixel_format)
    to.pixel_format =
        *job.to_pixel_format == VMAF_PIX_FMT_UNKNOWN ? goal.pixel_format : *job.to_pixel_format;
  if (job.to_bits) to.bits = *job.to_bits;
  if (to.width == info.width && to.height == info.height && to.pixel_format == info.pixel_format &&
      to.bits == info.bits)
    return {};
  if (info.color.matrix == 0 && to.pixel_format != info.pixel_format)
    return input_error(
        fmt::format("{} is {}: {} cannot make YCbCr of RGB; convert it first (ffmpeg -pix_fmt)",
                    path, describe(info), job.option("to_pixel_format")));
  const std::string was = describe(info);
  auto converted = io::convert(std::move(reader), to);
  if (!converted)
    return fail(
        converted.error().code,
        fmt::format("{} ({}) cannot be converted: {}", path, was, converted.error().message),
        ErrorKind::input);
  reader = std::move(*converted);
  return {};
}

std::string advice(const Job& job, const StreamInfo& a, const StreamInfo& b) {
  if ((a.color.matrix == 0) != (b.color.matrix == 0))
    return "RGB and YCbCr cannot be compared; convert one of them first (ffmpeg -pix_fmt)";
  std::string options;
  const auto add = [&](const char* name) {
    options += fmt::format("{}{}", options.empty() ? "" : " ", job.option(name, "auto"));
  };
  if (a.width != b.width || a.height != b.height) add("scale");
  if (a.pixel_format != b.pixel_format) add("to_pixel_format");
  if (a.bits != b.bits) add("to_bitdepth");
  return fmt::format("size, chroma format and depth must be the same; add {} to convert", options);
}

bool same(const StreamInfo& a, const StreamInfo& b) {
  return a.width == b.width && a.height == b.height && a.pixel_format == b.pixel_format &&
         a.bits == b.bits && (a.color.matrix == 0) == (b.color.matrix == 0);
}

// Messages describe the clips as the files have them.
struct Originals {
  StreamInfo reference;
  std::vector<StreamInfo> distorted;
};

Originals originals_of(const Readers& readers) {
  Originals infos{readers.reference->info(), {}};
  for (const Reader& reader : readers.distorted) infos.distorted.push_back(reader->info());
  return infos;
}

Status check_same(const Job& job, const Originals& were, const Readers& readers) {
  for (std::size_t i = 0; i < readers.distorted.size(); ++i)
    if (!same(readers.reference->info(), readers.distorted[i]->info()))
      return input_error(
          fmt::format("{} is {} and {} is {}: {}", job.reference, describe(were.reference),
                      job.distorted[i], describe(were.distorted[i]),
                      advice(job, readers.reference->info(), readers.distorted[i]->info())));
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

Status match(const Job& job, Readers& readers) {
  if (readers.reference == nullptr) return {};
  VISQ_ASSIGN(const Size size, common_size(job, readers));
  const Originals were = originals_of(readers);
  const Goal goal{size, were.reference.pixel_format};
  VISQ_TRY(convert_one(job, job.reference, goal, readers.reference));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i)
    VISQ_TRY(convert_one(job, job.distorted[i], goal, readers.distorted[i]));
  if (job.common_depth) {
    const unsigned bits = largest_depth(readers);
    readers.reference = io::deepen(std::move(readers.reference), bits);
    for (Reader& reader : readers.distorted) reader = io::deepen(std::move(reader), bits);
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
  const auto name = [](const StreamInfo& info) {
    return *transfer_of(info) ? transfer_of(info) : "not HDR";
  };
  if (!same_rate(a.rate.per_second(), b.rate.per_second()))
    list.push_back(
        fmt::format("{} has {:.6g} frames a second and {} has {:.6g}: frames are compared one by "
                    "one, whatever their times",
                    job.reference, a.rate.per_second(), path, b.rate.per_second()));
  if (std::string(transfer_of(a)) != transfer_of(b))
    list.push_back(
        fmt::format("{} is {} and {} is {}: equal code values do not look the same; bring both to "
                    "one transfer first (ffmpeg -vf zscale)",
                    job.reference, name(a), path, name(b)));
}

}  // namespace

std::vector<std::string> remarks(const Job& job, const Readers& readers) {
  std::vector<std::string> list;
  if (readers.reference != nullptr)
    add_remarks(job, job.reference, readers.reference->info(), list);
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    const StreamInfo& info = readers.distorted[i]->info();
    add_remarks(job, job.distorted[i], info, list);
    if (readers.reference != nullptr)
      compare(job, readers.reference->info(), job.distorted[i], info, list);
  }
  return list;
}

}  // namespace visq::job
