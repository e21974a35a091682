// Objects that take long to make and that several users can share: the process has each of them
// once, as long as somebody holds it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/process.h"
#include "base/result.h"

namespace visq {

template <typename T>
class SharedObjects {
 public:
  // `make` returns a Result<std::shared_ptr<const T>>. It is called when nobody holds the object of
  // that key, one call at a time.
  template <typename Make>
  Result<std::shared_ptr<const T>> get(const std::string& key, const Make& make) {
    auto& [mutex, held] = held_.get();
    std::lock_guard lock(mutex);
    std::erase_if(held, [](const auto& entry) { return entry.second.expired(); });
    if (auto object = held[key].lock()) return object;
    VISQ_ASSIGN(std::shared_ptr<const T> object, make());
    held[key] = object;
    return object;
  }

 private:
  struct Held {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<const T>> objects;
  };
  OncePerProcess<Held> held_;
};

}  // namespace visq
