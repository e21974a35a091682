#include "cli/match.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "io/convert.h"
#include "io/deepen.h"

namespace visq::cli {
namespace {

using io::StreamInfo;
using Reader = std::unique_ptr<io::VideoReader>;

struct Size {
  unsigned width = 0, height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

Size size_of(const Reader& reader) { return {reader->info().width, reader->info().height}; }

std::uint64_t area(const Size& size) { return std::uint64_t{size.width} * size.height; }

Result<Size> common_size(const Settings& s, const Readers& readers) {
  Size size = size_of(readers.reference);
  switch (s.scale.mode) {
    case ScaleTo::none:
    case ScaleTo::reference: return size;
    case ScaleTo::size: return Size{s.scale.width, s.scale.height};
    case ScaleTo::largest:
      for (const Reader& reader : readers.distorted)
        if (area(size_of(reader)) > area(size)) size = size_of(reader);
      return size;
    case ScaleTo::distorted: break;
  }
  size = size_of(readers.distorted.front());
  for (const Reader& reader : readers.distorted)
    if (size_of(reader) != size) return fail(kInputError, "--scale distorted: the distorted videos have several sizes; name one as --scale WxH");
  return size;
}

unsigned largest_depth(const Readers& readers) {
  unsigned bits = readers.reference->info().bits;
  for (const Reader& reader : readers.distorted) bits = std::max(bits, reader->info().bits);
  return bits;
}

// Nothing where the clip is that already, or where its kind was not to be changed.
Status convert_one(const Settings& s, const Size& size, const StreamInfo& reference, Reader& reader) {
  const StreamInfo& info = reader->info();
  io::ConvertTo to{info.width, info.height, info.pixel_format, info.bits, s.scaler};
  if (s.scale.mode != ScaleTo::none) {
    to.width = size.width;
    to.height = size.height;
  }
  if (s.to_pixel_format) to.pixel_format = *s.to_pixel_format == VMAF_PIX_FMT_UNKNOWN ? reference.pixel_format : *s.to_pixel_format;
  if (s.to_bits) to.bits = *s.to_bits;
  if (to.width == info.width && to.height == info.height && to.pixel_format == info.pixel_format && to.bits == info.bits) return {};
  if (info.color.matrix == 0 && to.pixel_format != info.pixel_format)
    return fail(kInputError, fmt::format("a clip of RGB ({}) cannot get the chroma format of YCbCr", describe(info)));
  const std::string was = describe(info);
  auto converted = io::convert(std::move(reader), to);
  if (!converted) return fail(kInputError, fmt::format("{} cannot be converted: {}", was, converted.error().message));
  reader = std::move(*converted);
  return {};
}

std::string advice(const StreamInfo& a, const StreamInfo& b) {
  std::string options;
  const auto add = [&](const char* option) { options += fmt::format("{}{}", options.empty() ? "" : ", ", option); };
  if (a.width != b.width || a.height != b.height) add("--scale auto");
  if (a.pixel_format != b.pixel_format) add("--to_pixel_format auto");
  if (a.bits != b.bits) add("--to_bitdepth auto");
  return options.empty() ? "" : fmt::format(" ({} converts)", options);
}

Status check_same(const Settings& s, const StreamInfo& a, const std::string& path, const StreamInfo& b) {
  const bool rgb = a.color.matrix == 0;
  const bool same = a.width == b.width && a.height == b.height && a.pixel_format == b.pixel_format && a.bits == b.bits && rgb == (b.color.matrix == 0);
  if (same) return {};
  return fail(kInputError, fmt::format("{} is {} and {} is {}; both must have the same size and format{}", s.reference, describe(a), path,
                                       describe(b), advice(a, b)));
}

std::string rate_text(const StreamInfo& info) { return fmt::format("{:.6g}", static_cast<double>(info.rate_num) / info.rate_den); }

bool same_rate(const StreamInfo& a, const StreamInfo& b) {
  if (a.rate_num == 0 || b.rate_num == 0) return true;  // unknown
  const double x = static_cast<double>(a.rate_num) / a.rate_den, y = static_cast<double>(b.rate_num) / b.rate_den;
  return std::max(x, y) - std::min(x, y) < 1e-3 * std::max(x, y);  // containers round
}

const char* transfer_of(const StreamInfo& info) { return info.color.transfer == 16 ? "PQ" : info.color.transfer == 18 ? "HLG" : ""; }

}  // namespace

Result<ScaleTo> parse_scale(const std::string& text) {
  if (text == "auto") return ScaleTo{ScaleTo::largest, 0, 0};
  if (text == "reference") return ScaleTo{ScaleTo::reference, 0, 0};
  if (text == "distorted") return ScaleTo{ScaleTo::distorted, 0, 0};
  unsigned width = 0, height = 0;
  char rest = 0;
  const bool digits = !text.empty() && text.size() < 12 && text.find_first_not_of("0123456789x") == std::string::npos;
  if (digits && std::sscanf(text.c_str(), "%ux%u%c", &width, &height, &rest) == 2 && width >= 1 && height >= 1 && width <= 32768 && height <= 32768)
    return ScaleTo{ScaleTo::size, width, height};
  return fail(EINVAL, fmt::format("--scale: \"{}\" is not auto, reference, distorted or WIDTHxHEIGHT (each 1 to 32768)", text));
}

Status match(const Settings& s, Readers& readers) {
  if (readers.reference == nullptr) return {};
  VISQ_ASSIGN(const Size size, common_size(s, readers));
  const StreamInfo reference = readers.reference->info();
  VISQ_TRY(convert_one(s, size, reference, readers.reference));
  for (Reader& reader : readers.distorted) VISQ_TRY(convert_one(s, size, reference, reader));
  if (s.common_depth) {
    const unsigned bits = largest_depth(readers);
    readers.reference = io::deepen(std::move(readers.reference), bits);
    for (Reader& reader : readers.distorted) reader = io::deepen(std::move(reader), bits);
  }
  for (std::size_t i = 0; i < readers.distorted.size(); ++i)
    VISQ_TRY(check_same(s, readers.reference->info(), s.distorted[i], readers.distorted[i]->info()));
  return {};
}

std::vector<std::string> remarks(const Settings& s, const Readers& readers) {
  std::vector<std::string> list;
  if (readers.reference == nullptr) return list;
  const StreamInfo& a = readers.reference->info();
  if (const std::string transfer = transfer_of(a); !transfer.empty())
    list.push_back(fmt::format("{} is HDR ({}): its code values are compared as they are, and VMAF's models were trained on SDR", s.reference, transfer));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    const StreamInfo& b = readers.distorted[i]->info();
    if (!same_rate(a, b))
      list.push_back(fmt::format("{} has {} frames a second and {} has {}: frames are compared one by one, whatever their times", s.reference, rate_text(a),
                                 s.distorted[i], rate_text(b)));
    if (std::string(transfer_of(a)) != transfer_of(b))
      list.push_back(fmt::format("{} is {} and {} is {}: equal code values do not look the same", s.reference, *transfer_of(a) ? transfer_of(a) : "not HDR",
                                 s.distorted[i], *transfer_of(b) ? transfer_of(b) : "not HDR"));
  }
  return list;
}

}  // namespace visq::cli
