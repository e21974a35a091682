#include "kernels/motion/motion.h"

namespace visq {

Result<std::uint64_t> motion_sad(PlaneView<const std::uint8_t> a, PlaneView<const std::uint8_t> b, int bits, Scratch&) {
  return motion_sad_ref(a, b, bits);
}
Result<std::uint64_t> motion_sad(PlaneView<const std::uint16_t> a, PlaneView<const std::uint16_t> b, int bits, Scratch&) {
  return motion_sad_ref(a, b, bits);
}

}  // namespace visq
