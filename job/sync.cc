#include "job/sync.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace visq::job {
namespace {

constexpr int kFewestCommon = 8;  // frames that an offset has to bring together
constexpr int kDrift =
    32;  // how far drops and repeats inside may take a clip from the offset of most of its frames
constexpr double kNoise = 0.05;  // of a code value of 8 bits: below it frames are equal

double distance(const Signature& a, const Signature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

double mean_distance(const std::vector<Signature>& reference,
                     const std::vector<Signature>& distorted, int offset) {
  const int first = std::max(0, -offset);
  const int end =
      std::min(static_cast<int>(distorted.size()), static_cast<int>(reference.size()) - offset);
  if (end - first < kFewestCommon) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (std::ptrdiff_t i = first; i < end; ++i)
    sum += distance(reference[static_cast<std::size_t>(i + offset)],
                    distorted[static_cast<std::size_t>(i)]);
  return sum / (end - first);
}

template <typename T>
double block_mean(const VmafPicture& picture, unsigned column, unsigned row) {
  const unsigned x0 = picture.w[0] * column / kSignatureColumns,
                 x1 = std::max(x0 + 1, picture.w[0] * (column + 1) / kSignatureColumns);
  const unsigned y0 = picture.h[0] * row / kSignatureRows,
                 y1 = std::max(y0 + 1, picture.h[0] * (row + 1) / kSignatureRows);
  double sum = 0;
  for (unsigned y = y0; y < y1; ++y) {
    const auto* samples =
        reinterpret_cast<const T*>(static_cast<const char*>(picture.data[0]) +
                                   static_cast<std::ptrdiff_t>(y) * picture.stride[0]);
    std::uint64_t line = 0;
    for (unsigned x = x0; x < x1; ++x) line += samples[x];
    sum += static_cast<double>(line);
  }
  return sum / ((x1 - x0) * (y1 - y0)) / (1 << (picture.bpc - 8));
}

constexpr std::size_t kBand = 2 * kDrift + 1;
constexpr double kNever = std::numeric_limits<double>::infinity();

// What it costs to take distorted frame first + i for reference frame first + i + lowest + column.
struct Band {
  int first = 0, lowest = 0;
  std::vector<std::array<double, kBand>> rows;
  int shown(std::size_t i, std::size_t column) const {
    return first + static_cast<int>(i) + lowest + static_cast<int>(column);
  }
};

Band band_around(const std::vector<Signature>& reference, const std::vector<Signature>& distorted,
                 int offset) {
  Band band{std::max(0, -offset), offset - kDrift, {}};
  for (auto frame = static_cast<std::size_t>(band.first); frame < distorted.size(); ++frame) {
    auto& row = band.rows.emplace_back();
    for (std::size_t column = 0; column < kBand; ++column) {
      const int shown = band.shown(band.rows.size() - 1, column);
      const bool there = shown >= 0 && shown < static_cast<int>(reference.size());
      row[column] =
          there ? distance(reference[static_cast<std::size_t>(shown)], distorted[frame]) : kNever;
    }
  }
  return band;
}

// What a drop or a repeat has to make good: more than frames that fit differ by anyway.
double price_of_a_change(const Band& band) {
  std::vector<double> least;
  least.reserve(band.rows.size());
  for (const auto& row : band.rows) least.push_back(*std::min_element(row.begin(), row.end()));
  const auto middle = least.begin() + static_cast<std::ptrdiff_t>(least.size() / 2);
  std::nth_element(least.begin(), middle, least.end());
  return (std::isfinite(*middle) ? *middle : 0) + 2 * kNoise;
}

using Back = std::array<unsigned char, kBand>;  // the column of the frame before

// One more frame: from a column to itself (the next frame of the reference), to the one below (the
// same frame again) or to any above (frames between are missing).
Back advance(std::array<double, kBand>& total, const std::array<double, kBand>& costs,
             double price) {
  const auto before = total;
  Back back{};
  std::size_t best_below = 0;
  for (std::size_t column = 0; column < kBand; ++column) {
    std::size_t from = column;
    double least = before[column];
    if (before[best_below] + price < least) least = before[from = best_below] + price;
    if (column + 1 < kBand && before[column + 1] + price < least)
      least = before[from = column + 1] + price;
    back[column] = static_cast<unsigned char>(from);
    total[column] = least + costs[column];
    if (before[column] < before[best_below]) best_below = column;
  }
  return back;
}

// The reference's frame that each distorted one shows: the cheapest way through the band
// (Viterbi's).
std::vector<int> shown_frames(const Band& band) {
  const double price = price_of_a_change(band);
  std::array<double, kBand> total = band.rows.front();
  std::vector<Back> back(band.rows.size());
  for (std::size_t i = 1; i < band.rows.size(); ++i) back[i] = advance(total, band.rows[i], price);
  auto column =
      static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  std::vector<int> shown(band.rows.size());
  for (std::size_t i = band.rows.size(); i-- > 0; column = back[i][column])
    shown[i] = band.shown(i, column);
  return shown;
}

// Before the reference begins and after it ends there is no frame that could be shown: its first
// and last stand in.
Synchrony told_by(const std::vector<int>& shown, int first_frame, int reference_frames) {
  std::size_t first = 0, end = shown.size();
  while (first + 1 < end && shown[first] == 0 && shown[first + 1] == 0) ++first;
  while (end - 1 > first && shown[end - 1] == reference_frames - 1 &&
         shown[end - 2] == shown[end - 1])
    --end;
  Synchrony synchrony{shown[first] - first_frame - static_cast<int>(first), {}};
  for (std::size_t i = first + 1; i < end; ++i) {
    const auto frame = static_cast<unsigned>(first_frame) + static_cast<unsigned>(i);
    if (shown[i] != shown[i - 1] + 1)
      synchrony.events.push_back(
          {frame, static_cast<unsigned>(std::max(0, shown[i] - shown[i - 1] - 1))});
  }
  return synchrony;
}

// Without repeats, as which all counts that lies before the reference or after it.
double mean_difference(const std::vector<Signature>& reference,
                       const std::vector<Signature>& distorted, int first_frame,
                       const std::vector<int>& shown) {
  double sum = 0;
  int frames = 0;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] < 0 || shown[i] >= static_cast<int>(reference.size()) ||
        (i > 0 && shown[i] == shown[i - 1]))
      continue;
    sum += distance(reference[static_cast<std::size_t>(shown[i])],
                    distorted[static_cast<std::size_t>(first_frame) + i]);
    ++frames;
  }
  return frames == 0 ? 0 : sum / frames;
}

