#include "tests/unit/pipeline/speaker.h"

#include <algorithm>
#include <array>
#include <variant>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::pipeline {

policy::EgressSource two_pops_source() {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "Amsterdam", 1, {52.3, 4.9}}, {"lhr", "London", 2, {51.5, -0.4}}};
  source.metros = {{"paris", "Paris", 10, {48.9, 2.4}}, {"rome", "Rome", 11, {41.9, 12.5}}};
  source.dictionaries = {{"partner",
                          {{*policy::parse_community_pattern("65001:10"), "paris"},
                           {*policy::parse_community_pattern("65001:11"), "rome"}}}};
  source.rtts = {{"ams", "paris", 8000}, {"lhr", "paris", 7000}, {"ams", "rome", 20000}};
  source.community_asn = kOurAsn;
  source.location_function = 1;
  source.egress_function = 2;
  return source;
}

std::shared_ptr<const policy::Egress> two_pops() {
  const auto built = policy::Egress::build(two_pops_source());
  return std::make_shared<const policy::Egress>(built.value());
}

namespace {

Session session(PeerKind kind, Asn asn, std::uint32_t number) {
  Session made;
  made.facts = facts_of(kind, asn, number);
  made.import.egress = made.export_.egress = nowhere();
  made.import.peer = made.export_.peer = peer_of(made.facts);
  if (!is_ibgp(kind)) made.import.policies = made.export_.policies = accept_all();
  return made;
}

rib::PeerRank rank_of(const SessionFacts& facts) {
  return {facts.kind, facts.peer_identifier, facts.peer_address};
}

// The slot must have a rank before an Import speaks for it.
Session& ranked(rib::Shards& shards, Session& made) {
  shards.set_peer(made.facts.slot, rank_of(made.facts));
  return made;
}

std::string with_id(const char* verb, const Nlri& nlri) {
  std::string text = std::string(verb) + " " + nlri.prefix.to_string();
  if (nlri.path_id != 0) text += " id " + std::to_string(nlri.path_id);
  return text;
}

}  // namespace

Session ebgp(Asn asn, std::uint32_t number) { return session(PeerKind::Ebgp, asn, number); }
Session route_server_client(Asn asn, std::uint32_t number) {
  return session(PeerKind::RouteServerClient, asn, number);
}
Session ibgp(std::uint32_t number) { return session(PeerKind::Ibgp, kOurAsn, number); }
Session reflector_client(std::uint32_t number) {
  return session(PeerKind::RouteReflectorClient, kOurAsn, number);
}

// ---- Neighbour

Neighbour::Neighbour(Speaker& speaker, Session made)
    : import(speaker.shards, adj_ribs_in, ranked(speaker.shards, made).facts, made.import),
      speaker_(speaker),
      rules_(made.export_) {
  context_ = made.facts.receive;
  context_.add_path = made.facts.add_path_send;
  context_.four_octet_as = made.facts.four_octet_as;
  context_.extended_next_hop = made.facts.extended_next_hop;
  context_.aigp = true;
  context_.reject_as_sets = false;
  speaker.advertisers.open(made.facts, made.export_);
}

AdjRibOut& Neighbour::adj_rib_out() const { return *speaker_.advertisers.adj_rib_out(slot()); }

ExportClient& Neighbour::client(std::size_t shard) const {
  return *speaker_.advertisers[shard].client(slot());
}

void Neighbour::set_rules(ExportRules rules) {
  rules_ = std::move(rules);
  speaker_.advertisers.set_rules(slot(), rules_);
}

void Neighbour::refresh(Family family, bool enhanced) {
  adj_rib_out().request_table(family, enhanced);
  begin_table();
}

// The next one that waits, as soon as it may.
void Neighbour::begin_table() {
  if (adj_rib_out().next_waits()) speaker_.advertisers.begin_table(slot());
}

