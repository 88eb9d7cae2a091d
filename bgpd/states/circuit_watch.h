// Keeps the book of circuits up to date: looks at the sessions of the speaker once a second, in
// slices. Where no neighbor names a circuit, and no registration names a partner, the book stays
// empty. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/circuit_book.h"

namespace tern::session {
class Timer;
}

namespace tern::states {

struct CircuitSettings {
  // The eBGP neighbors without `circuit` that belong to the circuit of their AS.
  enum class Derive : std::uint8_t {
    Partners,  // those of partners of registrations
    All,
    None,
  };
  Derive derive = Derive::Partners;
  std::uint32_t hold = 3;  // seconds
  friend bool operator==(const CircuitSettings&, const CircuitSettings&) = default;
};

class CircuitWatch {
 public:
  static constexpr std::size_t kSlice = 256;  // neighbors, or circuits, in one turn of the loop

  CircuitWatch(session::Loop& loop, session::Speaker& speaker);
  ~CircuitWatch();
  CircuitWatch(const CircuitWatch&) = delete;
  CircuitWatch& operator=(const CircuitWatch&) = delete;

  // After the first apply() of the speaker.
  void apply(const CircuitSettings& settings);
  // The daemon ends its sessions: that changes no state.
  void freeze();
  [[nodiscard]] const CircuitBook& book() const { return book_; }

 private:
  void look();
  void look_at_some();
  void settle();
  void look_at(PeerSlot slot);
  [[nodiscard]] bool is_watched(const session::Peer& peer, Asn asn) const;

  session::Loop& loop_;
  session::Speaker& speaker_;
  const std::unique_ptr<session::Timer> timer_;
  CircuitSettings settings_;
  CircuitBook book_;
  bool frozen_ = false;
  std::uint64_t membership_ = 0;
  std::size_t slots_ = 0;  // as many as were ever in use
  std::size_t next_ = 0;   // slot of the look that is under way
  std::uint32_t now_ = 0;  // Unix seconds of the look
  bool derives_ = false;   // an AS number can make a circuit
};

}  // namespace tern::states
