#include "kernels/vif/vif.h"

namespace visq {

Result<VifSums> vif_sums(PlaneView<const std::uint8_t> ref, PlaneView<const std::uint8_t> dist, const VifScale& scale, Scratch&) {
  return vif_sums_ref(ref, dist, scale);
}
Result<VifSums> vif_sums(PlaneView<const std::uint16_t> ref, PlaneView<const std::uint16_t> dist, const VifScale& scale, Scratch&) {
  return vif_sums_ref(ref, dist, scale);
}
Status vif_downsample(PlaneView<const std::uint8_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch&) {
  vif_downsample_ref(in, bits, scale, out);
  return {};
}
Status vif_downsample(PlaneView<const std::uint16_t> in, int bits, int scale, PlaneView<std::uint16_t> out, Scratch&) {
  vif_downsample_ref(in, bits, scale, out);
  return {};
}

}  // namespace visq
