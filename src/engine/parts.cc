#include "engine/parts.h"

#include <functional>
#include <utility>

namespace visq {
namespace {

void do_rounds(ThreadPool::Rounds& rounds, Scratch& scratch, const Parallel::Part& part) {
  while (const auto round = rounds.take()) {
    const Scratch::Mark mark(scratch);
    part(*round, scratch);
  }
}

}  // namespace

void Parts::run(std::size_t count, Scratch& scratch, const Part& part) {
  const auto share = [&](ThreadPool::Rounds& rounds) {
    if (rounds.helps())
      help(rounds, part);
    else
      do_rounds(rounds, scratch, part);
  };
  threads_.loop(count, std::cref(share));  // by reference: a copy would be allocated
}

// A frame's own scratch, as large as its planes, may come to a helper; one that a helper made
// small grows when a frame gets it.
void Parts::help(ThreadPool::Rounds& rounds, const Part& part) {
  Scratch scratch = scratches_.take(metric_);
  do_rounds(rounds, scratch, part);
  scratches_.give(metric_, std::move(scratch));
}

}  // namespace visq
