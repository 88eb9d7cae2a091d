// The next hops of received routes, and how the host reaches each next hop (RFC 4271 section
// 9.1.2.1).
//
// The first find() of an address asks the NextHopSource. The answer then holds for all judges until
// the owner looks the address up again. After a change of the host's routes, the owner looks up the
// next hops that the change may concern. The owner then gives every session new import rules, so
// that no Judge keeps an old answer, and has the routes revised whose next hop has another answer
// (docs/adr/0026-next-hops-asked-when-first-seen.md).
//
// An entry of the configuration may lead to another address (`via`), which another entry or the
// kernel resolves. No entry resolves an address that leads to the entry itself: a shorter entry
// does, or the kernel. So no loop arises.
//
// With NextHopSettings::via_bgp a best route of the table, the cover, resolves an address that
// neither an entry nor the kernel resolves. The way goes on at the next hop of the cover. The owner
// finds the covers (bgpd/pipeline/next_hop_covers.h).
//
// A next hop counts for the neighbor whose route had it first. A neighbor may have as many as are
// free, half of them all at most, so one neighbor with too many leaves room for those of the
// others. Further next hops of the neighbor are unresolved, and are not kept.
//
// Pure, except for the source: time is an argument. Used by one thread at a time.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/pipeline/next_hop_covers.h"
#include "bgpd/pipeline/next_hop_damping.h"
#include "bgpd/pipeline/next_hop_route.h"

namespace tern::pipeline {

class NextHops final : public NextHopFinder {
 public:
  using Time = NextHopDamping::Time;
  static constexpr std::size_t kMost = 65536;       // addresses of all neighbors
  static constexpr std::size_t kMostVias = 16;      // entries that lead to each other
  static constexpr std::size_t kMostEnding = 1024;  // hold times that end in one pass_time()
  using Addresses = std::vector<IpAddress>;

  // The source outlives the NextHops.
  explicit NextHops(NextHopSource& source) : source_(source) {}

  [[nodiscard]] NextHopAnswer find(const IpAddress& address, PeerSlot of) override;
  [[nodiscard]] std::optional<IpAddress> behind(const IpAddress& address) override;

  // Later look-ups use the settings. The caller looks all addresses up again.
  void set_settings(const NextHopSettings& settings);
  // Looks the address up again, if it is known. Whether it has another answer.
  [[nodiscard]] bool look_again(const IpAddress& address, Time now);
  // Ends hold times that are over, kMostEnding at most. Returns the addresses that have another
  // answer. Addresses that are new until the next call get `now` as the time of their answer.
  [[nodiscard]] Addresses pass_time(Time now);
  // The end of the first hold time.
  [[nodiscard]] std::optional<Time> deadline() const;

  // The known addresses that a change of this prefix in the kernel may concern, also by `via` of a
  // static entry.
  [[nodiscard]] Addresses concerned(const Prefix& changed) const;
  // Up to `most` addresses to ask about again although nobody tells of a change: the last question
  // had no answer, or its answer was NextHopRoute::behind_own. Behind `after`, then from the first.
  [[nodiscard]] Addresses doubtful(const IpAddress& after, std::size_t most) const;

  // ---- Covers

  // Up to `most` addresses behind `after` that a cover resolves, or nothing. None without via_bgp.
  [[nodiscard]] Addresses open(const IpAddress& after, std::size_t most) const;
  // How often an address became open.
  [[nodiscard]] std::uint64_t opened() const { return opened_; }
  // Nothing: the address has no cover. Ignored where the address is not open, or the cover leads
  // back to it. Whether the cover differs from before: then the caller looks up again what is
  // concerned() by the address. The next hop of the cover becomes known, because the routes of a
  // neighbor whose next hops no judge resolves are covers, too.
  bool set_cover(const IpAddress& address, const std::optional<NextHopCover>& cover);
  [[nodiscard]] const NextHopCovers& covers() const { return covers_; }
  // Addresses whose way led over covers that the last look-ups took away: to be looked up again.
  [[nodiscard]] Addresses take_led() { return std::exchange(led_, {}); }
  // Without via_bgp. False: there was no cover.
  bool drop_covers();

  // ---- Forgetting

