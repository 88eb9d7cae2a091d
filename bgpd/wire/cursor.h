// Reading and writing network-order bytes.
//
// Cursor keeps the first failure: every read past the end yields zero and leaves ok() false, so a
// decoder reads straight through a structure and checks once, where the structure ends.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace tern::wire {

using Bytes = std::span<const std::byte>;

// Network order to host order and back: the octets the other way round on most machines.
template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number host_order(Number value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(Number) == 1) {
    return value;
  } else if constexpr (sizeof(Number) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(Number) == 4) {
    return __builtin_bswap32(value);
  } else {
    return __builtin_bswap64(value);
  }
}

// The number whose octets stand at `at`, and back. Compilers make one instruction of each.
template <std::unsigned_integral Number>
[[nodiscard]] inline Number load(const std::byte* at) {
  Number value = 0;
  std::memcpy(&value, at, sizeof value);
  return host_order(value);
}
template <std::unsigned_integral Number>
inline void store(Number value, std::byte* at) {
  value = host_order(value);
  std::memcpy(at, &value, sizeof value);
}

class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }

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
  template <std::unsigned_integral Number>
  Number number() {
    const Bytes octets = take(sizeof(Number));
    return octets.empty() ? Number{0} : load<Number>(octets.data());
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
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
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
  template <std::unsigned_integral Number>
  void number(Number value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);  // one check of the capacity for the whole number
    store(value, out_.data() + at);
  }
  std::vector<std::byte>& out_;
};

// Writes to memory that the caller has found to suffice: for the bytes of every route.
class RawWriter {
 public:
  explicit RawWriter(std::byte* at) : at_(at) {}

  void u8(std::uint8_t value) { number(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void bytes(Bytes value) {
    if (value.empty()) return;  // an empty one is no source for memcpy
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }

  // Where the next octet goes.
  [[nodiscard]] std::byte* at() const { return at_; }
  void go_to(std::byte* at) { at_ = at; }

 private:
  template <std::unsigned_integral Number>
  void number(Number value) {
    store(value, at_);
    at_ += sizeof value;
  }
  std::byte* at_;
};

}  // namespace tern::wire
