// The registrations in force that do not meet the requirements of new ones, each with its reasons.
// Any thread may call the members.
//
// An entry takes some 120 octets beside its texts, and the table has 200,000 registrations at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rib/types/prefix.h"

namespace tern::registrations {

class UnmetBook {
 public:
  static constexpr std::size_t kMostTexts = 4;  // of a registration
  // Of the texts of all registrations. A registration beyond them has no text, only a number.
  static constexpr std::size_t kMostOctets = std::size_t{16} << 20U;

  struct Reasons {
    std::vector<std::string> texts;
    std::uint64_t more = 0;  // reasons without a text here
  };

  [[nodiscard]] std::optional<Reasons> find(const Prefix& prefix) const;
  [[nodiscard]] bool contains(const Prefix& prefix) const;
  [[nodiscard]] std::size_t size() const;
  // The prefixes that this one covers.
  [[nodiscard]] std::vector<Prefix> inside(const Prefix& prefix) const;

  // Returns whether the prefix is new.
  bool put(const Prefix& prefix, Reasons reasons);
  // Returns whether the prefix was there.
  bool remove(const Prefix& prefix);
  void clear();

 private:
  bool take_out(const Prefix& prefix);

  mutable std::mutex mutex_;
  std::map<Prefix, Reasons> all_;  // with the lock, as the next one
  std::size_t octets_ = 0;
};

}  // namespace tern::registrations
