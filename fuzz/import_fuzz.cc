// UPDATEs of a stranger all the way: received into a RIB of two shards, and advertised to other
// neighbors.
//
// The first octet chooses the session of the stranger. Messages follow, each as two octets of
// length and the body of an UPDATE. Three lengths are commands:
//
//   0xFFFF  The session ends and a new one begins.
//   0xFFFE  The routes are judged again by the same rules, which must change nothing.
//   0xFFFD  The next four octets are a ROUTE-REFRESH: the stranger demarcates its routes
//           (RFC 7313), or all other neighbors ask for a demarcated refresh.
//
// After each message the advertiser advertises all changes, and the other neighbors must be able to
// read every message without a fault. At the end, no path and no attribute set may be left.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"
#include "fuzz/check.h"
#include "tests/unit/pipeline/receive.h"

namespace {

using namespace tern;
using namespace tern::pipeline;
using tern::fuzz::check;

constexpr PeerSlot kStranger = 1;
constexpr std::size_t kShards = 2;
constexpr FamilySet kAll = [] {
  FamilySet all;
  for (const Family family : kFamilies) all.insert(family);
  return all;
}();

policy::Chain accept_all() {
  policy::Sources sources;
  policy::TermSource term;
  term.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"all", {term}});
  return policy::Chain({policy::compile(sources).value().find("all")});
}

SessionFacts facts_of(PeerSlot slot, PeerKind kind) {
  SessionFacts facts;
  facts.slot = slot;
  facts.kind = kind;
  facts.local_asn = 65000;
  facts.peer_asn = is_ibgp(kind) ? 65000 : 65000 + slot;
  facts.local_identifier = facts.cluster_id = 0x0A0000FE;
  facts.peer_identifier = slot;
  facts.peer_address = IpAddress::v4(0xC0000200U + slot);
  facts.local_address = facts.local_address_v4 = IpAddress::v4(0xC00002FE);
  facts.local_address_v6 = *IpAddress::parse("2001:db8::fe");
  facts.link = Prefix(facts.local_address, 24);
  facts.families = facts.receive.families = kAll;
  facts.receive.ibgp = is_ibgp(kind);
  return facts;
}

ExportRules export_rules(const policy::Chain& policies) {
  ExportRules made;
  made.policies = policies;
  made.egress = std::make_shared<const policy::Egress>();
  made.add_path_send = 4;
  made.control = std::make_shared<const policy::ControlCommunities>(policy::ControlSource{65000});
  return made;
}

// A neighbour that is told, and reads what it is told.
class Listener {
 public:
  explicit Listener(const SessionFacts& facts) : facts_(facts) {
    context_ = facts.receive;
    context_.four_octet_as = facts.four_octet_as;
    context_.add_path = facts.add_path_send;
    context_.extended_next_hop = facts.extended_next_hop;
    context_.reject_as_sets = false;  // passed on where the receiving side was told to take them
  }

  [[nodiscard]] PeerSlot slot() const { return facts_.slot; }

  void listen(AdjRibOut& from, const rib::Shards& shards) {
    std::array<std::span<const std::byte>, 4> runs;
    bytes_.clear();
    while (const std::size_t count = from.collect(runs, 1U << 16U)) {
      std::size_t taken = 0;
      for (const auto& run : std::span(runs).first(count)) {
        bytes_.insert(bytes_.end(), run.begin(), run.end());
        taken += run.size();
      }
      (void)from.took(taken, [](wire::Bytes) { check(false); });  // it was all
    }
    wire::Bytes rest(bytes_);
    while (!rest.empty()) {
      const auto next = wire::next_message(rest, facts_.max_message);
      const auto* frame = std::get_if<wire::Frame>(&next);
      check(frame != nullptr);
      if (frame->type == wire::MessageType::RouteRefresh) {
        check(wire::decode_route_refresh(frame->body, true).ok());
      } else {
        check(frame->type == wire::MessageType::Update);
        read(frame->body);
      }
      rest = rest.subspan(frame->message.size());
    }
    std::uint64_t held = 0;
    const rib::HeldPrefixes all = shards.held();
    for (const Family family : kFamilies) held += all.of(facts_.slot, family);
    check(held == table_.size());
  }

