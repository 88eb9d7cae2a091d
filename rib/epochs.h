// Which paths of one peer and family stay: each carries the number of the epoch in which it was
// last heard, in eight bits.
//
// A session that ends makes all its paths stale. A refresh (RFC 7313 section 4) makes stale what
// was not heard again between its beginning and its end; a beginning inside a refresh is none.
// Stale paths stay in the table until they are swept or heard again. The paths are counted, so that
// nothing is swept where nothing is stale, and a number is given to a new epoch only when no path
// has it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tern::rib {

class Epochs {
 public:
  using Number = std::uint8_t;

  // Of what is heard now.
  [[nodiscard]] Number now() const { return now_; }
  [[nodiscard]] bool is_stale(Number number) const { return age(number) > age(valid_); }

  // ---- The session

  // What is there is stale. False: nothing was done, as all numbers are in use; sweeping what is
  // stale already makes them free.
  [[nodiscard]] bool end_session();
  // Where very many refreshes wait to be swept, one begins no epoch, and its end finds nothing
  // stale. The numbers that are left are those of sessions.
  void begin_refresh();
  void end_refresh();

  // ---- Paths. blocked: by a prefix limit.

  void added(bool blocked) { ++of(Heard, blocked); }
  void removed(Number number, bool blocked) { --of(kind(number), blocked); }
  // A path of that number was heard again.
  void heard(Number number, bool blocked) {
    removed(number, blocked);
    added(blocked);
  }
  void judged(Number number, bool was_blocked, bool blocked) {
    --of(kind(number), was_blocked);
    ++of(kind(number), blocked);
  }

  [[nodiscard]] std::uint64_t stale() const { return of(Stale, false) + of(Stale, true); }
  // Not stale: of the session that stands.
  [[nodiscard]] std::uint64_t live() const {
    return of(Unheard, false) + of(Heard, false) + blocked();
  }
  // Those of them that a prefix limit blocks.
  [[nodiscard]] std::uint64_t blocked() const { return of(Unheard, true) + of(Heard, true); }

 private:
  enum Kind : std::uint8_t {
    Stale,
    Unheard,  // since the refresh began
    Heard,    // in this epoch
    kKinds
  };

  [[nodiscard]] Number age(Number number) const { return static_cast<Number>(now_ - number); }
  [[nodiscard]] Kind kind(Number number) const {
    if (number == now_) return Heard;
    return is_stale(number) ? Stale : Unheard;
  }
  [[nodiscard]] std::uint64_t& of(Kind kind, bool blocked) {
    return counts_[kind][blocked ? 1 : 0];
  }
  [[nodiscard]] const std::uint64_t& of(Kind kind, bool blocked) const {
    return counts_[kind][blocked ? 1 : 0];
  }
  [[nodiscard]] bool none_heard() const { return of(Heard, false) + of(Heard, true) == 0; }
  void move(Kind from, Kind to);
  bool advance(Number most);
  void drop_older();

  Number now_ = 0;
  Number valid_ = 0;   // the oldest that is not stale
  Number oldest_ = 0;  // that a path may have, where some are stale
  bool refreshing_ = false;
  std::array<std::array<std::uint64_t, 2>, kKinds> counts_{};  // [kind][blocked]
};

}  // namespace tern::rib
