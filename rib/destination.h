// One prefix of the table, its paths, and what clients are advertised of it.
//
// A destination is a record of 32 octets and one block. The block has 16 octets for each path and 8
// for each advertised (attribute set, audience); with two paths or more it has space for two of
// these. Path identifiers take 8 octets more for each path.
#pragma once

#include <cstdint>
#include <span>

#include "rib/attr_table.h"
#include "rib/audience.h"
#include "rib/decision.h"
#include "rib/digest.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"
#include "rib/types/reason.h"

namespace tern::rib {

// Index of a destination; stable while it has paths or is advertised to a client, reused
// afterwards.
using DestId = std::uint32_t;

// Verdict of the import pipeline on one path.
struct Import {
  AttrRef received = AttrRef::None;   // the RIB takes counts of its own of both sets
  AttrRef effective = AttrRef::None;  // None: rejected, for `reason`
  Reason reason = Reason::None;
  std::uint16_t detail = 0;  // of `reason`: a number of a DetailTable
};

// A path of the Adj-RIB-In (RFC 4271 section 3.2) with the attribute set that import policy made of
// it. Where the set as received differs, the destination has it. A rejected path has only the set
// as received, in the place of the digest.
class Path {
 public:
  std::uint32_t since = 0;  // Unix seconds of the last change

  Path() = default;
  explicit Path(PeerSlot slot) : peer_(static_cast<std::uint16_t>(slot)) {}

  // key: of import.effective; not read if it is None. own: the path is of this router.
  void set(const Import& import, const DecisionKey& key, bool own = false) {
    const bool accepts = import.effective != AttrRef::None;
    outcome_ = accepts
                   ? static_cast<std::uint32_t>(import.effective)
                   : kRejected | (static_cast<std::uint32_t>(import.reason) << 16U) | import.detail;
    const Digest digest = accepts && !own ? digest_of(key) : kOwnDigest;
    digest_ =
        accepts ? static_cast<std::uint32_t>(digest) : static_cast<std::uint32_t>(import.received);
    neighbour_mark_ = accepts ? mark_of(key) : std::uint8_t{0};
  }
  [[nodiscard]] bool blocked() const { return reason() == Reason::PrefixLimit; }
  [[nodiscard]] bool is(const Import& import) const {
    return effective() == import.effective && reason() == import.reason &&
           detail() == import.detail;
  }

  [[nodiscard]] PeerSlot peer() const { return peer_; }
  [[nodiscard]] bool accepted() const { return (outcome_ & kRejected) == 0 && outcome_ != 0; }
  // None: rejected.
  [[nodiscard]] AttrRef effective() const {
    return accepted() ? static_cast<AttrRef>(outcome_) : AttrRef::None;
  }
  [[nodiscard]] Reason reason() const {
    return accepted() ? Reason::None : static_cast<Reason>((outcome_ >> 16U) & 0xFFU);
  }
  [[nodiscard]] std::uint16_t detail() const {
    return accepted() ? std::uint16_t{0} : static_cast<std::uint16_t>(outcome_);
  }
  // Of an accepted path: with it most comparisons need not read the set (rib/digest.h).
  [[nodiscard]] Digest digest() const { return static_cast<Digest>(digest_); }
  // Of a rejected path: the set as received.
  [[nodiscard]] AttrRef rejected_set() const { return static_cast<AttrRef>(digest_); }
  // Paths with different marks have different neighboring ASes.
  [[nodiscard]] std::uint8_t neighbour_mark() const { return neighbour_mark_; }

  std::uint8_t epoch = 0;  // of the peer and family at the last announcement (rib/epochs.h)

 private:
  static constexpr std::uint32_t kRejected = 0x80000000U;

  std::uint8_t neighbour_mark_ = 0;
  std::uint16_t peer_ = 0xFFFF;
  std::uint32_t outcome_ = 0;  // an AttrRef, or kRejected with reason and detail
  std::uint32_t digest_ = 0;   // a Digest; of a rejected path, which has none, an AttrRef
};
static_assert(sizeof(Path) == 16);

// The identifiers of a path (RFC 7911): the one received, and the one that we send. A path without
// them is the only one of its peer; the identifier that we send for it follows from the peer's
// slot.
struct PathIds {
  std::uint32_t received = 0;
  std::uint32_t local = 0;
};

// An entry of the partition: an attribute set, and the clients that are advertised it.
struct Advertised {
  AttrRef set = AttrRef::None;  // as encoded for them
  AudienceRef audience = AudienceRef::Nobody;
  friend bool operator==(const Advertised&, const Advertised&) = default;
};

// A view of a destination; valid until the RIB changes, or as rib/table_reader.h describes.
struct Destination {
  Family family = Family::Ipv4Unicast;
  Prefix prefix;
  std::span<const Path> paths;        // accepted ones first, in order of preference
  std::span<const PathIds> path_ids;  // of `paths`; empty where no path has one
  // Of accepted `paths`, without a meaning for the others; empty where policy changed none.
  std::span<const AttrRef> received_sets;
  std::span<const Advertised> advertised;
  std::span<const std::uint32_t> advertised_ids;  // path ids of `advertised`; empty if all are 0
  std::uint32_t accepted = 0;                     // how many of the paths
  Step step = Step::OnlyPath;                     // that decided between the best and the next
  bool in_use = false;

  [[nodiscard]] Nlri nlri(std::uint32_t path_id = 0) const { return {prefix, family, path_id}; }
  // The set as the peer sent it.
  [[nodiscard]] AttrRef received(std::size_t path) const {
    if (!paths[path].accepted()) return paths[path].rejected_set();
    return received_sets.empty() ? paths[path].effective() : received_sets[path];
  }
  [[nodiscard]] const Path* best() const { return accepted > 0 ? paths.data() : nullptr; }
  // As received (RFC 7911); 0 without Add-Path.
  [[nodiscard]] std::uint32_t path_id(std::size_t path) const {
    return path_ids.empty() ? 0 : path_ids[path].received;
  }
  // The path id that we send: unique in the destination, and constant as long as the path exists.
  [[nodiscard]] std::uint32_t local_id(std::size_t path) const {
    if (!path_ids.empty() && path_ids[path].local != 0) return path_ids[path].local;
    return paths[path].peer() + 1;
  }
  [[nodiscard]] std::uint32_t advertised_id(std::size_t entry) const {
    return advertised_ids.empty() ? 0 : advertised_ids[entry];
  }
};

}  // namespace tern::rib
