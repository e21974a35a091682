// The parts of a metric's work on a frame, done by workers that have nothing else to do.
#pragma once

#include <string>

#include "base/parallel.h"
#include "base/thread_pool.h"
#include "engine/scratch_pool.h"

namespace visq {

class Parts final : public Parallel {
 public:
  // All of them outlive it. Helpers work in scratch of that metric: its blocks fit, and there are
  // never more of them than threads, as without helpers.
  Parts(ThreadPool& threads, ScratchPool& scratches, const std::string& metric)
      : threads_(threads), scratches_(scratches), metric_(metric) {}

  void run(std::size_t count, Scratch& scratch, const Part& part) override;

 private:
  void help(ThreadPool::Rounds& rounds, const Part& part);

  ThreadPool& threads_;
  ScratchPool& scratches_;
  const std::string& metric_;
};

}  // namespace visq
