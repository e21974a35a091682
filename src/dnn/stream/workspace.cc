#include "dnn/stream/workspace.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/large_pages.h"

namespace visq::stream {
namespace {

// From a row to the next. Tiles write to several rows at the same pixels: at a multiple of eight
// lines, as pixels of many channels are, all of them would want the same few places of the cache.
std::size_t row_step(std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  return (round_up(bytes, 8 * kLine) / kLine + 3) * kLine;
}

}  // namespace

void RowStore::make_groups(std::size_t count) {
  free_.resize(std::max(free_.size(), count));
  for (auto& rows : free_) rows.reserve(rows_);
}

void RowStore::add(std::size_t rows, std::size_t bytes, std::size_t group) {
  const std::size_t step = row_step(bytes);
  rows_ += rows;
  make_groups(group + 1);
  memory_.push_back(in_large_pages<std::byte>(rows * step));
  for (std::size_t i = rows; i > 0; --i) give_back(memory_.back().data() + (i - 1) * step, group);
}

std::byte* RowStore::take(std::size_t group) {
  if (free_[group].empty())
    group = static_cast<std::size_t>(
        std::find_if(free_.begin(), free_.end(), [](const auto& rows) { return !rows.empty(); }) -
        free_.begin());
  std::byte* const row = free_[group].back();
  free_[group].pop_back();
  return row;
}

Workspace::Workspace(Plan p, const Operators& operators) : plan(std::move(p)) {
  std::size_t longest = 0;
  for (const TensorShape& tensor : plan.tensors) {
    longest = std::max(longest, tensor.row_bytes());
    Size& size = size_of(tensor);
    size.rows += static_cast<std::size_t>(tensor.rows);
    size.bytes = std::max(size.bytes, tensor.row_bytes());
  }
  for (const auto& op : operators) scratch_bytes_ = std::max(scratch_bytes_, op->scratch());
  zeros_ = AlignedBuffer<std::byte>::zeroed(longest);
}

Workspace::Size& Workspace::size_of(const TensorShape& tensor) {
  return sizes_[std::bit_width(tensor.row_bytes())];
}

std::byte*& Workspace::place_of(std::size_t picture, int tensor, int row) {
  auto& places = places_[picture][static_cast<std::size_t>(tensor)];
  return places[static_cast<std::size_t>(row) % places.size()];
}

void Workspace::make_room(std::size_t pictures, std::size_t threads) {
  while (scratch_.size() < threads)
    scratch_.push_back(zeroed_in_large_pages<std::byte>(scratch_bytes_));
  for (std::size_t p = 0; p < places_.size(); ++p)  // where a comparison was given up
    for (std::size_t t = 0; t < plan.tensors.size(); ++t)
      give_back(p, static_cast<int>(t), {0, plan.tensors[t].rows});
  groups_ = std::min(pictures, threads);
  for (auto& [bits, size] : sizes_) size.store.make_groups(groups_);
  while (places_.size() < pictures) {
    for (auto& [bits, size] : sizes_)
      size.store.add(size.rows, size.bytes, places_.size() % groups_);
    std::vector<std::vector<std::byte*>> tensors;  // whole before it counts: memory may fail
    for (const TensorShape& tensor : plan.tensors)
      tensors.emplace_back(static_cast<std::size_t>(tensor.rows), nullptr);
    places_.push_back(std::move(tensors));
  }
}

void Workspace::take(std::size_t picture, int tensor, Rows rows) {
  const TensorShape& shape = plan.tensors[static_cast<std::size_t>(tensor)];
  const std::size_t pixel = static_cast<std::size_t>(shape.channels) * shape.value_bytes(),
                    end = static_cast<std::size_t>(shape.left + shape.width) * pixel;
  for (int y = rows.from; y < rows.to; ++y) {
    std::byte*& place = place_of(picture, tensor, y);
    if (place != nullptr) continue;
    place = size_of(shape).store.take(picture % groups_);
    std::memset(place, 0, static_cast<std::size_t>(shape.left) * pixel);
    std::memset(place + end, 0, shape.row_bytes() - end);
  }
}

void Workspace::give_back(std::size_t picture, int tensor, Rows rows) {
  RowStore& store = size_of(plan.tensors[static_cast<std::size_t>(tensor)]).store;
  for (int y = rows.from; y < rows.to; ++y) {
    std::byte*& place = place_of(picture, tensor, y);
    if (place != nullptr) store.give_back(place, picture % groups_);
    place = nullptr;
  }
}

TensorRows Workspace::rows(std::size_t picture, int tensor, int first) const {
  const auto t = static_cast<std::size_t>(tensor);
  return {&plan.tensors[t], places_[picture][t].data(), zeros_.data(), first};
}

}  // namespace visq::stream
