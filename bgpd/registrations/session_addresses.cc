#include "bgpd/registrations/session_addresses.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "conf/public_space.h"

namespace tern::registrations {
namespace {

using policy::Registration;

// Calls take(session) for each session of the AS.
template <typename Take>
void for_each_of(const PartnerSessions& sessions, Asn asn, Take take) {
  const auto& singles = sessions.of_one_as;
  auto one = std::ranges::lower_bound(singles, asn, std::less{}, &PartnerSession::first_as);
  for (; one != singles.end() && one->first_as == asn; ++one) take(*one);
  for (const PartnerSession& session : sessions.of_several) {
    if (session.first_as <= asn && asn <= session.last_as) take(session);
  }
}

// Whether a VRP or a route object has the address for the AS, whatever its greatest length. VRPs
// and objects of a default route say nothing about an address.
bool is_authorized(const Prefix& address, Asn asn, const Evidence& evidence) {
  if (evidence.irr != nullptr) {
    const auto object = evidence.irr->covering(address, asn);
    if (object && object->prefix.length() != 0) return true;
  }
  if (evidence.vrps == nullptr) return false;
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  const auto explained = evidence.vrps->explain(address, asn, kAll);
  return std::ranges::any_of(explained.covering, [](const auto& candidate) {
    return candidate.asn_matches && candidate.vrp.prefix.length() != 0;
  });
}

// An address without "/32", a range with its length.
std::string address_text(const Prefix& address) {
  const bool alone = address.length() == address.address().bits();
  return alone ? address.address().to_string() : address.to_string();
}

}  // namespace

void check_sessions(const Registration& registration, const Evidence& evidence,
                    const Requirements& requirements, const IsOwned& is_owned,
                    const std::string& subject, WriteResult& result) {
  const auto check = [&](const PartnerSession& session) {
    const std::string what =
        subject + "the session address " + address_text(session.address) + " of " + session.name;
    const auto block =
        requirements.reserved_addresses ? std::nullopt : conf::special_block(session.address);
    if (block) {
      result.add_error(what + " is not public: it is in " + *block);
    } else if (!is_owned(session.address) &&
               !is_authorized(session.address, registration.customer, evidence)) {
      result.add_error(what + " is not the customer's: no prefix of the owner " +
                       registration.owner + " covers it, and no VRP or route object of AS " +
                       std::to_string(registration.customer) + " does");
    }
  };
  if (!requirements.owned_sessions) return;
  // Of a registration without partners, the sessions of the customer count.
  if (registration.partners.empty()) {
    return for_each_of(*requirements.sessions, registration.customer, check);
  }
  for (const Asn partner : registration.partners) {
    for_each_of(*requirements.sessions, partner, check);
  }
}

}  // namespace tern::registrations
