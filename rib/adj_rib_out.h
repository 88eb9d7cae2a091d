// What one client holds from us (RFC 4271 section 3.2): for each destination the attribute set it
// was last told, or several, by path id, on a session with Add-Path.
//
// Four octets per (prefix, client) without Add-Path: the table is a plain array by DestId. Every
// entry holds a count of its attribute set and keeps its destination alive, so that the withdrawal
// can still name the prefix. Owned by the thread of its Rib.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "rib/rib.h"

namespace tern::rib {

struct Advertised {
  std::uint32_t path_id = 0;  // 0 without Add-Path
  AttrRef attributes = AttrRef::None;
  friend bool operator==(const Advertised&, const Advertised&) = default;
};

class AdjRibOut {
 public:
  // add_path: families in which several paths per destination may be held.
  AdjRibOut(Rib& rib, FamilySet add_path);
  // Releases what is left, which takes as long as there is; clear() does it in slices.
  ~AdjRibOut();
  AdjRibOut(const AdjRibOut&) = delete;
  AdjRibOut& operator=(const AdjRibOut&) = delete;

  // Replaces `out` by what is held of the destination.
  void list(DestId id, std::vector<Advertised>& out) const;
  // Adds or replaces; takes a count of its own.
  void set(DestId id, const Advertised& advertised);
  void erase(DestId id, std::uint32_t path_id);

  [[nodiscard]] std::uint64_t size(Family family) const { return sizes_[index(family)]; }

  static constexpr std::size_t kUnboundedSlice = ~std::size_t{0};
  // Forgets up to `budget` destinations; true when nothing is left.
  bool clear(std::size_t budget);

 private:
  [[nodiscard]] bool several(DestId id) const {
    return add_path_.contains(rib_.destination(id).prefix.family());
  }

  Rib& rib_;
  FamilySet add_path_;
  std::vector<AttrRef> single_;  // by DestId
  boost::unordered_flat_map<DestId, std::vector<Advertised>> several_;
  std::array<std::uint64_t, kFamilyCount> sizes_{};
  DestId cleared_ = 0;  // clear() came so far
};

}  // namespace tern::rib
