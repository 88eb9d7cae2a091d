// The exchange where the tests of the pipeline happen, and what its neighbours are configured with.
//
// Tern is AS 65000, 192.0.2.254 and 2001:db8::fe; neighbour n is 192.0.2.n and 2001:db8::n, BGP
// identifier 10.0.0.n.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/session_facts.h"
#include "policy/egress.h"
#include "policy/policy.h"

namespace tern::pipeline {

inline constexpr Asn kOurAsn = 65000;
inline constexpr std::uint32_t kOurIdentifier = 0x0A0000FE;

[[nodiscard]] IpAddress address(const std::string& text);
[[nodiscard]] Prefix prefix(const std::string& text);
[[nodiscard]] IpAddress v4_of(std::uint32_t number);
[[nodiscard]] IpAddress v6_of(std::uint32_t number);

// Neighbour `number` in slot `number`, with both families and nothing optional.
[[nodiscard]] SessionFacts facts_of(PeerKind kind, Asn asn, std::uint32_t number);
// What policies see of it: its name is "n" and the number.
[[nodiscard]] policy::PeerFacts peer_of(const SessionFacts& facts);

// One policy of these terms.
[[nodiscard]] policy::Chain chain(std::vector<policy::TermSource> terms);
// A term that accepts everything.
[[nodiscard]] policy::TermSource accept();
// A term for what carries 65000:n.
[[nodiscard]] policy::TermSource on_tag(std::uint32_t n, policy::TermSource::Then then);
// "Do not tell this to AS n" as 65000:n, by policy.
[[nodiscard]] policy::Chain unless_tagged(std::uint16_t n);
[[nodiscard]] policy::Chain accept_all();
// A term that accepts everything after these actions.
[[nodiscard]] policy::Chain accept_with(policy::ActionSource actions);

// No nearest-edge egress.
[[nodiscard]] const std::shared_ptr<const policy::Egress>& nowhere();

}  // namespace tern::pipeline
