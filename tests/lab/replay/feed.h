// What one speaker has to say: the UPDATEs of its table, encoded before any session starts, so that
// a session does nothing but write.
//
// Encoded for 4-octet AS numbers, messages of 4096 octets and no Add-Path: what every neighbour of
// today takes. A value; shared by all sessions that say the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/wire/update.h"
#include "rib/types/family.h"
#include "rib/types/ip_address.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"
#include "tests/lab/replay/control_words.h"

namespace tern::replay {

struct Feed {
  Asn asn = 0;
  std::uint32_t identifier = 0;  // of the OPEN
  IpAddress local;               // where its sessions come from
  // Whole messages of each family, End-of-RIB behind the table.
  std::array<std::vector<std::byte>, kFamilyCount> messages;
  std::array<std::size_t, kFamilyCount> announced{};  // prefixes, once per announcement
  std::size_t as_sets = 0;     // of the announced: with an AS_SET in the path, whatever the family
  std::size_t controlled = 0;  // of the announced: with control communities added
  std::size_t dropped = 0;     // announcements that are malformed or that fit into no UPDATE

  [[nodiscard]] FamilySet families() const;
};

// Appends to a feed.
class FeedWriter {
 public:
  // next_hop_self: the feed's own address stands in for the next hop of routes of its family.
  // words: are added to what the feed announces; nothing: it says what it is given.
  FeedWriter(Feed& feed, bool next_hop_self, std::optional<ControlWords> words = std::nullopt)
      : feed_(feed), next_hop_self_(next_hop_self), words_(std::move(words)) {}

  // Prefixes of one family.
  void announce(PathAttributes attributes, std::span<const Nlri> prefixes);
  void withdraw(std::span<const Nlri> prefixes);
  // The table is complete; what follows is news, whose words are drawn anew.
  void end_table();

 private:
  // Returns how many were announced: all or none.
  std::size_t write(const PathAttributes& attributes, std::span<const Nlri> prefixes);

  Feed& feed_;
  bool next_hop_self_;
  std::optional<ControlWords> words_;
};

// The longest beginning of `messages` of at most `octets` that ends with a message's end; at least
// one message where there is one.
[[nodiscard]] std::span<const std::byte> whole_messages(std::span<const std::byte> messages,
                                                        std::size_t octets);

}  // namespace tern::replay
