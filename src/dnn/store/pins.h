// Which sha256 each file of a model store must have.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace visq {

struct Pin {
  std::string sha256, license;
};

// File below the store -> what must be there. A file may be listed twice, and must be both.
using Pins = std::multimap<std::string, Pin>;

// The "files" of the list that ./setup fills a store from. -EBADMSG says what is wrong; 1 MiB at
// most.
Result<Pins> parse_pins(std::string_view json);

// That list of a store: STORE/registry.json, else the registry.json beside the store. Without one
// there are no pins; a registry.json without "files" is another's and pins nothing, and so are
// models that STORE/tiny/registry.local.json says were made on this machine.
Result<Pins> pins_of_store(const std::string& store);

// And the hashes that STORE/tiny/registry.json has for its models.
Result<Pins> pins_of_models(const std::string& store);

}  // namespace visq
