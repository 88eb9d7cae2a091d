// A set of slots (universe.h): what a session holds. Pages that are never touched cost nothing.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "tests/bench/load/universe.h"

namespace tern::load {

class Held {
 public:
  Held() : words_(map()) {}
  ~Held() { munmap(words_, kBytes); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool contains(std::uint32_t slot) const {
    return ((words_[slot >> 6U] >> (slot & 63U)) & 1U) != 0;
  }
  void insert(std::uint32_t slot) { size_ += put(words_, slot); }
  void erase(std::uint32_t slot) {
    std::uint64_t& word = words_[slot >> 6U];
    const std::uint64_t bit = std::uint64_t{1} << (slot & 63U);
    size_ -= (word & bit) != 0 ? 1U : 0U;
    word &= ~bit;
  }

  // Inserts many with the count in a register: insert(slot) where that can be called often. `each`
  // calls its argument with slots.
  template <typename Each>
  auto insert_all(Each each) {
    std::uint64_t* const words = words_;
    std::uint32_t added = 0;
    const auto result = each([words, &added](std::uint32_t slot) { added += put(words, slot); });
    size_ += added;
    return result;
  }

  void clear() {
    if (size_ == 0) return;
    munmap(words_, kBytes);
    words_ = map();
    size_ = 0;
  }

 private:
  static constexpr std::size_t kBytes = kSlots / 8;

  // 1 where it was not there.
  static std::uint32_t put(std::uint64_t* words, std::uint32_t slot) {
    std::uint64_t& word = words[slot >> 6U];
    const std::uint64_t before = word;
    word = before | std::uint64_t{1} << (slot & 63U);
    return static_cast<std::uint32_t>(~before >> (slot & 63U)) & 1U;
  }

  static std::uint64_t* map() {
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    madvise(memory, kBytes, MADV_NOHUGEPAGE);  // a thousand sessions touch a little of each
    return static_cast<std::uint64_t*>(memory);
  }

  std::uint64_t* words_;
  std::uint32_t size_ = 0;
};

}  // namespace tern::load
