// What several metrics derive from one picture: made once, on first demand, by whoever comes
// first; the others wait for it. Dropped with the picture.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace visq {

// The name of an artefact and its type in one constant, so that a name has one type only:
//   inline constexpr ArtefactId<RgbTensor> kRgbTensor{"rgb tensor"};
template <typename T>
struct ArtefactId {
  std::string_view name;
};

class Artefacts {
 public:
  // `variant` tells apart artefacts of one name that options make different. `make` returns a T;
  // what it throws goes to this caller, and the next one tries again.
  template <typename T, typename Make>
  std::shared_ptr<const T> get(ArtefactId<T> id, std::string_view variant, Make&& make) {
    Slot& slot = find(id.name, variant);
    std::lock_guard lock(slot.mutex);
    if (slot.value == nullptr) slot.value = std::make_shared<const T>(std::forward<Make>(make)());
    return std::static_pointer_cast<const T>(slot.value);
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const void> value;
  };
  Slot& find(std::string_view name, std::string_view variant) {
    std::lock_guard lock(mutex_);
    return slots_[{std::string(name), std::string(variant)}];  // a map's nodes stay where they are
  }

  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Slot> slots_;
};

}  // namespace visq
