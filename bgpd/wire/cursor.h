// Reading and writing network-order bytes.
//
// Cursor keeps the first failure: every read past the end yields zero and leaves ok() false, so a
// decoder reads straight through a structure and checks once, where the structure ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tern::wire {

using Bytes = std::span<const std::byte>;

class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  // The next n bytes; empty and !ok() when there are fewer.
  Bytes take(std::size_t n) {
    if (n > rest_.size()) {
      fail();
      return {};
    }
    const Bytes taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }
  // A cursor over the next n bytes; failed itself when there are fewer.
  Cursor sub(std::size_t n) {
    Cursor inner(take(n));
    inner.ok_ = ok_;
    return inner;
  }
  Bytes rest() const { return rest_; }

 private:
  std::uint64_t number(std::size_t n) {
    std::uint64_t value = 0;
    for (const std::byte byte : take(n))
      value = (value << 8U) | std::to_integer<std::uint64_t>(byte);
    return value;
  }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  Bytes rest_;
  bool ok_ = true;
};

// Appends to a buffer the caller owns and may reuse.
class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void bytes(Bytes value) { out_.insert(out_.end(), value.begin(), value.end()); }

  [[nodiscard]] std::size_t position() const { return out_.size(); }
  // Overwrites what stands at position: lengths are known only after what they count.
  void patch_u8(std::size_t position, std::uint8_t value) {
    out_[position] = static_cast<std::byte>(value);
  }
  void patch_u16(std::size_t position, std::uint16_t value) {
    patch_u8(position, static_cast<std::uint8_t>(value >> 8U));
    patch_u8(position + 1, static_cast<std::uint8_t>(value));
  }

 private:
  void number(std::uint64_t value, unsigned bytes) {
    std::size_t at = out_.size();
    out_.resize(at + bytes);  // one check of the capacity for the whole number
    while (bytes-- > 0) out_[at++] = static_cast<std::byte>(value >> (8U * bytes));
  }
  std::vector<std::byte>& out_;
};

}  // namespace tern::wire
