#include "bgpd/session/settings.h"

#include <algorithm>
#include <functional>

namespace tern::session {
namespace {

// A new name in the FQDN capability can wait for the next OPEN.
fsm::SessionConfig unnamed(fsm::SessionConfig config) {
  config.local.fqdn.reset();
  return config;
}

}  // namespace

PeerSettings DynamicRange::settings_of(const PeerAddress& address) const {
  PeerSettings made = settings;
  made.address = address.address;
  made.transport.interface = address.zone;
  made.fsm.open_hold = std::min<fsm::Milliseconds>(made.fsm.open_hold, kDynamicOpenTime);
  made.name = to_string(address);
  made.import.peer.address = made.exported.peer.address = made.address;
  made.import.peer.name = made.exported.peer.name = made.name;
  made.import.peer.zoned_address = made.exported.peer.zoned_address =
      address.zone.empty() ? std::string() : made.name;
  return made;
}

bool PeerSettings::needs_reset(const PeerSettings& other) const {
  const SessionSettings& now = *this;
  const SessionSettings& then = other;
  return now != then || unnamed(fsm) != unnamed(other.fsm) ||
         exported.add_path_send != other.exported.add_path_send;
}

const OwnNetwork* find_network(const SpeakerSettings& settings, const Prefix& prefix) {
  const std::vector<OwnNetwork>& all = settings.networks;
  const auto found = std::ranges::lower_bound(all, prefix, std::less{}, &OwnNetwork::prefix);
  return found != all.end() && found->prefix == prefix ? &*found : nullptr;
}

}  // namespace tern::session
