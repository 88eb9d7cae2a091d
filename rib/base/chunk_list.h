// The pointers to the chunks of a growing table. One thread adds chunks; any other thread may look
// up a chunk whose number was published to it. A longer list replaces the old one, which stays for
// threads that read it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace tern::rib {

template <typename Chunk>
class ChunkList {
 public:
  ChunkList() = default;
  ChunkList(const ChunkList&) = delete;
  ChunkList& operator=(const ChunkList&) = delete;

  // Any thread; chunk < size() at the time when the owner published the number.
  // Acquire: makes the entries of the list visible.
  [[nodiscard]] Chunk* look_up(std::size_t chunk) const {
    return list_.load(std::memory_order_acquire)[chunk];
  }

  // For the owner.
  [[nodiscard]] Chunk* operator[](std::size_t chunk) const { return mine_[chunk]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // The caller keeps the ownership of the chunk.
  void push_back(Chunk* chunk) {
    if (size_ == capacity_) grow();
    mine_[size_++] = chunk;
  }

 private:
  // Doubles the length: all the old lists together are at most as long as the last one.
  void grow() {
    const std::size_t capacity = std::max<std::size_t>(4, 2 * capacity_);
    auto longer = std::make_unique<Chunk*[]>(capacity);
    if (size_ > 0) std::copy_n(mine_, size_, longer.get());
    lists_.push_back(std::move(longer));
    capacity_ = capacity;
    mine_ = lists_.back().get();
    list_.store(mine_, std::memory_order_release);
  }

  std::atomic<Chunk**> list_{nullptr};
  Chunk** mine_ = nullptr;                        // the same
  std::vector<std::unique_ptr<Chunk*[]>> lists_;  // the last one is in use
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tern::rib
