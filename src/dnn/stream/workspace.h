// The memory of one comparison: the rows in flight of every tensor and picture, and what threads
// work in. It is used again from comparison to comparison.
#pragma once

#include <map>
#include <vector>

#include "base/aligned.h"
#include "dnn/stream/plan.h"

namespace visq::stream {

// Memory for rows of about the same length. What was given back last is taken first: it is still in
// the cache, and what is never taken is never touched. Groups of pictures, which threads of their
// own work on, have it from each other only where they have none left.
class RowStore {
 public:
  void make_groups(std::size_t count);

  // For that many more rows, whose longest takes so many bytes.
  void add(std::size_t rows, std::size_t bytes, std::size_t group);

  // There are as many as were added.
  std::byte* take(std::size_t group);
  void give_back(std::byte* row, std::size_t group) { free_[group].push_back(row); }

 private:
  std::vector<AlignedBuffer<std::byte>> memory_;
  std::vector<std::vector<std::byte*>> free_;  // of each group
  std::size_t rows_ = 0;                       // so that giving one back needs no memory
};

class Workspace {
 public:
  Workspace(Plan plan, const Operators& operators);

  // For that many pictures and threads. No row has memory then.
  void make_room(std::size_t pictures, std::size_t threads);

  // Whether that thread's cache holds that picture.
  bool is_near(std::size_t worker, std::size_t picture) const {
    return worker % groups_ == picture % groups_;
  }

  // Memory for these rows where they have none yet, with zeros around the picture; and back.
  void take(std::size_t picture, int tensor, Rows rows);
  void give_back(std::size_t picture, int tensor, Rows rows);

  // The tensor, from channel `first` on.
  TensorRows rows(std::size_t picture, int tensor, int first = 0) const;
  void* scratch(std::size_t worker) { return scratch_[worker].data(); }

  const Plan plan;

 private:
  struct Size {
    std::size_t rows = 0, bytes = 0;  // of all tensors of a picture; of the longest row
    RowStore store;
  };
  Size& size_of(const TensorShape& tensor);
  std::byte*& place_of(std::size_t picture, int tensor, int row);

  std::map<int, Size> sizes_;
  std::size_t groups_ = 1;
  std::vector<std::vector<std::vector<std::byte*>>> places_;  // of each picture and tensor
  AlignedBuffer<std::byte> zeros_;
  std::size_t scratch_bytes_ = 0;  // of a thread
  std::vector<AlignedBuffer<std::byte>> scratch_;
};

}  // namespace visq::stream