Received Neighbour::announce(const PathAttributes& attributes, const std::vector<Nlri>& prefixes) {
  const wire::UpdateContext& receive = import.facts().receive;
  PathAttributes sorted = attributes;
  sorted.normalise();
  std::vector<std::byte> message;
  (void)wire::encode_announcements(
      sorted, prefixes,
      {receive.four_octet_as, receive.add_path.contains(prefixes.front().family),
       wire::kMaxExtendedMessage},
      message);
  return send(wire::Bytes(message).subspan(wire::kHeaderSize));
}

Received Neighbour::withdraw(const std::vector<Nlri>& prefixes) {
  const wire::UpdateContext& receive = import.facts().receive;
  std::vector<std::byte> message;
  (void)wire::encode_withdrawals(
      prefixes,
      {receive.four_octet_as, receive.add_path.contains(prefixes.front().family),
       wire::kMaxExtendedMessage},
      message);
  return send(wire::Bytes(message).subspan(wire::kHeaderSize));
}

Received Neighbour::send(wire::Bytes body) { return receive(import, body, 1000); }

Heard Neighbour::listen() {
  Heard heard;
  do {  // until what it asked for meanwhile has been told, too
    speaker_.settle();
    for (std::string& line : read()) heard.push_back(std::move(line));
  } while (speaker_.advertisers.walking());
  return heard;
}

Heard Neighbour::read(std::size_t most) {
  oldest_read = 0;
  Heard heard;
  std::array<std::span<const std::byte>, 4> runs;
  const std::size_t kept = std::min(kept_.size(), most);
  take(wire::Bytes(kept_).first(kept));
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(kept));
  most -= most == kAnyAmount ? 0 : kept;
  understand(heard);
  while (most > 0) {
    const std::size_t count = adj_rib_out().collect(runs, std::min<std::size_t>(most, 65536));
    if (count == 0) {
      if (resync()) continue;
      break;
    }
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count && taken < most; ++i) {
      const std::size_t some = std::min(runs[i].size(), most - taken);
      take(runs[i].first(some));
      taken += some;
    }
    const std::uint64_t read_time = adj_rib_out().took(
        taken, [this](wire::Bytes rest) { kept_.assign(rest.begin(), rest.end()); });
    if (oldest_read == 0) oldest_read = read_time;
    if (most != kAnyAmount) most -= taken;
    understand(heard);
  }
  begin_table();
  return heard;
}

// As the loop does: shards that are not busy make octets where it wishes for some.
bool Neighbour::resync() {
  wishes_ |= adj_rib_out().take_resync_requests();
  bool some = false;
  for (std::size_t shard = 0; shard < speaker_.shards.size(); ++shard) {
    const ShardBits bit = ShardBits{1} << shard;
    if ((wishes_ & ~busy & bit) == 0) continue;
    wishes_ &= ~bit;
    speaker_.advertisers[shard].resync(slot());
    some = true;
  }
  return some;
}

std::size_t Neighbour::finish_message() {
  const std::size_t size = kept_.size();
  take(kept_);
  kept_.clear();
  Heard heard;
  understand(heard);
  if (!unread_.empty()) misunderstood = true;
  return size;
}

void Neighbour::take(wire::Bytes bytes) {
  octets += bytes.size();
  unread_.insert(unread_.end(), bytes.begin(), bytes.end());
}

void Neighbour::understand(Heard& heard) {
  wire::Bytes bytes = unread_;
  while (!bytes.empty()) {
    const auto next = wire::next_message(bytes, import.facts().max_message);
    if (std::holds_alternative<wire::Notification>(next)) misunderstood = true;
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) break;
    longest_message = std::max(longest_message, frame->message.size());
    bytes = bytes.subspan(frame->message.size());
    if (frame->type == wire::MessageType::RouteRefresh) {
      understand_refresh(frame->body, heard);
    } else if (frame->type == wire::MessageType::Update) {
      understand_update(frame->body, heard);
    } else {
      misunderstood = true;
    }
  }
  const std::size_t understood = unread_.size() - bytes.size();
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(understood));
}

