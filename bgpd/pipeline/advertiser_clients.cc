// The clients of the Advertiser, and the walk for the clients that wait for the table.
#include <algorithm>
#include <utility>

#include "bgpd/pipeline/advertiser.h"

namespace tern::pipeline {
namespace {

// Octets for all clients together in the logs of a shard: the fastest client may leave its part of
// them (ahead()).
constexpr std::uint64_t kAheadOfAll = std::uint64_t{8} << 20U;
constexpr std::uint64_t kLeastAhead = std::uint64_t{16} << 10U;  // worth a system call
constexpr std::uint64_t kMostAhead = std::uint64_t{1} << 20U;

}  // namespace

Advertiser::Advertiser(rib::Rib& rib, std::uint64_t most_lag)
    : rib_(rib), most_lag_(most_lag), packer_(rib) {}

Advertiser::~Advertiser() {
  clear_partition();
  for (const rib::AudienceRef ref : singles_) rib_.audiences().release(ref);
}

// ---- Clients

ExportGroup& Advertiser::group_for(const SessionFacts& facts, const ExportRules& rules) {
  for (const auto& of : groups_) {
    if (of->serves(facts, rules)) return *of;
  }
  return *groups_.emplace_back(std::make_unique<ExportGroup>(rib_, facts, rules));
}

SharedEncoding& Advertiser::encoding_for(const MessageFormat& format) {
  for (const auto& encoding : encodings_) {
    if (encoding->format == format) return *encoding;
  }
  return *encodings_.emplace_back(std::make_unique<SharedEncoding>(rib_.audiences(), format));
}

void Advertiser::sort_groups() {
  std::erase_if(groups_, [](const auto& of) { return of->empty(); });
  for (const Family family : kFamilies) {
    std::size_t plain = 0;
    vantages_[index(family)].clear();
    holders_[index(family)] = {};
    for (const auto& of : groups_) {
      if (of->members(family).empty()) continue;
      const bool several = of->several(family);
      Vantage& vantage = vantage_of(*of, family);
      (several ? vantage.several : vantage.plain).push_back(of.get());
      plain += several ? 0 : 1;
      holders_[index(family)][several ? 1 : 0] |= of->members(family);
    }
    one_plain_[index(family)] = plain == 1;
  }
}

// While new costs go from client to client, one PoP may be measured in two ways.
Advertiser::Vantage& Advertiser::vantage_of(const ExportGroup& of, Family family) {
  std::vector<Vantage>& all = vantages_[index(family)];
  for (Vantage& vantage : all) {
    if (vantage.pop != of.vantage()) continue;
    if (vantage.pop == kNoPlace || *vantage.costs == of.costs()) {
      return vantage;
    }
  }
  return all.emplace_back(Vantage{of.vantage(), &of.costs(), {}, {}});
}

void Advertiser::open(const SessionFacts& facts, const ExportRules& rules,
                      std::shared_ptr<ExportCursor> cursor) {
  const PeerSlot slot = facts.slot;
  if (slot >= clients_.size()) clients_.resize(slot + 1);
  ++client_count_;
  ExportGroup& of = group_for(facts, rules);
  SharedEncoding& encoding = encoding_for(facts);
  of.insert(facts);
  encoding.members.insert(slot);
  clients_[slot] = std::make_unique<ExportClient>(rib_, facts, of, encoding, std::move(cursor));
  sort_groups();
  request_table(slot, facts.families, TableWalk::Kind::First);
}

void Advertiser::close(PeerSlot slot) {
  if (client(slot) == nullptr) return;
  ExportClient& gone = *clients_[slot];
  walk_.remove(slot);
  gone.of().erase(slot);
  gone.encoding().members.erase(slot);
  lagging_.erase(slot);
  clients_[slot].reset();
  --client_count_;
  sort_groups();
  std::erase_if(encodings_, [this](const auto& encoding) {
    return std::none_of(clients_.begin(), clients_.end(), [&](const auto& other) {
      return other != nullptr && &other->encoding() == encoding.get();
    });
  });
}

void Advertiser::set_rules(PeerSlot slot, const ExportRules& rules, bool walks) {
  ExportClient* changed = client(slot);
  if (changed == nullptr) return;
  changed->of().erase(slot);
  ExportGroup& of = group_for(changed->facts(), rules);
  of.insert(changed->facts());
  changed->set_group(of);
  sort_groups();
  if (walks) request_table(slot, changed->facts().families, TableWalk::Kind::Rules);
}

void Advertiser::advertise_table(PeerSlot slot, FamilySet families) {
  request_table(slot, families, TableWalk::Kind::Refresh);
}

// ---- Walks of the table

void Advertiser::request_table(PeerSlot slot, FamilySet families, TableWalk::Kind kind) {
  walk_.add(slot, families, kind, rib_.end());
}

void Advertiser::walk(std::size_t budget) {
  walk_.begin(rib_.end());
  for (std::size_t steps = slice(budget); steps > 0;) {
    const TableWalk::Stretch stretch = walk_.next(steps);
    if (stretch.first == stretch.last) break;
    walk_stretch(stretch);
    walk_.advance(stretch);
    steps -= stretch.last - stretch.first;
  }
  append(0);
  for (const PeerSlot slot : walk_.take_served()) clients_[slot]->table_ended();
}

void Advertiser::serve_only(const rib::ClientSet& clients) {
  only_for_ = &clients;
  for (const Family family : kFamilies) {
    std::vector<Vantage>& concerned = concerned_[index(family)];
    concerned = vantages_[index(family)];
    const auto other = [&](const ExportGroup* of) {
      return !of->members(family).intersects(clients);
    };
    for (Vantage& vantage : concerned) {
      std::erase_if(vantage.plain, other);
      std::erase_if(vantage.several, other);
    }
    std::erase_if(concerned, [](const Vantage& vantage) {
      return vantage.plain.empty() && vantage.several.empty();
    });
  }
}

// New rules of some clients change nothing for the others, whose groups are not evaluated. A reload
// may give all clients new rules.
void Advertiser::walk_stretch(const TableWalk::Stretch& stretch) {
  constexpr rib::DestId kPrefetchAhead = 8;
  const rib::DestId end = walk_.reach();
  if (!walk_.any_forced() && walk_.served().size() < client_count_) serve_only(walk_.served());
  for (rib::DestId id = stretch.first; id < stretch.last; ++id) {
    if (id + 3 * kPrefetchAhead < end) rib_.prefetch(id + 3 * kPrefetchAhead);
    if (id + 2 * kPrefetchAhead < end) rib_.prefetch_paths(id + 2 * kPrefetchAhead);
    if (id + kPrefetchAhead < end) rib_.prefetch_sets(id + kPrefetchAhead);
    update(id);
  }
  only_for_ = nullptr;
}

std::uint64_t Advertiser::ahead() const {
  return std::clamp(kAheadOfAll / std::max<std::size_t>(client_count_, 1), kLeastAhead, kMostAhead);
}

// A new session has no older routes that a change could come too late for.
bool Advertiser::walk_congested() const {
  return walk_.all_of([this, most = ahead()](PeerSlot slot, TableWalk::Kind kind) {
    return clients_[slot]->lag() > (kind == TableWalk::Kind::First ? kMostAhead : most);
  });
}

bool Advertiser::congested() const {
  const std::uint64_t most = ahead();
  bool any = false;
  for (const auto& client : clients_) {
    if (!client || client->lagging()) continue;  // its messages do not wait in the log
    if (client->lag() <= most) return false;
    any = true;
  }
  return any;
}

// ---- Clients that take too little

// Takes the slowest client out of the log; the messages that waited for the client become dirty
// destinations. A call takes out one client only, because to decode the messages takes about a
// tenth of a second. A log is at least as long as its slowest client lags, so while the logs are
// short, the call looks at no client.
void Advertiser::shed_laggard() {
  if (log_bytes() <= most_lag_) {
    shedding_ = false;
    return;
  }
  ExportClient* slowest = nullptr;
  std::size_t over = 0;
  for (const auto& client : clients_) {
    if (!client || client->lag() <= most_lag_) continue;
    ++over;
    if (slowest == nullptr || client->lag() > slowest->lag()) slowest = client.get();
  }
  shedding_ = over > 1;
  if (slowest == nullptr) return;
  slowest->fall_behind();  // does nothing while the loop writes to its socket; a later slice will
  note_lagging(*slowest);
  appended_ = true;
}

void Advertiser::resync(PeerSlot slot) {
  ExportClient* of = client(slot);
  if (of == nullptr) return;
  of->resync();
  note_lagging(*of);
}

// Messages appended from now on are not for a client that left the log, and are for one that
// follows it again.
void Advertiser::note_lagging(const ExportClient& client) {
  const PeerSlot slot = client.facts().slot;
  if (client.lagging()) {
    lagging_.insert(slot);
    client.encoding().members.erase(slot);
  } else {
    lagging_.erase(slot);
    client.encoding().members.insert(slot);
  }
}

// While more clients are to leave the log, it grows in small steps.
std::size_t Advertiser::slice(std::size_t budget) const {
  constexpr std::size_t kShare = 16;
  return shedding_ ? std::max<std::size_t>(budget / kShare, 1) : budget;
}

std::size_t Advertiser::log_bytes() const {
  std::size_t bytes = 0;
  for (const auto& encoding : encodings_) bytes += encoding->log.bytes();
  return bytes;
}

}  // namespace tern::pipeline