  // To forget next hops that no route has, the owner calls begin_forgetting(), gives every session
  // new rules, counts the routes of the table, and calls forget() until all addresses had their
  // turn. An address stays if keep() returns true for it, if a better answer is held, if a cover
  // leads to it, or if a Judge asked about the address since begin_forgetting().
  void begin_forgetting() { ++forgettings_; }
  using Keep = std::function<bool(const IpAddress&)>;
  struct Forgotten {
    std::size_t count = 0;
    std::optional<IpAddress> last;  // the last address that had its turn; nothing: all had theirs
  };
  // Looks at up to `most` addresses behind `after`.
  Forgotten forget(const std::optional<IpAddress>& after, std::size_t most, const Keep& keep);
  // Returns what was forgotten, so that the caller can free it without a lock.
  [[nodiscard]] std::shared_ptr<const void> forget_all(Time now);

  // ---- For display

  struct Shown {
    IpAddress address;
    NextHopRoute used;            // judges get this answer
    NextHopRoute seen;            // equal to `used`, or a better answer that is held
    Time since{0};                // the last change of the answer to judges
    std::optional<Time> held_to;  // the time from which `seen` counts; nothing: no hold time
    std::uint64_t flaps = 0;
  };
  // Up to `most` addresses behind `after`, in order.
  [[nodiscard]] std::vector<Shown> list(const std::optional<IpAddress>& after,
                                        std::size_t most) const;
  [[nodiscard]] std::optional<Shown> show(const IpAddress& address) const;

  struct Counts {
    std::array<std::uint64_t, kNextHopStateCount> by_state{};  // of Shown::used
    std::uint64_t held = 0;
    std::uint64_t refused = 0;          // questions for which there was no room, since the start
    PeerSlot refused_of = kNoPeerSlot;  // the neighbor of the last of them
    std::uint64_t changes = 0;          // of answers, since the start
    std::uint64_t flaps = 0;            // since the start
    [[nodiscard]] std::uint64_t known() const;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Entry {
    NextHopRoute used;
    NextHopRoute seen;
    Time since{0};
    Time due{0};  // end of the hold time; 0: `seen` is not held
    NextHopDamping damping;
    PeerSlot of = kNoPeerSlot;  // the neighbor that had it first
    std::uint64_t asked = 0;    // forgettings_ when a Judge last asked
  };
  using Entries = std::map<IpAddress, Entry>;

  [[nodiscard]] bool has_room(PeerSlot of) const;
  void uncount(PeerSlot of);
  [[nodiscard]] const StaticNextHop* find_entry(const IpAddress& address,
                                                std::span<const StaticNextHop* const> but) const;
  struct Chain {
    std::vector<const StaticNextHop*> entries;  // each leads to the next one
    std::optional<IpAddress> asked;             // `via` of the last entry, for the kernel
  };
  [[nodiscard]] Chain chain_from(const StaticNextHop& entry) const;
  [[nodiscard]] std::optional<NextHopRoute> resolve(const IpAddress& address) const;
  [[nodiscard]] std::optional<NextHopRoute> by_chain(const Chain& chain) const;
  [[nodiscard]] std::optional<NextHopRoute> by_kernel(const IpAddress& address) const;
  [[nodiscard]] std::optional<NextHopRoute> without_cover(const IpAddress& address) const;
  [[nodiscard]] std::optional<NextHopRoute> ask(const IpAddress& address);
  void close(const IpAddress& address);
  [[nodiscard]] bool observe(Entries::value_type& of, const NextHopRoute& seen, Time now);
  [[nodiscard]] bool use(Entry& entry, Time now);
  void stop_waiting(Entries::value_type& of);
  void add_covered(const Prefix& prefix, Addresses& out) const;
  [[nodiscard]] static Shown shown(const Entries::value_type& of);

  NextHopSource& source_;
  NextHopSettings settings_;
  // By an address that the kernel resolves, the prefixes of the entries that lead to it.
  std::multimap<IpAddress, Prefix> asked_for_;
  Entries entries_;
  boost::unordered_flat_map<PeerSlot, std::size_t> counts_of_;  // entries by Entry::of; none is 0
  std::set<std::pair<Time, IpAddress>> waiting_;                // by the end of the hold time
  NextHopCovers covers_;                                        // of open addresses
  std::set<IpAddress> open_;
  std::uint64_t opened_ = 0;
  Addresses led_;                  // see take_led()
  std::set<IpAddress> doubtful_;   // see doubtful()
  std::uint64_t forgettings_ = 0;  // that begin_forgetting() has begun
  Counts counts_;
  Time time_{0};
};

}  // namespace tern::pipeline
