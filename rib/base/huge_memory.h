// Memory for tables that are read at random places: large tables get pages of 2 MiB, so that a
// look-up has a cache miss at most, and no TLB miss.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace tern::rib {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20U;

// Zeroed memory, aligned to its huge pages, from the system and back to it. When the system has
// none, the process ends (rib/base/exhausted.h). huge: false for memory that may stay nearly empty;
// such memory, and memory of less than a huge page, comes in small pages.
[[nodiscard]] void* map_huge(std::size_t octets, bool huge = true);
void unmap_huge(void* memory, std::size_t octets);
// Asks for huge pages in a range that is mapped already; if there are none, it keeps small ones.
void advise_huge(void* memory, std::size_t octets);

// The memory of a ZeroedArray.
[[nodiscard]] void* get_zeroed(std::size_t octets);
void give_back_zeroed(void* memory, std::size_t octets);

// An array of zeros whose memory comes from the system page by page, with the first use of a page.
// An array of less than a huge page lives on the heap.
template <typename T>
class ZeroedArray {
 public:
  ZeroedArray() = default;
  explicit ZeroedArray(std::size_t size)
      : data_(static_cast<T*>(get_zeroed(size * sizeof(T)))), size_(size) {}
  ~ZeroedArray() { give_back_zeroed(data_, size_ * sizeof(T)); }
  ZeroedArray(ZeroedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ZeroedArray& operator=(ZeroedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  [[nodiscard]] T& operator[](std::size_t at) const { return data_[at]; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static_assert(std::is_trivial_v<T>);
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tern::rib
