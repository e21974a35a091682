// Text in parts, so that it need not be in memory as a whole.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace visq {

using TextSink = std::function<void(std::string_view part)>;  // takes one part after the other

// Gives a text to a sink, or says why it ends.
using TextSource = std::function<Status(const TextSink&)>;

}  // namespace visq
