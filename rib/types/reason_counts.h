// Counters by reason. Counters of the policies' own words take memory only when one of them counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/types/reason.h"

namespace tern {

class ReasonCounts {
 public:
  [[nodiscard]] std::uint64_t& operator[](Reason reason) {
    return (*this)[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t operator[](Reason reason) const {
    return (*this)[static_cast<std::size_t>(reason)];
  }
  // reason: below kReasonCount + kReasonWords
  [[nodiscard]] std::uint64_t& operator[](std::size_t reason) {
    if (reason < kReasonCount) return named_[reason];
    if (reason >= size()) words_.resize(reason - kReasonCount + 1);
    return words_[reason - kReasonCount];
  }
  [[nodiscard]] std::uint64_t operator[](std::size_t reason) const {
    if (reason < kReasonCount) return named_[reason];
    return reason < size() ? words_[reason - kReasonCount] : 0;
  }
  // The counters from this number on are 0.
  [[nodiscard]] std::size_t size() const { return kReasonCount + words_.size(); }

  ReasonCounts& operator+=(const ReasonCounts& other) {
    for (std::size_t i = 0; i < kReasonCount; ++i) named_[i] += other.named_[i];
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] += other.words_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, kReasonCount> named_{};
  std::vector<std::uint64_t> words_;
};

}  // namespace tern