 private:
  void read(wire::Bytes body) {
    check(!wire::decode_update(body, context_, update_));
    check(update_.treatment < wire::Treatment::TreatAsWithdraw);
    for (const auto* gone : {&update_.withdrawn, &update_.mp_unreach.prefixes}) {
      for (const Nlri& nlri : *gone) table_.erase(nlri);
    }
    for (const auto* advertised : {&update_.announced, &update_.mp_reach.prefixes}) {
      for (const Nlri& nlri : *advertised) table_[nlri] = true;
    }
  }

  SessionFacts facts_;
  wire::UpdateContext context_;
  wire::UpdateMessage update_;
  std::map<Nlri, bool> table_;
  std::vector<std::byte> bytes_;
};

class Speaker {
 public:
  Speaker(std::uint8_t kind_of_session, const policy::Chain& policies)
      : stranger_(strangers_facts(kind_of_session)), rules_(strangers_rules(policies)) {
    add(facts_of(2, PeerKind::Ebgp), policies);
    add(facts_of(3, PeerKind::RouteServerClient), policies);
    add(facts_of(4, PeerKind::RouteReflectorClient), policies);
    add(facts_of(6, PeerKind::RouteServerClient), policies);  // told as 3 is
    SessionFacts old = facts_of(5, PeerKind::Ebgp);
    old.four_octet_as = false;
    old.add_path_send = {Family::Ipv4Unicast};
    add(old, policies);
    connect();
  }

  ~Speaker() {
    disconnect();
    for (const auto& other : others_) advertisers_->close(other->slot());
    check(advertisers_->group_count() == 0 && advertisers_->log_bytes() == 0);
    check(shards_.attributes().size() == 0);
    for_each_id([](const rib::Rib& rib, rib::DestId id) { check(!rib.destination(id).in_use); });
    advertisers_.reset();
    check(shards_.audiences() == 0);
  }

  void receive(wire::Bytes body) {
    const Received received = pipeline::receive(*import_, body, 1);
    spread();
    check_counts();
    if (!received.reset) return;
    disconnect();
    connect();
  }

  void flap() {
    disconnect();
    connect();
  }

  void refresh(wire::Bytes body) {
    const auto message = wire::decode_route_refresh(body, true);
    if (!message.ok()) return flap();
    const auto family = family_of(message->family);
    if (!family) return;
    switch (static_cast<wire::RouteRefresh::Subtype>(message->subtype)) {
      case wire::RouteRefresh::Subtype::Request:
        for (const auto& other : others_) {
          AdjRibOut& adj_rib_out = *advertisers_->adj_rib_out(other->slot());
          adj_rib_out.request_table(*family, true);
          if (adj_rib_out.next_waits()) advertisers_->begin_table(other->slot());
        }
        break;
      case wire::RouteRefresh::Subtype::Begin:
        change_epoch(*family, adj_ribs_in_[*family].begin_of_refresh({}));
        break;
      case wire::RouteRefresh::Subtype::End:
        change_epoch(*family, adj_ribs_in_[*family].end_of_refresh());
        for_each_id([](rib::Rib& rib, rib::DestId id) { rib.sweep(id); });
        break;
    }
    spread();
    check_counts();
  }

  void reevaluate() {
    import_->set_rules(rules_);
    for_each_id([this](rib::Rib& rib, rib::DestId id) { import_->reevaluate(rib, id); });
    check(import_->end_reevaluation());
    check(!shards_.has_changes());  // the same rules, the same verdicts
  }

