// Image-to-image models over one plane.
#pragma once

#include <span>

#include "base/plane.h"
#include "dnn/run/loader.h"

namespace visq {

// Runs a [1,1,H,W] to [1,1,H,W] model over samples / (2^bits - 1), standardised when its sidecar
// has a mean and a deviation, which is undone behind it; the output is rounded to nearest even and
// clamped. -ENOTSUP when the model is not of that kind, -ERANGE when its size is fixed and another.
template <typename T>
Status filter_plane(const LoadedModel& model, PlaneView<const T> in, int bits, PlaneView<T> out);

extern template Status filter_plane(const LoadedModel&, PlaneView<const std::uint8_t>, int,
                                    PlaneView<std::uint8_t>);
extern template Status filter_plane(const LoadedModel&, PlaneView<const std::uint16_t>, int,
                                    PlaneView<std::uint16_t>);

}  // namespace visq
