#include "rib/details.h"

#include <cassert>
#include <memory>

namespace tern::rib {

DetailTable::~DetailTable() {
  for (const auto& slot : chunks_) {
    const std::unique_ptr<Chunk> chunk(slot.load(std::memory_order_relaxed));
    if (!chunk) continue;
    for (const Text& text : *chunk) delete text.load(std::memory_order_relaxed);
  }
}

// The place of a number, from 1 on; makes its chunk if there is none.
DetailTable::Text& DetailTable::text(std::size_t number) {
  std::atomic<Chunk*>& slot = chunks_[number / kChunk];
  Chunk* chunk = slot.load(std::memory_order_acquire);
  if (chunk == nullptr) {
    auto made = std::make_unique<Chunk>();
    if (slot.compare_exchange_strong(chunk, made.get(), std::memory_order_acq_rel)) {
      chunk = made.release();
    }
  }
  return (*chunk)[number % kChunk];
}

std::uint16_t DetailTable::intern(std::string_view wanted) {
  if (wanted.empty()) return 0;
  std::unique_ptr<const std::string> made;
  for (std::size_t number = 1; number < kChunk * kChunk; ++number) {
    Text& slot = text(number);
    const std::string* present = slot.load(std::memory_order_acquire);
    if (present == nullptr) {
      if (!made) made = std::make_unique<const std::string>(wanted);
      if (slot.compare_exchange_strong(present, made.get(), std::memory_order_acq_rel)) {
        present = made.release();
      }
    }
    if (*present == wanted) return static_cast<std::uint16_t>(number);
  }
  return 0;
}

const std::string& DetailTable::operator[](std::uint16_t number) const {
  static const std::string kNothing;
  if (number == 0) return kNothing;
  const Chunk* chunk = chunks_[number / kChunk].load(std::memory_order_acquire);
  assert(chunk != nullptr);
  return *(*chunk)[number % kChunk].load(std::memory_order_acquire);
}

}  // namespace tern::rib
