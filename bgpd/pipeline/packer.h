// Collects what is to be advertised and groups it by (attribute set, audience, family), so that
// prefixes that share all three share messages. Used by one thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "rib/rib.h"

namespace tern::pipeline {

class Packer {
 public:
  // Prefixes that are advertised to the audience with the same set, or withdrawn from it.
  struct Group {
    rib::AttrRef set = rib::AttrRef::None;  // None: withdrawal
    rib::AudienceRef audience = rib::AudienceRef::Nobody;
    Family family{};
    std::uint32_t first = 0;  // item
    std::uint32_t last = 0;
    std::uint32_t count = 0;
  };

  explicit Packer(rib::Rib& rib) : rib_(rib) {}
  ~Packer() { clear(); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  // Takes counts of its own.
  void add(rib::AttrRef set, rib::AudienceRef audience, const Nlri& nlri);

  // In the order of their first prefixes.
  [[nodiscard]] std::span<const Group> groups() const { return groups_; }
  // Replaces `out`.
  void prefixes(const Group& group, std::vector<Nlri>& out) const;
  void clear();

 private:
  struct Item {
    Nlri nlri;
    std::uint32_t next = 0;
  };

  rib::Rib& rib_;
  std::vector<Item> items_;
  std::vector<Group> groups_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> index_;  // key() to group
  // No two groups have the same key: sets are below 2^31, families below 8 by FamilySet, and 2^30
  // audiences would take 50 GB.
  [[nodiscard]] static std::uint64_t key(rib::AttrRef set, rib::AudienceRef audience,
                                         Family family) {
    const std::uint64_t what =
        (static_cast<std::uint64_t>(set) << 3U) | static_cast<std::uint64_t>(family);
    return (what << 30U) ^ static_cast<std::uint64_t>(audience);
  }
};

}  // namespace tern::pipeline