// Reads the clips one after the other.
class Looking {
 public:
  Looking(std::uint64_t most, const Control& control) : most_(most), control_(control) {}

  Result<std::vector<Signature>> at(io::VideoReader& reader) {
    reader.read_luma_only();
    std::vector<Signature> list;
    while (!control_.stop.stop_requested()) {
      if (most_ != 0 && list.size() == most_) {
        whole = false;
        break;
      }
      VmafPicture picture{};
      const auto more = reader.read(&picture);
      if (!more) return input_error(more.error());
      if (!*more) break;
      list.push_back(signature_of(picture));
      vmaf_picture_unref(&picture);
      control_.progress(++frames);
    }
    return list;
  }

  std::uint64_t frames = 0;
  bool whole = true;

 private:
  std::uint64_t most_;
  const Control& control_;
};

}  // namespace

Signature signature_of(const VmafPicture& picture) {
  Signature signature{};
  for (unsigned row = 0; row < kSignatureRows; ++row)
    for (unsigned column = 0; column < kSignatureColumns; ++column)
      signature[row * kSignatureColumns + column] =
          static_cast<float>(picture.bpc > 8 ? block_mean<std::uint16_t>(picture, column, row)
                                             : block_mean<std::uint8_t>(picture, column, row));
  return signature;
}

// Offsets come in order of size: of equally good ones the smallest is right, as in a still picture.
int find_offset(const std::vector<Signature>& reference, const std::vector<Signature>& distorted,
                int limit) {
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

Synchrony find_synchrony(const std::vector<Signature>& reference,
                         const std::vector<Signature>& distorted) {
  const int most = find_offset(reference, distorted, kMaxOffset);
  const int first = std::max(0, -most);
  if (first >= static_cast<int>(distorted.size()) || reference.empty()) return {most, {}};
  const std::vector<int> shown = shown_frames(band_around(reference, distorted, most));
  Synchrony synchrony = told_by(shown, first, static_cast<int>(reference.size()));
  synchrony.difference = mean_difference(reference, distorted, first, shown);
  return synchrony;
}

Result<Looked> synchronise(Readers readers, std::uint64_t most, const Control& control) {
  Looking looking(most, control);
  Looked looked;
  VISQ_ASSIGN(const std::vector<Signature> reference, looking.at(*readers.reference));
  for (std::size_t i = 0; i < readers.distorted.size(); ++i) {
    const Reader& own = readers.reference_of(i);
    std::vector<Signature> other;
    if (own != readers.reference) {
      VISQ_ASSIGN(other, looking.at(*own));
    }
    const auto distorted = looking.at(*readers.distorted[i]);
    const bool alone = readers.distorted.size() == 1;  // what is wrong with one of several is told
    if (!distorted && alone) return tl::unexpected(distorted.error());  // when it is scored
    looked.clips.push_back(distorted && !distorted->empty()
                               ? find_synchrony(other.empty() ? reference : other, *distorted)
                               : Synchrony{});
  }
  looked.frames = looking.frames;
  looked.whole = looking.whole;
  return looked;
}

}  // namespace visq::job
