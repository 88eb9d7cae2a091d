// Finds the present faults of the sources of data, of the PoP and of a neighbor, as reports of
// events that are open. EventWatch compares them with those of a second before.
#pragma once

#include <map>
#include <string>

#include "bgpd/api/server.h"
#include "bgpd/events/event.h"
#include "bgpd/geofeeds/status.h"
#include "bgpd/registrations/status.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/circuit_book.h"
#include "bgpd/vrps/status.h"

namespace tern::session {
class Peer;
}

namespace tern::daemon {

// By event_key().
using EventLevels = std::map<std::string, events::Report>;

// The part of a report that names a neighbor. The key is the address.
[[nodiscard]] events::Report about(const session::Peer& peer, events::Kind kind,
                                   events::Report::What what);
// In a visit of all shards. unheard: the neighbor had time to come up for the first time.
void add_neighbor_levels(const session::Peer& peer, bool pop_drained, bool unheard,
                         EventLevels& levels);
// of: a circuit of the book, with its key.
void add_circuit_level(const states::CircuitBook& book,
                       const states::CircuitBook::Circuits::value_type& of, bool pop_drained,
                       EventLevels& levels);
void add_pop_levels(const session::Speaker& speaker, EventLevels& levels);
void add_rpki_levels(const vrps::RpkiStatus& status, EventLevels& levels);
void add_geofeed_levels(const geofeeds::GeofeedStatus& status, EventLevels& levels);
void add_registration_levels(const registrations::RegistrationStatus& status, EventLevels& levels);
// The configuration itself, and its files of measurements.
void add_configuration_levels(const api::DaemonFacts& facts, EventLevels& levels);

}  // namespace tern::daemon
