// The logarithm that libvmaf's floating-point VIF scores with.
#pragma once

namespace visq::float_vif {

// log2(1 + u) for u in [0, 1) is u * (((tap0 * u + tap1) * u + ...) + tap7), to about 3e-6. Not a
// best polynomial, but the one that scores are made of.
inline constexpr float kLog2Taps[8] = {
    -0.012671635276421f, 0.064841182402670f, -0.157048836463065f, 0.257167726303123f,
    -0.353800560300520f, 0.480131410397451f, -0.721314327952201f, 1.442694803896991f};

}  // namespace visq::float_vif
