// Learns from the routes of the table, and reports unusual ones. Used by tern-event; time is an
// argument. Internal to bgpd/baseline.
//
// A change of a route is learnt and compared at once. Where something may be odd, all routes of the
// prefix are read (asks()), and the findings decide what begins and what ends. Prefixes with open
// findings are read again and again, so that an end is never missed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/baseline/batch.h"
#include "bgpd/baseline/findings.h"
#include "bgpd/baseline/prefix_book.h"
#include "bgpd/baseline/reports.h"
#include "bgpd/events/event.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"

namespace tern::baseline {

// The data that the detector reads beside the routes.
struct Surroundings {
  std::shared_ptr<const policy::RegistrationTable> registrations;
  std::shared_ptr<const policy::VrpTable> vrps;
  std::shared_ptr<const PeerNames> peers;
};

class Detector {
 public:
  static constexpr std::size_t kMostAsked = 16'384;   // prefixes that wait, of each Place
  static constexpr std::size_t kMostOpen = 16'384;    // findings of each Oddity
  static constexpr std::size_t kMostRejected = 1024;  // likewise, where all odd routes are rejected
  static constexpr std::size_t kAgain = 64;           // prefixes with open findings, of one tick()
  static constexpr std::size_t kSwept = 2048;         // records, likewise

  using Sink = std::function<void(events::Report)>;

  explicit Detector(Sink sink) : sink_(std::move(sink)) {}
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // The book begins anew where a day has another length. True: it did.
  bool apply(const Rules& rules);
  // Ends all findings, and forgets the baseline.
  void clear();
  void take(const Batch& batch, const Surroundings& around, const Now& now);
  // Several times a second.
  void tick(const Now& now);
  // Takes up to `most` prefixes that are to be read whole.
  [[nodiscard]] std::vector<Prefix> asks(std::size_t most);

  [[nodiscard]] PrefixBook& book() { return *book_; }
  [[nodiscard]] const PrefixBook& book() const { return *book_; }
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  // Findings for which there was no room, ever. The prefix is looked at again with the next change.
  [[nodiscard]] std::uint64_t unreported() const { return unreported_; }

 private:
  using Key = std::pair<Prefix, Oddity>;
  // A finding whose event began.
  struct Open {
    events::Severity severity{};
    bool accepted = false;  // the route is
  };
  // Where a prefix waits to be read. Ripe ones come first, so that a flood of new ones does not
  // delay or displace them, and rejected routes, which nothing teaches, come last.
  enum Place : std::uint8_t { kRipe, kOther, kRejected, kPlaces };

  void take_change(const Batch::Change& change, const Now& now);
  void take_whole(const Batch::Whole& whole, std::span<const Route> routes,
                  const Surroundings& around, const Now& now);
  void begin(Oddity odd, const Prefix& prefix, const Finding& finding, const PeerNames& peers);
  void look_at_flaps(const Prefix& prefix, const PeerNames& peers, const Now& now);
  [[nodiscard]] std::size_t& count_of(const Key& key, const Open& open) {
    return open_of_[static_cast<std::size_t>(key.second)][open.accepted ? 1 : 0];
  }
  [[nodiscard]] bool note_open(const Key& key, const Open& open);
  void end(const Key& key);
  // Of the open findings of the prefix, whether one is about an accepted route; nothing: none is
  // open.
  [[nodiscard]] std::optional<bool> find_open(const Prefix& prefix) const;
  // False: there is no room.
  bool ask(const Prefix& prefix, bool accepted);

  // Prefixes that wait, each once.
  struct Queue {
    std::deque<Prefix> order;
    std::set<Prefix> all;
  };

  const Sink sink_;
  std::unique_ptr<PrefixBook> book_ = std::make_unique<PrefixBook>();
  std::map<Key, Open> open_;
  std::array<std::array<std::size_t, 2>, kOddities> open_of_{};  // rejected, accepted
  std::array<Queue, kPlaces> asked_;
  Prefix next_;  // prefix of open_ to go on at
  std::uint64_t unreported_ = 0;
  std::map<Prefix, PeerSlot> flapping_;  // that began and was not looked at yet, by a neighbor
};

}  // namespace tern::baseline
