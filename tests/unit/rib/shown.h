// What a destination is for whoever looks at it, as a value that outlives it: but for the step and
// the generations of its paths, which are the owner's alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/table_reader.h"

namespace tern::rib {

struct ShownPath {
  PeerSlot peer = kNoPeerSlot;
  AttrRef effective = AttrRef::None;
  AttrRef received = AttrRef::None;
  Reason reason = Reason::None;
  std::uint16_t detail = 0;
  std::uint32_t since = 0;
  std::uint32_t path_id = 0;
  std::uint32_t local_id = 0;
  friend bool operator==(const ShownPath&, const ShownPath&) = default;
};

struct ShownTold {
  AttrRef set = AttrRef::None;
  std::uint32_t id = 0;
  std::vector<PeerSlot> clients;
  friend bool operator==(const ShownTold&, const ShownTold&) = default;
};

struct Shown {
  Prefix prefix;  // where it has anything
  std::vector<ShownPath> paths;
  std::uint32_t accepted = 0;
  std::vector<ShownTold> advertised;
  std::vector<std::byte> octets;  // of all its sets
  friend bool operator==(const Shown&, const Shown&) = default;
};

inline constexpr PeerSlot kShownClients = 40;  // members below this are shown

// contains(audience, client)
template <typename Contains>
Shown shown(const Destination& destination, const AttrTable& attributes, Contains contains) {
  Shown all;
  const auto show_set = [&](AttrRef set) {
    if (set == AttrRef::None) return;
    const auto octets = attributes[set].octets();
    all.octets.insert(all.octets.end(), octets.begin(), octets.end());
  };
  if (destination.paths.empty() && destination.advertised.empty()) return all;
  all.prefix = destination.prefix;
  all.accepted = destination.accepted;
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const Path& path = destination.paths[i];
    all.paths.push_back({path.peer(), path.effective(), destination.received(i), path.reason(),
                         path.detail(), path.since, destination.path_id(i),
                         destination.local_id(i)});
    show_set(path.effective());
    show_set(destination.received(i));
  }
  for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
    const Advertised& advertised = destination.advertised[i];
    ShownTold& entry = all.advertised.emplace_back();
    entry.set = advertised.set;
    entry.id = destination.advertised_id(i);
    for (PeerSlot client = 0; client < kShownClients; ++client) {
      if (contains(advertised.audience, client)) entry.clients.push_back(client);
    }
    show_set(advertised.set);
  }
  return all;
}

// For the owner.
inline Shown shown(const Rib& rib, DestId id) {
  return shown(rib.destination(id), rib.attributes(), [&](AudienceRef audience, PeerSlot client) {
    return rib.audiences().contains(audience, client);
  });
}
// For others, in the section in which it was found.
inline Shown shown(const TableReader& reader, const AttrTable& attributes,
                   const Destination& found) {
  return shown(found, attributes, [&](AudienceRef audience, PeerSlot client) {
    return reader.contains(audience, client);
  });
}

}  // namespace tern::rib