 private:
  template <typename Fn>
  void for_each_id(Fn&& fn) {
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      rib::Rib& rib = shards_[shard];
      for (rib::DestId id = 0; id < rib.end(); ++id) fn(rib, id);
    }
  }
  static SessionFacts strangers_facts(std::uint8_t bits) {
    constexpr std::array kKinds{PeerKind::Ebgp, PeerKind::RouteServerClient, PeerKind::Ibgp,
                                PeerKind::RouteReflectorClient};
    SessionFacts facts = facts_of(kStranger, kKinds[bits & 3U]);
    facts.receive.four_octet_as = facts.four_octet_as = (bits & 4U) == 0;
    if ((bits & 8U) != 0) facts.receive.add_path = kAll;
    if ((bits & 16U) != 0) facts.receive.extended_next_hop = facts.extended_next_hop = kAll;
    if ((bits & 32U) != 0) facts.receive.reject_as_sets = false;
    if ((bits & 64U) != 0) facts.receive.aigp = true;
    if ((bits & 128U) != 0 && !is_ibgp(facts.kind)) facts.role = Role::Peer;
    return facts;
  }
  static ImportRules strangers_rules(const policy::Chain& policies) {
    ImportRules made;
    made.policies = policies;
    made.egress = std::make_shared<const policy::Egress>();
    made.enforce_first_as = false;  // so that more of what is invented gets through
    return made;
  }
  void add(const SessionFacts& facts, const policy::Chain& policies) {
    shards_.set_peer(facts.slot, {facts.kind, facts.slot, facts.peer_address});
    advertisers_->open(facts, export_rules(policies));
    others_.push_back(std::make_unique<Listener>(facts));
  }
  void connect() {
    shards_.set_peer(kStranger, {stranger_.kind, kStranger, stranger_.peer_address});
    for (const Family family : kFamilies) {
      change_epoch(family, adj_ribs_in_[family].session_up(false, {}));
    }
    import_.emplace(shards_, adj_ribs_in_, stranger_, rules_);
  }
  void disconnect() {
    import_.reset();
    for (const Family family : kFamilies) {
      change_epoch(family, adj_ribs_in_[family].session_down({}, {}));
    }
    for_each_id([](rib::Rib& rib, rib::DestId id) { rib.sweep(id); });
    spread();
    check_counts();
  }
  void change_epoch(Family family, rib::EpochChange change) {
    shards_.change_epoch(kStranger, family, change);
  }
  void spread() {
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      Advertiser& advertiser = (*advertisers_)[shard];
      while (advertiser.advertise(1U << 16U, 0)) {
      }
      while (advertiser.walking()) advertiser.walk(1U << 16U);
    }
    for (const auto& other : others_) {
      other->listen(*advertisers_->adj_rib_out(other->slot()), shards_);
    }
  }
  void check_counts() {
    std::array<std::uint64_t, kFamilyCount> received{}, accepted{}, prefixes{};
    for_each_id([&](const rib::Rib& rib, rib::DestId id) {
      const rib::Destination destination = rib.destination(id);
      if (!destination.in_use) return;
      const std::size_t family = index(destination.family);
      received[family] += destination.paths.size();
      accepted[family] += destination.accepted;
      prefixes[family] += destination.accepted > 0 ? 1 : 0;
    });
    const rib::PeerCounts all = shards_.counts(kStranger);
    for (const Family family : kFamilies) {
      const auto& counts = all.families[index(family)];
      check(counts.received == received[index(family)]);
      check(counts.accepted == accepted[index(family)]);
      check(shards_.table(family).paths == accepted[index(family)]);
      check(shards_.table(family).prefixes == prefixes[index(family)]);
    }
  }

  rib::Shards shards_{kShards};
  std::unique_ptr<Advertisers> advertisers_ = std::make_unique<Advertisers>(shards_);
  SessionFacts stranger_;
  ImportRules rules_;
  AdjRibsIn adj_ribs_in_;
  std::optional<Import> import_;
  std::vector<std::unique_ptr<Listener>> others_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::Chain kPolicies = accept_all();
  constexpr std::size_t kLongest = wire::kMaxMessage - wire::kHeaderSize;
  constexpr std::uint16_t kFlap = 0xFFFF;
  constexpr std::uint16_t kReevaluate = 0xFFFE;
  constexpr std::uint16_t kRefresh = 0xFFFD;
  if (size == 0) return 0;
  Speaker speaker(data[0], kPolicies);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  wire::Cursor cursor(wire::Bytes(bytes + 1, size - 1));
  while (cursor.remaining() >= 2) {
    const std::uint16_t length = cursor.u16();
    if (length == kFlap) {
      speaker.flap();
    } else if (length == kReevaluate) {
      speaker.reevaluate();
    } else if (length == kRefresh) {
      speaker.refresh(cursor.take(std::min(std::size_t{4}, cursor.remaining())));
    } else {
      speaker.receive(cursor.take(std::min({std::size_t{length}, cursor.remaining(), kLongest})));
    }
  }
  return 0;
}
