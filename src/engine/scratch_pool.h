// Temporary memory that engines have in common: that of a clip's metric serves the other clips of a
// comparison, too, while it is still in the cache.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/scratch.h"

namespace visq {

// For pictures of one format. Metrics have stacks of their own, since the blocks of a Scratch fit
// one of them.
class ScratchPool {
 public:
  // Lives as long as an engine with such pictures does.
  static std::shared_ptr<ScratchPool> of(const std::string& format);

  // The one given back last, or a new one.
  Scratch take(const std::string& metric);
  void give(const std::string& metric, Scratch scratch);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Scratch>> free_;
};

}  // namespace visq
