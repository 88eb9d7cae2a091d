// The two ways through the layers of a VrpTable, for its own files: the prefixes that cover one,
// and all prefixes in their order. In both, a prefix of the overlay stands for the one of the base.
#pragma once

#include <array>
#include <bit>
#include <cstring>

#include "policy/vrp_table.h"

namespace tern::policy {

template <typename Address>
[[nodiscard]] Address address_of(const IpAddress& address);
template <>
[[nodiscard]] inline Address4 address_of<Address4>(const IpAddress& address) {
  return address.v4_value();
}
template <>
[[nodiscard]] inline Address6 address_of<Address6>(const IpAddress& address) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), address.bytes().data(), sizeof words);
  if constexpr (std::endian::native == std::endian::little) {
    return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
  }
  return {words[0], words[1]};
}

[[nodiscard]] inline Prefix prefix_of(Address4 address, std::uint8_t length) {
  return Prefix::v4(address, length);
}
[[nodiscard]] inline Prefix prefix_of(const Address6& address, std::uint8_t length) {
  std::array<std::byte, 16> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::uint64_t word = i < 8 ? address.high : address.low;
    octets[i] = static_cast<std::byte>((word >> (56U - 8U * (i % 8))) & 0xFFU);
  }
  return {IpAddress::from_bytes(octets), length};
}

// The prefixes that cover one, the longest first.
template <typename Address>
class VrpTable::Cover {
 public:
  using Layer = VrpLayer<Address>;
  using Entries = typename Layer::Entries;

  Cover(const Part<Address>& part, const Address& address, std::uint8_t length)
      : base_(*part.base),
        overlay_(*part.overlay),
        in_base_(base_.covering(address, length)),
        in_overlay_(overlay_.covering(address, length)) {
    choose();
  }

  [[nodiscard]] bool at_end() const { return at_ == Layer::kNone; }
  [[nodiscard]] std::uint8_t length() const { return chosen_->length(at_); }
  [[nodiscard]] Entries entries() const { return chosen_->entries(at_); }
  void next() {
    if (chosen_ == &base_) {
      in_base_ = base_.parent(in_base_);
    } else {
      in_overlay_ = overlay_.parent(in_overlay_);
    }
    choose();
  }

 private:
  void choose() {
    chosen_ = &base_;
    at_ = in_base_;
    if (in_overlay_ == Layer::kNone) return;
    if (in_base_ != Layer::kNone) {
      if (base_.length(in_base_) > overlay_.length(in_overlay_)) return;
      if (base_.length(in_base_) == overlay_.length(in_overlay_)) {
        in_base_ = base_.parent(in_base_);
      }
    }
    chosen_ = &overlay_;
    at_ = in_overlay_;
  }

  const Layer& base_;
  const Layer& overlay_;
  std::uint32_t in_base_;
  std::uint32_t in_overlay_;
  const Layer* chosen_ = nullptr;
  std::uint32_t at_ = Layer::kNone;
};

// All prefixes with VRPs, in their order. With overlay_only: those of the overlay, also where they
// have no VRP.
template <typename Address>
class VrpTable::Walk {
 public:
  using Layer = VrpLayer<Address>;
  using Entries = typename Layer::Entries;

  explicit Walk(const Part<Address>& part, bool overlay_only = false)
      : base_(*part.base), overlay_(*part.overlay), overlay_only_(overlay_only) {
    if (overlay_only_) in_base_ = base_.size();
    choose();
  }

  [[nodiscard]] bool at_end() const { return chosen_ == nullptr; }
  [[nodiscard]] const Address& address() const { return chosen_->address(at_); }
  [[nodiscard]] std::uint8_t length() const { return chosen_->length(at_); }
  [[nodiscard]] Entries entries() const { return chosen_->entries(at_); }
  [[nodiscard]] auto place() const { return std::pair(address(), length()); }
  void next() {
    ++(chosen_ == &base_ ? in_base_ : in_overlay_);
    choose();
  }

 private:
  void choose() {
    for (;; ++in_overlay_) {
      const bool more_base = in_base_ < base_.size();
      const bool more_overlay = in_overlay_ < overlay_.size();
      chosen_ = nullptr;
      if (!more_base && !more_overlay) return;
      if (more_base && more_overlay) {
        const auto order = std::pair(base_.address(in_base_), base_.length(in_base_)) <=>
                           std::pair(overlay_.address(in_overlay_), overlay_.length(in_overlay_));
        chosen_ = order < 0 ? &base_ : &overlay_;
        if (order == 0) ++in_base_;
      } else {
        chosen_ = more_base ? &base_ : &overlay_;
      }
      at_ = chosen_ == &base_ ? in_base_ : in_overlay_;
      if (overlay_only_ || !chosen_->entries(at_).empty()) return;
    }
  }

  const Layer& base_;
  const Layer& overlay_;
  bool overlay_only_;
  std::uint32_t in_base_ = 0;
  std::uint32_t in_overlay_ = 0;
  const Layer* chosen_ = nullptr;
  std::uint32_t at_ = 0;
};

}  // namespace tern::policy
