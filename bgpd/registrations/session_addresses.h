// The check of a registration that is about to be stored against the addresses of the sessions from
// which its routes come: public peering is over addresses of the customer.
#pragma once

#include <functional>
#include <string>

#include "bgpd/registrations/requirement.h"
#include "bgpd/registrations/write.h"
#include "policy/registrations.h"

namespace tern::registrations {

// Whether a prefix that covers the address is registered to the owner of the registration.
using IsOwned = std::function<bool(const Prefix& address)>;

// An error for each session of a partner of the registration whose address is not the owner's, with
// `subject` in front.
void check_sessions(const policy::Registration& registration, const Evidence& evidence,
                    const Requirements& requirements, const IsOwned& is_owned,
                    const std::string& subject, WriteResult& result);

}  // namespace tern::registrations
