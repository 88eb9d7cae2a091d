#include "tests/unit/pipeline/exchange_lan.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::pipeline {

using Then = policy::TermSource::Then;

IpAddress address(const std::string& text) { return *IpAddress::parse(text); }
Prefix prefix(const std::string& text) { return *Prefix::parse(text); }
IpAddress v4_of(std::uint32_t number) { return IpAddress::v4(0xC0000200U + number); }
IpAddress v6_of(std::uint32_t number) {
  const IpAddress base = address("2001:db8::");
  std::array<std::byte, 16> bytes{};
  std::copy(base.bytes().begin(), base.bytes().end(), bytes.begin());
  bytes[15] = static_cast<std::byte>(number);
  return IpAddress::from_bytes(bytes);
}

SessionFacts facts_of(PeerKind kind, Asn asn, std::uint32_t number) {
  SessionFacts facts;
  facts.slot = number;
  facts.kind = kind;
  facts.local_asn = kOurAsn;
  facts.peer_asn = asn;
  facts.local_identifier = facts.cluster_id = kOurIdentifier;
  facts.peer_identifier = 0x0A000000U + number;
  facts.peer_address = v4_of(number);
  facts.local_address = facts.local_address_v4 = v4_of(254);
  facts.local_address_v6 = v6_of(254);
  facts.local_link_local = address("fe80::fe");
  if (!is_ibgp(kind)) facts.link = prefix("192.0.2.0/24");
  facts.families = facts.receive.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  facts.receive.ibgp = is_ibgp(kind);
  return facts;
}

policy::PeerFacts peer_of(const SessionFacts& facts) {
  policy::PeerFacts peer;
  peer.name = "n" + std::to_string(facts.slot);
  peer.address = facts.peer_address;
  peer.asn = facts.peer_asn;
  peer.local_asn = facts.local_asn;
  peer.local_address = facts.local_address;
  return peer;
}

policy::Chain chain(std::vector<policy::TermSource> terms) {
  policy::Sources sources;
  sources.metros = {"paris", "rome"};
  sources.pops = {"ams", "lhr"};
  sources.policies.push_back({"test", std::move(terms)});
  const auto compiled = policy::compile(sources);
  return policy::Chain({compiled.value().find("test")});
}

policy::TermSource accept() {
  policy::TermSource term;
  term.then = Then::Accept;
  return term;
}

policy::TermSource on_tag(std::uint32_t n, Then then) {
  policy::TermSource term;
  term.match.communities = {*policy::parse_community_pattern("65000:" + std::to_string(n))};
  term.then = then;
  return term;
}

policy::Chain unless_tagged(std::uint16_t n) { return chain({on_tag(n, Then::Reject), accept()}); }

policy::Chain accept_with(policy::ActionSource actions) {
  policy::TermSource term = accept();
  term.actions = std::move(actions);
  return chain({term});
}

policy::Chain accept_all() { return chain({accept()}); }

const std::shared_ptr<const policy::Egress>& nowhere() {
  static const auto kNowhere = std::make_shared<const policy::Egress>();
  return kNowhere;
}

}  // namespace tern::pipeline
