// The mean colour difference CIEDE2000 of two pictures, in dB: 45 - 20 log10(mean), as the test
// conditions of AOM use it.
//
// Samples are taken for BT.709 of limited range, and chroma is repeated where it is subsampled. Two
// mistakes of libvmaf are kept, so that its scores are met; `true_chroma` is without them:
//  - columns of 4:2:2 are not repeated, but rows are: half of a row is read beyond its end;
//  - where chroma of an odd size was rounded down, as in its own pictures, the last column and row
//    are read beyond the plane.
// What is read there is what libvmaf's pictures have there: rows are padded with zeros to a
// multiple of 32 samples, after Cb comes Cr, and after that nothing, here zeros.
//
// Every depth from 8 to 16 bits is scored, where libvmaf has 8, 10, 12 and 16. A luma-only picture,
// which libvmaf refuses, is a grey one.
#include <cmath>

#include "extract/metric.h"
#include "kernels/ciede/ciede.h"

namespace visq {
namespace {

constexpr FeatureInfo kFeatures[] = {{"ciede2000", "", "dB", -kInfinity, kInfinity, kNoIdentity,
                                      Direction::higher_is_better, FeatureRole::score}};

constexpr OptionInfo kOptions[] = {
    {.name = "true_chroma",
     .help = "take chroma of 4:2:2 and of odd sizes from where it belongs; libvmaf does not",
     .type = OptionType::boolean},
};

template <typename T>
struct Chroma {
  PlaneView<const T> cb, cr;
};

// Sample `index` of a chroma plane in the memory of libvmaf's pictures; 0 where there is none.
template <typename T>
T sample_in_memory(const Chroma<T>& chroma, int plane, std::int64_t index) {
  const int padded = static_cast<int>(round_up(static_cast<std::size_t>(chroma.cb.width), 32));
  const std::int64_t size = std::int64_t{padded} * chroma.cb.height;
  const auto block = plane + index / size;
  if (block > 1) return 0;
  const PlaneView<const T>& there = block == 0 ? chroma.cb : chroma.cr;
  const int column = static_cast<int>(index % size % padded);
  return column < there.width ? there.row(static_cast<int>(index % size / padded))[column] : T{0};
}

// The samples that libvmaf takes from consecutive places, `columns` from the start of each row.
template <typename T>
Result<PlaneView<const T>> misread(const Chroma<T>& chroma, int plane, int columns, int rows,
                                   Scratch& scratch) {
  const auto out = scratch.take_plane<T>(columns, rows);
  if (out.data == nullptr) return fail(ENOMEM, "ciede: no memory for chroma");
  const auto padded =
      static_cast<std::int64_t>(round_up(static_cast<std::size_t>(chroma.cb.width), 32));
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x)
      out.row(y)[x] = sample_in_memory(chroma, plane, y * padded + x);
  return PlaneView<const T>(out);
}

// As libvmaf has it: one chroma row for two of luma, and for 4:2:2 one column for each.
template <typename T>
Status misread_chroma(PixelFormat format, YcbcrView<T>& view, Scratch& scratch) {
  const Chroma<T> chroma{view.cb, view.cr};
  view.shift_x = format == PixelFormat::yuv422 ? 0 : 1;
  view.shift_y = 1;
  const int columns = (view.y.width + view.shift_x) >> view.shift_x,
            rows = (view.y.height + 1) >> 1;
  VISQ_ASSIGN(view.cb, misread(chroma, 0, columns, rows, scratch));
  VISQ_ASSIGN(view.cr, misread(chroma, 1, columns, rows, scratch));
  return {};
}

bool rounds_down(const Picture& picture) {
  const PictureFormat& format = picture.format();
  return picture.width(1) << chroma_shift_x(format.pixel_format) < format.width ||
         picture.height(1) << chroma_shift_y(format.pixel_format) < format.height;
}

// Chroma that is missing, or has no samples (a picture one sample wide, where sizes round down), is
// one sample of no colour.
template <typename T>
Result<YcbcrView<T>> view_of(const Picture& picture, const T& neutral, bool true_chroma,
                             Scratch& scratch) {
  const PixelFormat format = picture.format().pixel_format;
  YcbcrView<T> view{picture.plane<T>(0),
                    {&neutral, 0, 1, 1},
                    {&neutral, 0, 1, 1},
                    chroma_shift_x(format),
                    chroma_shift_y(format)};
  if (picture.planes() == 1 || picture.width(1) == 0 || picture.height(1) == 0) return view;
  view.cb = picture.plane<T>(1);
  view.cr = picture.plane<T>(2);
  if (!true_chroma && (format == PixelFormat::yuv422 || rounds_down(picture)))
    VISQ_TRY(misread_chroma(format, view, scratch));
  return view;
}

class Ciede final : public Metric {
 public:
  explicit Ciede(const Options& options) : true_chroma_(options.boolean("true_chroma")) {}

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const PictureFormat& format = frame.ref->format();
    VISQ_ASSIGN(const double sum, with_sample_type(format.bits, [&]<typename T>() {
                  return sum_of<T>(frame, scratch);
                }));
    scores.set(0, 45 - 20 * std::log10(sum / (static_cast<double>(format.width) * format.height)));
    return {};
  }

 private:
  template <typename T>
  Result<double> sum_of(const Frame& frame, Scratch& scratch) const {
    const int bits = frame.ref->format().bits;
    const T neutral = static_cast<T>(128 << (bits - 8));
    VISQ_ASSIGN(const YcbcrView<T> ref, view_of(*frame.ref, neutral, true_chroma_, scratch));
    VISQ_ASSIGN(const YcbcrView<T> dist, view_of(*frame.dist, neutral, true_chroma_, scratch));
    return ciede_sum(ref, dist, bits, scratch);
  }

  bool true_chroma_;
};

Result<std::unique_ptr<Metric>> create(const Options& options, const Environment&) {
  return std::make_unique<Ciede>(options);
}

constexpr Descriptor kDescriptor{
    .name = "ciede",
    .summary = "colour difference CIEDE2000",
    .source =
        "CIE 142-2001; Sharma, Wu, Dalal: The CIEDE2000 color-difference formula, Color Res. Appl. "
        "30(1), 2005",
    .features = kFeatures,
    .options = kOptions,
    .planes = Planes::all,
    .exactness = Exactness::deterministic,
    .symmetric = true,
    .create = create,
};

}  // namespace

const Descriptor& ciede_metric() { return kDescriptor; }

}  // namespace visq
