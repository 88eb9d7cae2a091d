#include "bgpd/api/monitor_rows.h"

namespace tern::api {
namespace {

using Change = rib::Journal::Change;
using What = rib::Journal::What;

constexpr std::size_t kMostRows = 256;  // read at once; the last destination may exceed it
constexpr std::size_t kMostChanges = 1024;

}  // namespace

void MonitorRows::read(rib::Rib& rib, rib::Journal::Subscriber& from) {
  std::size_t changes = 0;
  read_ = rib.read(from, [&](const Change& change) {
    const rib::Destination destination = rib.destination(change.id);
    if (destination.in_use && interest_.wants(destination.nlri())) show(rib, destination, change);
    return rows_.size() < kMostRows && ++changes < kMostChanges;
  });
}

void MonitorRows::pop() {
  rows_[next_++].set.reset();
  if (empty()) drop_rows();
}

void MonitorRows::clear() {
  drop_rows();
  read_ = {};
}

void MonitorRows::show(rib::Rib& rib, const rib::Destination& destination, const Change& change) {
  switch (interest_.what) {
    case What::Best:
      return show_best(rib, destination, change);
    case What::Received:
      return show_received(rib, destination, change);
    case What::Advertised:
      return show_advertised(rib, destination, change);
  }
}

void MonitorRows::show_best(rib::Rib& rib, const rib::Destination& destination,
                            const Change& change) {
  if (const rib::Path* const best = destination.best()) {
    announce(rib, destination, facts_of(destination, 0), best->effective());
  } else if (!change.whole || change.known) {
    withdraw(destination.nlri(), change, MonitorRow::Kind::Withdraw);
  }
}

void MonitorRows::show_received(rib::Rib& rib, const rib::Destination& destination,
                                const Change& change) {
  const auto concerned = [&](std::size_t i) {
    if (change.peer != kNoPeerSlot && destination.paths[i].peer() != change.peer) return false;
    return change.whole || destination.path_id(i) == change.path_id;
  };
  std::size_t count = 0;
  for (std::size_t i = 0; i < destination.paths.size(); ++i) count += concerned(i) ? 1 : 0;
  const bool replaces = count == 1 && change.peer != kNoPeerSlot && destination.path_ids.empty();
  withdraw_before(destination.nlri(), change, count, replaces);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    if (concerned(i)) {
      announce(rib, destination, facts_of(destination, i), destination.received(i));
    }
  }
}

void MonitorRows::show_advertised(rib::Rib& rib, const rib::Destination& destination,
                                  const Change& change) {
  const auto concerned = [&](std::size_t i) {
    return (change.whole || destination.advertised_id(i) == change.path_id) &&
           rib.audiences().contains(destination.advertised[i].audience, interest_.peer);
  };
  std::size_t count = 0;
  for (std::size_t i = 0; i < destination.advertised.size(); ++i) count += concerned(i) ? 1 : 0;
  const bool replaces = count == 1 && destination.advertised_ids.empty();
  withdraw_before(destination.nlri(), change, count, replaces);
  for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
    if (!concerned(i)) continue;
    const auto [path, place] = advertised_source.route(rib.attributes(), destination, i);
    announce(rib, destination, path, destination.advertised[i].set);
    rows_.back().place = place;
  }
}

void MonitorRows::withdraw_before(const Nlri& nlri, const Change& change, std::size_t count,
                                  bool replaces) {
  if (!change.whole) {
    if (count == 0) withdraw(nlri, change, MonitorRow::Kind::Withdraw);
  } else if (change.known && !replaces) {
    withdraw(nlri, change, MonitorRow::Kind::WithdrawAll);
  }
}

void MonitorRows::announce(rib::Rib& rib, const rib::Destination& destination,
                           const PathFacts& facts, rib::AttrRef set) {
  rib.attributes().retain(set);
  rows_.push_back({MonitorRow::Kind::Announce, destination.nlri(), facts,
                   rib::AttrHandle(rib.attributes(), set), rib.attributes()[set].egress()});
}

void MonitorRows::withdraw(const Nlri& nlri, const Change& change, MonitorRow::Kind kind) {
  PathFacts facts;
  facts.path_id = change.path_id;
  if (interest_.what == What::Received) facts.peer = change.peer;
  rows_.push_back({kind, nlri, facts, {}, {}});
}

void MonitorRows::drop_rows() {
  std::vector<MonitorRow>().swap(rows_);
  next_ = 0;
}

}  // namespace tern::api
