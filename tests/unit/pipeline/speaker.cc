#include "tests/unit/pipeline/speaker.h"

#include <algorithm>
#include <variant>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"

namespace tern::pipeline {

IpAddress address(const std::string& text) { return *IpAddress::parse(text); }
Prefix prefix(const std::string& text) { return *Prefix::parse(text); }
IpAddress v4_of(std::uint32_t number) { return IpAddress::v4(0xC0000200U + number); }
IpAddress v6_of(std::uint32_t number) {
  IpAddress base = address("2001:db8::");
  std::array<std::byte, 16> bytes{};
  std::copy(base.bytes().begin(), base.bytes().end(), bytes.begin());
  bytes[15] = static_cast<std::byte>(number);
  return IpAddress::from_bytes(bytes);
}

policy::Chain chain(std::vector<policy::TermSource> terms) {
  policy::Sources sources;
  sources.metros = {"paris", "rome"};
  sources.pops = {"ams", "lhr"};
  sources.policies.push_back({"test", std::move(terms)});
  const auto compiled = policy::compile(sources);
  return policy::Chain({compiled.value().find("test")});
}

policy::Chain accept_with(policy::ActionSource actions) {
  policy::TermSource term;
  term.actions = std::move(actions);
  term.then = policy::TermSource::Then::Accept;
  return chain({term});
}

policy::Chain accept_all() { return accept_with({}); }

std::shared_ptr<const policy::Egress> two_pops() {
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
  const auto built = policy::Egress::build(source);
  return std::make_shared<const policy::Egress>(built.value());
}

namespace {

Session session(PeerKind kind, Asn asn, std::uint32_t number) {
  Session made;
  SessionFacts& facts = made.facts;
  facts.slot = number;
  facts.kind = kind;
  facts.local_asn = kOurAsn;
  facts.peer_asn = asn;
  facts.local_identifier = kOurIdentifier;
  facts.peer_identifier = 0x0A000000U + number;
  facts.cluster_id = kOurIdentifier;
  facts.peer_address = v4_of(number);
  facts.local_address = v4_of(254);
  facts.local_address_v4 = v4_of(254);
  facts.local_address_v6 = v6_of(254);
  facts.local_link_local = address("fe80::fe");
  facts.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  facts.receive.families = facts.families;
  facts.receive.ibgp = is_ibgp(kind);
  const auto nowhere = std::make_shared<const policy::Egress>();
  policy::PeerFacts peer;
  peer.name = "n" + std::to_string(number);
  peer.address = facts.peer_address;
  peer.asn = asn;
  peer.local_asn = kOurAsn;
  peer.local_address = facts.local_address;
  made.import.egress = nowhere;
  made.import.peer = peer;
  made.export_.egress = nowhere;
  made.export_.peer = peer;
  if (!is_ibgp(kind)) {
    facts.link = prefix("192.0.2.0/24");
    made.import.policies = accept_all();
    made.export_.policies = accept_all();
  }
  return made;
}

rib::PeerRank rank_of(const SessionFacts& facts) {
  return {facts.kind, facts.peer_identifier, facts.peer_address};
}

// The slot must have a rank before an Import speaks for it.
Session& ranked(rib::Rib& rib, Session& made) {
  rib.set_peer(made.facts.slot, rank_of(made.facts));
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

Neighbour::Neighbour(rib::Rib& rib, Session made)
    : import(rib, ranked(rib, made).facts, made.import),
      export_(rib, made.facts, made.export_),
      rib_(rib) {
  context_ = made.facts.receive;
  context_.add_path = made.facts.add_path_send;
  context_.four_octet_as = made.facts.four_octet_as;
  context_.extended_next_hop = made.facts.extended_next_hop;
  context_.aigp = true;
  context_.reject_as_sets = false;
}

Received Neighbour::announce(const PathAttributes& attributes, const std::vector<Nlri>& prefixes) {
  const wire::UpdateContext& receive = import.facts().receive;
  PathAttributes sorted = attributes;
  sorted.normalise();
  std::vector<std::byte> message;
  (void)wire::encode_announcements(
      sorted, prefixes,
      {receive.four_octet_as, receive.add_path.contains(prefixes.front().prefix.family()),
       wire::kMaxExtendedMessage},
      message);
  return send(wire::Bytes(message).subspan(wire::kHeaderSize));
}

Received Neighbour::withdraw(const std::vector<Nlri>& prefixes) {
  const wire::UpdateContext& receive = import.facts().receive;
  std::vector<std::byte> message;
  (void)wire::encode_withdrawals(
      prefixes,
      {receive.four_octet_as, receive.add_path.contains(prefixes.front().prefix.family()),
       wire::kMaxExtendedMessage},
      message);
  return send(wire::Bytes(message).subspan(wire::kHeaderSize));
}

Received Neighbour::send(wire::Bytes body) { return import.receive(body, 1000); }

Heard Neighbour::listen(std::size_t limit, std::size_t budget) {
  if (speaker != nullptr) speaker->spread();
  std::vector<std::byte> bytes;
  filled = export_.fill(bytes, limit, budget);
  Heard heard;
  read(bytes, heard);
  return heard;
}

void Neighbour::read(wire::Bytes bytes, Heard& heard) {
  while (!bytes.empty()) {
    const auto next = wire::next_message(bytes, export_.facts().max_message);
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) {
      misunderstood = true;
      return;
    }
    longest_message = std::max(longest_message, frame->message.size());
    bytes = bytes.subspan(frame->message.size());
    if (frame->type == wire::MessageType::RouteRefresh) {
      const auto refresh = wire::decode_route_refresh(frame->body, true);
      const bool begin =
          refresh->subtype == static_cast<std::uint8_t>(wire::RouteRefresh::Subtype::Begin);
      heard.push_back(std::string(begin ? "begin" : "end") + "-of-refresh " +
                      std::string(to_string(*family_of(refresh->family))));
    } else if (frame->type == wire::MessageType::Update) {
      read_update(frame->body, heard);
    } else {
      misunderstood = true;
    }
  }
}

void Neighbour::read_update(wire::Bytes body, Heard& heard) {
  wire::UpdateMessage update;
  if (wire::decode_update(body, context_, update) || !update.faults.empty()) misunderstood = true;
  if (update.end_of_rib) {
    heard.push_back("end-of-rib " + std::string(to_string(*update.end_of_rib)));
  }
  for (const auto& gone : {update.withdrawn, update.mp_unreach.prefixes}) {
    for (const Nlri& nlri : gone) {
      heard.push_back(with_id("withdraw", nlri));
      table_.erase(nlri);
    }
  }
  const auto learn = [&](const std::vector<Nlri>& prefixes, const NextHop& next_hop) {
    for (const Nlri& nlri : prefixes) {
      heard.push_back(with_id("announce", nlri));
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
  const auto found = table_.find({prefix(prefix_text), path_id});
  if (found == table_.end()) return std::nullopt;
  return found->second;
}

// ---- Speaker

Neighbour& Speaker::add(Session made) {
  neighbours_.push_back(std::make_unique<Neighbour>(rib, std::move(made)));
  neighbours_.back()->speaker = this;
  return *neighbours_.back();
}

void Speaker::remove(Neighbour& neighbour) {
  const PeerSlot slot = neighbour.import.facts().slot;
  neighbour.export_.release().reset();
  neighbours_.erase(
      std::find_if(neighbours_.begin(), neighbours_.end(),
                   [&](const auto& candidate) { return candidate.get() == &neighbour; }));
  rib.next_generation(slot);
  for (rib::DestId id = 0; id < rib.end(); ++id) rib.sweep(id, slot, rib.generations(slot));
  spread();
}

void Speaker::spread(std::uint64_t read_time) {
  for (const rib::DestId id : rib.take_changes()) {
    for (const auto& neighbour : neighbours_) neighbour->export_.mark(id, read_time);
  }
}

// ---- RouteBuilder

PathAttributes RouteBuilder::of(const SessionFacts& sender) const {
  PathAttributes attributes = attributes_;
  if (!has_path_ && !is_ibgp(sender.kind)) attributes.as_path = AsPath::sequence({sender.peer_asn});
  if (!has_next_hop_) {
    attributes.next_hop.global =
        nlri_.prefix.family() == Family::Ipv4Unicast ? v4_of(sender.slot) : v6_of(sender.slot);
  }
  if (is_ibgp(sender.kind) && !attributes.local_pref) attributes.local_pref = 100;
  return attributes;
}

Received RouteBuilder::via(Neighbour& sender) const {
  return sender.announce(of(sender.import.facts()), {nlri_});
}

}  // namespace tern::pipeline
