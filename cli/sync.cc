#include "cli/sync.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/interrupt.h"

namespace visq::cli {
namespace {

constexpr int kFewestCommon = 8;      // frames that an offset has to bring together
constexpr double kClearly = 0.6;      // another frame fits better when its distance is below this share
constexpr int kReach = 5;             // dropped frames in a row that are recognised
constexpr double kNoise = 0.05;       // of a code value of 8 bits: below it frames are equal

double distance(const Signature& a, const Signature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

double mean_distance(const std::vector<Signature>& reference, const std::vector<Signature>& distorted, int offset) {
  const int first = std::max(0, -offset);
  const int end = std::min(static_cast<int>(distorted.size()), static_cast<int>(reference.size()) - offset);
  if (end - first < kFewestCommon) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (int i = first; i < end; ++i) sum += distance(reference[static_cast<std::size_t>(i + offset)], distorted[static_cast<std::size_t>(i)]);
  return sum / (end - first);
}

template <typename T>
double block_mean(const VmafPicture& picture, unsigned column, unsigned row) {
  const unsigned x0 = picture.w[0] * column / kSignatureColumns, x1 = std::max(x0 + 1, picture.w[0] * (column + 1) / kSignatureColumns);
  const unsigned y0 = picture.h[0] * row / kSignatureRows, y1 = std::max(y0 + 1, picture.h[0] * (row + 1) / kSignatureRows);
  double sum = 0;
  for (unsigned y = y0; y < y1; ++y) {
    const auto* samples = reinterpret_cast<const T*>(static_cast<const char*>(picture.data[0]) + static_cast<std::ptrdiff_t>(y) * picture.stride[0]);
    std::uint64_t line = 0;
    for (unsigned x = x0; x < x1; ++x) line += samples[x];
    sum += static_cast<double>(line);
  }
  return sum / ((x1 - x0) * (y1 - y0)) / (1 << (picture.bpc - 8));
}

Result<std::vector<Signature>> signatures_of(io::VideoReader& reader) {
  reader.read_luma_only();
  std::vector<Signature> list;
  while (!interrupted()) {
    VmafPicture picture{};
    const auto more = reader.read(&picture);
    if (!more) return fail(kInputError, more.error().message);
    if (!*more) break;
    list.push_back(signature_of(picture));
    vmaf_picture_unref(&picture);
  }
  return list;
}

}  // namespace

Signature signature_of(const VmafPicture& picture) {
  Signature signature{};
  for (unsigned row = 0; row < kSignatureRows; ++row)
    for (unsigned column = 0; column < kSignatureColumns; ++column)
      signature[row * kSignatureColumns + column] =
          static_cast<float>(picture.bpc > 8 ? block_mean<std::uint16_t>(picture, column, row) : block_mean<std::uint8_t>(picture, column, row));
  return signature;
}

// Offsets come in order of size: of equally good ones the smallest is right, as in a still picture.
int find_offset(const std::vector<Signature>& reference, const std::vector<Signature>& distorted, int limit) {
  int best = 0;
  double least = mean_distance(reference, distorted, 0);
  for (int size = 1; size <= limit; ++size)
    for (const int offset : {size, -size}) {
      const double candidate = mean_distance(reference, distorted, offset);
      if (candidate + kNoise >= least) continue;
      least = candidate;
      best = offset;
    }
  return best;
}

std::vector<SyncEvent> find_drops(const std::vector<Signature>& reference, const std::vector<Signature>& distorted, int offset) {
  std::vector<SyncEvent> events;
  const int frames = static_cast<int>(reference.size());
  int expected = std::max(0, offset);
  for (auto i = static_cast<std::size_t>(std::max(0, -offset)); i < distorted.size() && expected < frames; ++i) {
    const auto cost = [&](int frame) { return distance(reference[static_cast<std::size_t>(frame)], distorted[i]); };
    int shown = expected;
    double least = kClearly * cost(expected) - kNoise;
    for (int candidate = std::max(0, expected - 1); candidate <= std::min(frames - 1, expected + kReach); ++candidate)
      if (candidate != expected && cost(candidate) < least) {
        least = cost(candidate);
        shown = candidate;
      }
    if (shown > expected) events.push_back({static_cast<unsigned>(i), static_cast<unsigned>(shown - expected)});
    if (shown < expected && i > 0) events.push_back({static_cast<unsigned>(i), 0});
    expected = shown + 1;
  }
  return events;
}

Result<std::vector<Synchrony>> synchronise(Readers readers) {
  VISQ_ASSIGN(const std::vector<Signature> reference, signatures_of(*readers.reference));
  std::vector<Synchrony> list;
  for (const auto& reader : readers.distorted) {
    VISQ_ASSIGN(const std::vector<Signature> distorted, signatures_of(*reader));
    Synchrony synchrony;
    synchrony.offset = find_offset(reference, distorted, kMaxOffset);
    synchrony.events = find_drops(reference, distorted, synchrony.offset);
    list.push_back(std::move(synchrony));
  }
  return list;
}

}  // namespace visq::cli
