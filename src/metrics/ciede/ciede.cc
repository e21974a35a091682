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

struct Chroma {
  Samples cb, cr;
};

// Sample `index` of a chroma plane in the memory of libvmaf's pictures; 0 where there is none.
template <typename T>
T sample_in_memory(const Chroma& chroma, int plane, std::int64_t index) {
  const int padded = static_cast<int>(round_up(static_cast<std::size_t>(chroma.cb.width), 32));
  const std::int64_t size = std::int64_t{padded} * chroma.cb.height;
  const auto block = plane + index / size;
  if (block > 1) return 0;
  const PlaneView<const T> there = (block == 0 ? chroma.cb : chroma.cr).as<T>();
  const int column = static_cast<int>(index % size % padded);
  return column < there.width ? there.row(static_cast<int>(index % size / padded))[column] : T{0};
}

// The samples that libvmaf takes from consecutive places, `columns` from the start of each row.
Samples misread(const Chroma& chroma, int plane, int columns, int rows, Scratch& scratch) {
  const auto padded =
      static_cast<std::int64_t>(round_up(static_cast<std::size_t>(chroma.cb.width), 32));
  return with_sample_type(chroma.cb.bits, [&]<typename T>() {
    const auto out = scratch.take_plane<T>(columns, rows);
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x)
        out.row(y)[x] = sample_in_memory<T>(chroma, plane, y * padded + x);
    Samples samples = chroma.cb;
    samples.data = out.data, samples.stride = out.stride;
    samples.width = columns, samples.height = rows;
    return samples;
  });
}

// As libvmaf has it: one chroma row for two of luma, and for 4:2:2 one column for each.
void misread_chroma(PixelFormat format, ciede::Ycbcr& picture, Scratch& scratch) {
  const Chroma chroma{picture.cb, picture.cr};
  picture.shift_x = format == PixelFormat::yuv422 ? 0 : 1;
  picture.shift_y = 1;
  const int columns = (picture.y.width + picture.shift_x) >> picture.shift_x,
            rows = (picture.y.height + 1) >> 1;
  picture.cb = misread(chroma, 0, columns, rows, scratch);
  picture.cr = misread(chroma, 1, columns, rows, scratch);
}

bool rounds_down(const Picture& picture) {
  const PictureFormat& format = picture.format();
  return picture.width(1) << chroma_shift_x(format.pixel_format) < format.width ||
         picture.height(1) << chroma_shift_y(format.pixel_format) < format.height;
}

// One sample of no colour.
Samples neutral(int bits) {
  static constexpr std::uint8_t kBytes = 128;
  static constexpr std::uint16_t kWords[] = {256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  if (bits == 8) return PlaneView<const std::uint8_t>{&kBytes, 0, 1, 1};
  return {PlaneView<const std::uint16_t>{&kWords[bits - 9], 0, 1, 1}, bits};
}

// Chroma that is missing, or has no samples (a picture one sample wide, where sizes round down), is
// neutral.
ciede::Ycbcr planes_of(const Picture& picture, bool true_chroma, Scratch& scratch) {
  const PixelFormat format = picture.format().pixel_format;
  const Samples grey = neutral(picture.format().bits);
  ciede::Ycbcr planes{picture.samples(0), grey, grey, chroma_shift_x(format),
                      chroma_shift_y(format)};
  if (picture.planes() == 1 || picture.width(1) == 0 || picture.height(1) == 0) return planes;
  planes.cb = picture.samples(1);
  planes.cr = picture.samples(2);
  if (!true_chroma && (format == PixelFormat::yuv422 || rounds_down(picture)))
    misread_chroma(format, planes, scratch);
  return planes;
}

class Ciede final : public Metric {
 public:
  explicit Ciede(const Options& options) : true_chroma_(options.boolean("true_chroma")) {}

  Status extract(const Frame& frame, Scratch& scratch, Scores& scores) const override {
    const PictureFormat& format = frame.ref->format();
    const double sum =
        ciede::sum(planes_of(*frame.ref, true_chroma_, scratch),
                   planes_of(*frame.dist, true_chroma_, scratch), scratch, *frame.parallel);
    scores.set(0, 45 - 20 * std::log10(sum / (static_cast<double>(format.width) * format.height)));
    return {};
  }

 private:
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