// RFC 7313 section 4.2
void Neighbour::understand_refresh(wire::Bytes body, Heard& heard) {
  const auto refresh = wire::decode_route_refresh(body, true);
  const Family family = *family_of(refresh->family);
  const bool begin =
      refresh->subtype == static_cast<std::uint8_t>(wire::RouteRefresh::Subtype::Begin);
  heard.push_back(std::string(begin ? "begin" : "end") + "-of-refresh " +
                  std::string(to_string(family)));
  if (begin) {
    for (const auto& [nlri, attributes] : table_) {
      if (nlri.family == family) stale_.insert(nlri);
    }
    return;
  }
  for (const Nlri& nlri : stale_) {
    if (nlri.family == family) table_.erase(nlri);
  }
  std::erase_if(stale_, [&](const Nlri& nlri) { return nlri.family == family; });
}

void Neighbour::understand_update(wire::Bytes body, Heard& heard) {
  wire::UpdateMessage update;
  if (wire::decode_update(body, context_, update) || !update.faults.empty()) misunderstood = true;
  if (update.end_of_rib) {
    heard.push_back("end-of-rib " + std::string(to_string(*update.end_of_rib)));
  }
  for (const auto& gone : {update.withdrawn, update.mp_unreach.prefixes}) {
    for (const Nlri& nlri : gone) {
      heard.push_back(with_id("withdraw", nlri));
      table_.erase(nlri);
      stale_.erase(nlri);
    }
  }
  const auto learn = [&](const std::vector<Nlri>& prefixes, const NextHop& next_hop) {
    for (const Nlri& nlri : prefixes) {
      heard.push_back(with_id("announce", nlri));
      stale_.erase(nlri);
      PathAttributes& attributes = table_[nlri];
      attributes = update.attributes;
      attributes.next_hop = next_hop;
    }
  };
  learn(update.announced, update.attributes.next_hop);
  learn(update.mp_reach.prefixes, update.mp_reach.next_hop);
}

std::optional<PathAttributes> Neighbour::holds(const std::string& prefix_text,
                                               std::uint32_t path_id) const {
  const auto found = table_.find(unicast(prefix(prefix_text), path_id));
  if (found == table_.end()) return std::nullopt;
  return found->second;
}

// ---- Speaker

Neighbour& Speaker::add(Session made) {
  Neighbour& added = join(std::move(made));
  (void)added.listen();
  return added;
}

Neighbour& Speaker::join(Session made) {
  neighbours_.push_back(std::make_unique<Neighbour>(*this, std::move(made)));
  return *neighbours_.back();
}

void Speaker::remove(Neighbour& neighbour) {
  const PeerSlot slot = neighbour.slot();
  advertisers.close(slot);
  neighbours_.erase(
      std::find_if(neighbours_.begin(), neighbours_.end(),
                   [&](const auto& candidate) { return candidate.get() == &neighbour; }));
  rib::end_session(shards, slot);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    rib::Rib& shard = shards[i];
    for (rib::DestId id = 0; id < shard.end(); ++id) {
      shard.sweep(id);
    }
  }
  spread();
}

void Speaker::spread(std::uint64_t read_time) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    while (advertisers[i].advertise(kAnyAmount, read_time)) continue;
  }
}

void Speaker::settle() {
  spread();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    while (advertisers[i].walking()) advertisers[i].walk(kAnyAmount);
  }
}

// ---- RouteBuilder

PathAttributes RouteBuilder::of(const SessionFacts& sender) const {
  PathAttributes attributes = attributes_;
  if (!has_path_ && !is_ibgp(sender.kind)) attributes.as_path = AsPath::sequence({sender.peer_asn});
  if (!has_next_hop_) {
    attributes.next_hop.global =
        nlri_.prefix.address().is_v4() ? v4_of(sender.slot) : v6_of(sender.slot);
  }
  if (is_ibgp(sender.kind) && !attributes.local_pref) attributes.local_pref = 100;
  return attributes;
}

Received RouteBuilder::via(Neighbour& sender) const {
  return sender.announce(of(sender.import.facts()), {nlri_});
}

}  // namespace tern::pipeline
