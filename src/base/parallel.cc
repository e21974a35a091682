#include "base/parallel.h"

namespace visq {
namespace {

class Serial final : public Parallel {
 public:
  void run(std::size_t count, Scratch& scratch, const Part& part) override {
    for (std::size_t i = 0; i < count; ++i) {
      const Scratch::Mark mark(scratch);
      part(i, scratch);
    }
  }
};

}  // namespace

Parallel* serial() {
  static Serial one;  // without state
  return &one;
}

}  // namespace visq
