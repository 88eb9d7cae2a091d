// The stored registrations in memory, as sources of a policy::RegistrationTable.
//
// A page is immutable and has the registrations whose prefixes have a hash in common: with 200,000
// registrations some 200. A change copies the pages of its prefixes and shares the others with the
// tables before. A StoredPages belongs to one thread; its pages are safe from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "policy/registrations.h"
#include "rib/types/prefix.h"

namespace tern::registrations {

class StoredPages {
 public:
  using Source = std::shared_ptr<const policy::Registrations>;
  // By prefix; nothing: the registration goes.
  using Changes = std::map<Prefix, std::optional<policy::Registration>>;

  void change(Changes changes);

  [[nodiscard]] std::size_t size() const { return size_; }
  // Null: the prefix is not stored. The pointer is good until the next change.
  [[nodiscard]] const policy::Registration* find(const Prefix& prefix) const;
  [[nodiscard]] bool contains(const Prefix& prefix) const { return find(prefix) != nullptr; }
  // The pages that are not empty.
  [[nodiscard]] std::vector<Source> sources() const;

 private:
  static constexpr std::size_t kPages = 1024;
  static std::size_t page_of(const Prefix& prefix) { return hash_value(prefix) % kPages; }

  std::array<Source, kPages> pages_;  // null: empty
  std::size_t size_ = 0;
};

}  // namespace tern::registrations
