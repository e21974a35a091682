// A session on another device than the processor, which must agree with the processor on the first
// picture that it scores: drivers and providers are others' code, and a wrong score looks like any
// score. Nothing is given out before; -ENODEV when they disagree.
#pragma once

#include <memory>
#include <string>

#include "dnn/run/session.h"

namespace visq {

// `processor`: the same model there. It is dropped after the first picture. `path`: of the model.
std::shared_ptr<const Session> checked(std::shared_ptr<const Session> device,
                                       std::shared_ptr<const Session> processor, std::string path);

}  // namespace visq
