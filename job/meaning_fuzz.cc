// Any two clips: once their plan is carried out, their samples mean the same, or an error says why
// not. A plan that is carried out has nothing left to do.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "job/meaning.h"
#include "tests/fuzz/bytes.h"

namespace {

using visq::io::StreamInfo;

class Clips : public visq::test::Bytes {
 public:
  using Bytes::Bytes;
  StreamInfo clip() {
    StreamInfo info;
    info.pixel_format = static_cast<VmafPixelFormat>(VMAF_PIX_FMT_YUV420P + below(4));
    info.bits = 8 + below(9);
    info.width = 64 + below(2);
    info.height = 48;
    info.siting = static_cast<int>(below(6));
    info.color = {static_cast<int>(below(16)), static_cast<int>(below(20)),
                  static_cast<VmafColorRange>(below(3))};
    info.range_of_kind = below(2) != 0;
    if (info.color.matrix == 0) info.pixel_format = VMAF_PIX_FMT_YUV444P;
    return info;
  }
};

StreamInfo carried_out(StreamInfo info, const visq::io::SampleFormat& format) {
  info.pixel_format = format.pixel_format;
  info.bits = format.bits;
  info.siting = format.siting;
  info.color.matrix = format.matrix;
  info.color.range = format.full_range ? VMAF_COLOR_RANGE_FULL : VMAF_COLOR_RANGE_LIMITED;
  return info;
}

bool mean_the_same(const visq::io::SampleFormat& a, const visq::io::SampleFormat& b) {
  return a.is_rgb() == b.is_rgb() && a.full_range == b.full_range &&
         (a.is_gray() || b.is_gray() || visq::io::same_matrix(a.matrix, b.matrix));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Clips bytes(data, size);
  visq::job::Job job;
  job.reference = "r";
  job.distorted = {"d"};
  if (bytes.below(4) == 1) job.to_bits = 8 + bytes.below(9);
  if (bytes.below(4) == 1) job.to_pixel_format = static_cast<VmafPixelFormat>(bytes.below(4));
  job.common_depth = bytes.below(4) == 1;
  visq::job::Descriptions clips{bytes.clip(), {bytes.clip()}};
  complete(job, clips);
  const auto goals = goals_of(job, clips);
  if (!goals) return goals.error().message.empty() ? 1 : 0;
  const auto &a = goals->references[0].format, &b = goals->distorted[0].format;
  if (!mean_the_same(a, b)) std::abort();
  visq::job::Descriptions done{carried_out(clips.reference, a),
                               {carried_out(clips.distorted[0], b)}};
  job.to_bits.reset();
  job.to_pixel_format.reset();
  job.common_depth = false;
  complete(job, done);
  const auto again = goals_of(job, done);
  if (!again || again->references[0].automatic || again->distorted[0].automatic) std::abort();
  return 0;
}
