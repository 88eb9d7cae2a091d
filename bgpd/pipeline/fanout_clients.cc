// The clients of the fan-out, and the walk that serves those who wait for the table.
#include <algorithm>

#include "bgpd/pipeline/fanout.h"

namespace tern::pipeline {
namespace {

constexpr std::uint64_t kAhead = std::uint64_t{1}
                                 << 20U;  // octets said before the fastest took them

}  // namespace

Fanout::Fanout(rib::Rib& rib, std::uint64_t most_lag)
    : rib_(rib), most_lag_(most_lag), packer_(rib) {}

Fanout::~Fanout() {
  clear_partition();
  for (const rib::AudienceRef ref : singles_) rib_.audiences().release(ref);
}

// ---- Clients

ExportClass& Fanout::class_for(const SessionFacts& facts, const ExportRules& rules) {
  for (const auto& of : classes_) {
    if (of->serves(facts, rules)) return *of;
  }
  return *classes_.emplace_back(std::make_unique<ExportClass>(rib_, facts, rules));
}

Lane& Fanout::lane_for(const SessionFacts& facts) {
  for (const auto& lane : lanes_) {
    if (lane->serves(facts)) return *lane;
  }
  return *lanes_.emplace_back(std::make_unique<Lane>(rib_.audiences(), facts));
}

void Fanout::sort_classes() {
  std::erase_if(classes_, [](const auto& of) { return of->empty(); });
  for (const Family family : kFamilies) {
    std::size_t plain = 0;
    vantages_[index(family)].clear();
    hearers_[index(family)] = {};
    for (const auto& of : classes_) {
      if (of->members(family).empty()) continue;
      const bool several = of->several(family);
      Vantage& vantage = vantage_of(*of, family);
      (several ? vantage.several : vantage.plain).push_back(of.get());
      plain += several ? 0 : 1;
      hearers_[index(family)][several ? 1 : 0] |= of->members(family);
    }
    one_plain_[index(family)] = plain == 1;
  }
}

// While a reload goes from client to client, one PoP may be measured in two ways.
Fanout::Vantage& Fanout::vantage_of(const ExportClass& of, Family family) {
  std::vector<Vantage>& all = vantages_[index(family)];
  for (Vantage& vantage : all) {
    if (vantage.pop != of.vantage()) continue;
    if (vantage.pop == kNoPlace || *vantage.egress == of.egress()) {
      return vantage;
    }
  }
  return all.emplace_back(Vantage{of.vantage(), &of.egress(), {}, {}});
}

void Fanout::open(const SessionFacts& facts, const ExportRules& rules) {
  const PeerSlot slot = facts.slot;
  if (slot >= clients_.size()) clients_.resize(slot + 1);
  ExportClass& of = class_for(facts, rules);
  Lane& lane = lane_for(facts);
  of.insert(facts);
  lane.members.insert(slot);
  clients_[slot] = std::make_unique<ExportClient>(rib_, facts, of, lane);
  sort_classes();
  tell_table(slot, facts.families);
}

void Fanout::close(PeerSlot slot) {
  if (client(slot) == nullptr) return;
  ExportClient& gone = *clients_[slot];
  std::erase_if(joiners_, [&](const Joiner& joiner) { return joiner.slot == slot; });
  gone.of().erase(slot);
  gone.lane().members.erase(slot);
  lagging_.erase(slot);
  clients_[slot].reset();
  sort_classes();
  std::erase_if(lanes_, [this](const auto& lane) {
    return std::none_of(clients_.begin(), clients_.end(), [&](const auto& other) {
      return other != nullptr && &other->lane() == lane.get();
    });
  });
}

void Fanout::set_rules(PeerSlot slot, const ExportRules& rules) {
  ExportClient* changed = client(slot);
  if (changed == nullptr) return;
  changed->of().erase(slot);
  ExportClass& of = class_for(changed->facts(), rules);
  of.insert(changed->facts());
  changed->set_class(of);
  sort_classes();
  add_joiner({slot, changed->facts().families, false, false, 0});
}

void Fanout::tell_table(PeerSlot slot, FamilySet families) {
  clients_[slot]->expect_table();
  joiners_.push_back({slot, families, true, false, 0});
}

// ---- Those who wait for the table

// A walk that has not begun is for all rules that were set before it does.
void Fanout::add_joiner(const Joiner& joiner) {
  const bool waits = std::any_of(joiners_.begin(), joiners_.end(), [&](const Joiner& other) {
    return !other.begun && !other.force && other.slot == joiner.slot;
  });
  if (!waits) joiners_.push_back(joiner);
}

// A round ends where the table ended when the last of them began: what came since is told to all as
// a change. A table that grew makes the rounds under way longer, too, for they have yet to come by
// its beginning.
void Fanout::begin_joiners() {
  for (Joiner& joiner : joiners_) {
    if (joiner.begun) continue;
    if (const rib::DestId more = rib_.end() - round_; more > 0) {
      for (Joiner& other : joiners_) other.remaining += other.begun ? more : 0;
      round_ += more;
    }
    joiner.begun = true;
    joiner.remaining = round_;
  }
}

// Goes round: who joins in the middle is served from there to there, so that any number of clients,
// whenever they come, cost one walk at a time.
void Fanout::walk(std::size_t budget) {
  begin_joiners();
  std::size_t steps = slice(budget);
  for (const Joiner& joiner : joiners_) {
    if (!joiner.begun) continue;
    steps = std::min<std::size_t>(steps, joiner.remaining);
    if (!joiner.force) continue;
    for (const Family family : kFamilies) {
      if (joiner.families.contains(family)) forced_[index(family)].insert(joiner.slot);
    }
  }
  constexpr rib::DestId kPrefetchAhead = 8;
  const rib::DestId end = round_;
  for (std::size_t i = 0; i < steps && end > 0; ++i) {
    if (position_ >= end) position_ = 0;
    if (position_ + 3 * kPrefetchAhead < end) rib_.prefetch(position_ + 3 * kPrefetchAhead);
    if (position_ + 2 * kPrefetchAhead < end) rib_.prefetch_paths(position_ + 2 * kPrefetchAhead);
    if (position_ + kPrefetchAhead < end) rib_.prefetch_sets(position_ + kPrefetchAhead);
    update(position_++);
  }
  for (rib::ClientSet& forced : forced_) forced.clear();
  append(0);
  for (Joiner& joiner : joiners_) {
    if (!joiner.begun) continue;
    joiner.remaining -= static_cast<rib::DestId>(std::min<std::size_t>(steps, joiner.remaining));
    if (joiner.remaining == 0 && joiner.force) clients_[joiner.slot]->table_said();
  }
  std::erase_if(joiners_, [](const Joiner& j) { return j.begun && j.remaining == 0; });
}

bool Fanout::walk_congested() const {
  return std::all_of(joiners_.begin(), joiners_.end(), [this](const Joiner& joiner) {
    return clients_[joiner.slot]->lag() > kAhead;
  });
}

bool Fanout::congested() const {
  bool any = false;
  for (const auto& client : clients_) {
    if (!client || client->lagging()) continue;  // what it is told does not wait in the log
    if (client->lag() <= kAhead) return false;
    any = true;
  }
  return any;
}

// ---- Clients that take too little

// What lies in the log for the slowest becomes dirty destinations. One at a time: to decode what it
// did not take is the work of a tenth of a second.
void Fanout::shed_laggard() {
  ExportClient* slowest = nullptr;
  std::size_t over = 0;
  for (const auto& client : clients_) {
    if (!client || client->lag() <= most_lag_) continue;
    ++over;
    if (slowest == nullptr || client->lag() > slowest->lag()) slowest = client.get();
  }
  shedding_ = over > 1;
  if (slowest != nullptr) leave_log(*slowest);
}

void Fanout::leave_log(ExportClient& client) {
  client.fall_behind();
  lagging_.insert(client.facts().slot);
  client.lane().members.erase(client.facts().slot);
}

void Fanout::compress(PeerSlot slot) {
  ExportClient* of = client(slot);
  if (of != nullptr && of->lag() > 0) leave_log(*of);
}

// While others are to leave the log, too, it grows in small steps.
std::size_t Fanout::slice(std::size_t budget) const {
  constexpr std::size_t kShare = 16;
  return shedding_ ? std::max<std::size_t>(budget / kShare, 1) : budget;
}

void Fanout::take_back() {
  if (lagging_.empty()) return;
  const rib::ClientSet before = lagging_;
  before.for_each([this](PeerSlot slot) {
    if (clients_[slot]->lagging()) return;
    lagging_.erase(slot);
    clients_[slot]->lane().members.insert(slot);
  });
}

std::size_t Fanout::log_bytes() const {
  std::size_t bytes = 0;
  for (const auto& lane : lanes_) bytes += lane->log.bytes();
  return bytes;
}

}  // namespace tern::pipeline
