// Objects that take long to make and that several users can share: the process has each of them
// once, as long as somebody holds it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace visq {

template <typename T>
class SharedObjects {
 public:
  // `make` returns a Result<std::shared_ptr<const T>>. It is called when nobody holds the object of
  // that key, one call at a time.
  template <typename Make>
  Result<std::shared_ptr<const T>> get(const std::string& key, const Make& make) {
    std::lock_guard lock(mutex_);
    std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
    if (auto object = held_[key].lock()) return object;
    VISQ_ASSIGN(std::shared_ptr<const T> object, make());
    held_[key] = object;
    return object;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const T>> held_;
};

}  // namespace visq
