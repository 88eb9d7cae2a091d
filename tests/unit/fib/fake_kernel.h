// A Table with a kernel that is a map: carries out the changes that the Table asks for, as Linux
// does, and keeps what it did in words.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/fib/table.h"

namespace tern::fib::test {

inline Prefix prefix(const char* text) { return *Prefix::parse(text); }
inline IpAddress address(const char* text) { return *IpAddress::parse(text); }

const Prefix kTen = prefix("10.0.0.0/8");
const Prefix kEleven = prefix("11.0.0.0/8");
const Prefix kSix = prefix("2001:db8::/32");

inline Target via(std::vector<const char*> next_hops) {
  Target target;
  for (const char* next_hop : next_hops) target.next_hops.push_back({address(next_hop), 0});
  return target;
}
inline Target blackhole() { return {Target::Kind::Blackhole, Failure::None, {}}; }

inline Hops hops(std::vector<std::pair<const char*, std::uint32_t>> ways) {
  Hops made;
  for (const auto& [gateway, interface] : ways) {
    made.hops.push_back({address(gateway), interface});
  }
  made.normalise();
  return made;
}

// Adds targets that no route has, until there is room only for `room` next hops.
inline void leave_room(Targets& targets, std::size_t room) {
  std::uint32_t next = 0x64400000;  // 100.64.0.0
  while (targets.next_hops() + room < Targets::kMostNextHops) {
    Target target;
    target.next_hops.push_back({IpAddress::v4(next++), 0});
    (void)targets.add(target);
  }
}

struct FakeKernel {
  struct Route {
    Hops hops;
    bool ours = true;
    friend bool operator==(const Route&, const Route&) = default;
  };

  Table table;
  std::map<Prefix, Route> routes;
  // Next hops; one that is not here is on the link of interface 1.
  std::map<IpAddress, Resolution> ways;
  std::set<IpAddress> unanswered;  // questions about these next hops
  std::map<Prefix, int> refusals;  // errors instead of Add, Replace and Renew
  bool answers = true;             // false: the answers are lost
  bool takes = true;               // false: changes do not reach the kernel
  std::string done;                // "+10.0.0.0/8 =10.1.0.0/16 -10.2.0.0/16"

  // Resolves and changes until nothing is due.
  void run(std::size_t at_once = 512) {
    constexpr int kMostTurns = 10'000;
    for (int turns = 0; turns < kMostTurns; ++turns) {
      turn(at_once);
      if (!answers || !table.has_changes()) return;
    }
    ADD_FAILURE() << "some change is always due, the last were " << take_done();
  }

  [[nodiscard]] std::string take_done() { return std::exchange(done, {}); }

  void learn() {
    table.begin_learning();
    for (const auto& [of, route] : routes) {
      if (route.ours) table.learn(of, route.hops);
    }
    table.end_learning();
  }

  [[nodiscard]] std::uint64_t failed(Failure why) const {
    return table.counts().failed[static_cast<std::size_t>(why)];
  }

 private:
  [[nodiscard]] Resolution way(const NextHop& next_hop) const {
    const auto found = ways.find(next_hop.address);
    if (found != ways.end()) return found->second;
    const auto bits = static_cast<std::uint8_t>(next_hop.address.bits());
    return {Failure::None, {{next_hop.address, 1}}, bits};
  }

  void turn(std::size_t at_once) {
    std::vector<NextHop> next_hops;
    std::vector<Change> changes;
    table.targets().take_unresolved(next_hops);
    for (const NextHop& next_hop : next_hops) {
      if (unanswered.contains(next_hop.address)) {
        table.targets().not_answered(next_hop);
      } else {
        table.targets().resolved(next_hop, way(next_hop));
      }
    }
    table.settle();
    table.take_changes(at_once, changes);
    for (const Change& change : changes) {
      if (!takes) {
        table.not_made(change);
        continue;
      }
      const int error = carry_out(change);
      table.finish(change, answers ? std::optional(error) : std::nullopt);
    }
  }

  void note(char what, const Prefix& of) {
    done += (done.empty() ? "" : " ") + std::string(1, what) + of.to_string();
  }

  int carry_out(const Change& change) {
    using Action = Change::Action;
    const auto found = routes.find(change.prefix);
    const bool known = change.before != 0 && found != routes.end() &&
                       found->second.hops == table.targets().hops(change.before);
    const bool ours =
        found != routes.end() && found->second.ours && (change.prefix.address().is_v4() || known);
    if (change.action == Action::Remove || (change.action == Action::Renew && ours)) {
      if (!ours) return ESRCH;
      if (change.action == Action::Remove) note('-', change.prefix);
      routes.erase(found);
      if (change.action == Action::Remove) return 0;
    }
    if (const auto refused = refusals.find(change.prefix); refused != refusals.end()) {
      return refused->second;
    }
    if (change.action == Action::Replace) {
      if (!routes.contains(change.prefix)) return ENOENT;
      note('=', change.prefix);
    } else {
      if (routes.contains(change.prefix)) return EEXIST;
      note('+', change.prefix);
    }
    routes[change.prefix] = {table.targets().hops(change.hops), true};
    return 0;
  }
};

}  // namespace tern::fib::test
