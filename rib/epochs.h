// The epochs of one peer and family in a shard. Each path has the epoch in which the peer last
// announced it, and paths of earlier epochs can expire together.
//
// bgpd/pipeline/adj_rib_in.h decides when an epoch begins and when the paths of earlier epochs
// expire. Expired paths stay in the table until a sweep removes them or the peer announces them
// again. Epochs counts the paths, so that a shard without expired paths is not swept.
//
// An epoch has 32 bits. A path keeps the low eight of them, its tag: an epoch begins only while no
// path in the table is 256 epochs older.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tern::rib {

enum class EpochChange : std::uint8_t {
  None,
  Begin,        // a new epoch begins
  BeginIfFew,   // the same, unless more than half of the tags are in use; for refreshes, which a
                // peer may begin as often as it likes
  ExpireOlder,  // paths of earlier epochs expire
  ExpireAll,    // a new epoch begins and all paths expire
};

class Epochs {
 public:
  using Epoch = std::uint32_t;
  using Tag = std::uint8_t;  // the low octet of a path's epoch

  // The epoch of paths that are announced now. It begins at 0. Each shard counts its own epochs: in
  // a shard that got no path in an epoch, a new one does not begin.
  [[nodiscard]] Epoch now() const { return now_; }
  [[nodiscard]] Tag tag() const { return static_cast<Tag>(now_); }
  [[nodiscard]] bool is_expired(Tag tag) const { return age(tag) > now_ - valid_; }

  // False: nothing was done, because the tags of all earlier epochs are in use. The sweep frees
  // tags. None, ExpireOlder and BeginIfFew return true: a refresh for which no epoch begins expires
  // no path at its end.
  [[nodiscard]] bool change(EpochChange change);

  // ---- Paths. blocked: by a prefix limit.

  void added(bool blocked) { ++of(Heard, blocked); }
  void removed(Tag tag, bool blocked) { --of(kind(tag), blocked); }
  // The peer announced a path of that tag again.
  void heard(Tag tag, bool blocked) {
    removed(tag, blocked);
    added(blocked);
  }
  void judged(Tag tag, bool was_blocked, bool blocked) {
    --of(kind(tag), was_blocked);
    ++of(kind(tag), blocked);
  }

  [[nodiscard]] std::uint64_t expired() const { return of(Expired, false) + of(Expired, true); }
  // Not expired: the Adj-RIB-In.
  [[nodiscard]] std::uint64_t live() const {
    return of(Unheard, false) + of(Heard, false) + blocked();
  }
  // The live paths that a prefix limit blocks.
  [[nodiscard]] std::uint64_t blocked() const { return of(Unheard, true) + of(Heard, true); }

 private:
  enum Kind : std::uint8_t {
    Expired,
    Unheard,  // of an earlier epoch
    Heard,    // of this epoch
    kKinds
  };

  [[nodiscard]] Epoch age(Tag tag) const { return static_cast<Tag>(this->tag() - tag); }
  [[nodiscard]] Kind kind(Tag tag) const {
    if (tag == this->tag()) return Heard;
    return is_expired(tag) ? Expired : Unheard;
  }
  [[nodiscard]] std::uint64_t& of(Kind kind, bool blocked) {
    return counts_[kind][blocked ? 1 : 0];
  }
  [[nodiscard]] const std::uint64_t& of(Kind kind, bool blocked) const {
    return counts_[kind][blocked ? 1 : 0];
  }
  [[nodiscard]] bool none_heard() const { return of(Heard, false) + of(Heard, true) == 0; }
  void move(Kind from, Kind to);
  bool begin(Epoch most);
  void expire_older();

  Epoch now_ = 0;
  Epoch valid_ = 0;   // the oldest epoch that has not expired
  Epoch oldest_ = 0;  // the oldest epoch that an expired path may have
  std::array<std::array<std::uint64_t, 2>, kKinds> counts_{};  // [kind][blocked]
};

}  // namespace tern::rib
