// Changes of stored registrations, as a client asks for them, and what became of them. Plain
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/registration_text.h"
#include "policy/route_objects.h"
#include "policy/vrp_table.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::registrations {

inline constexpr std::size_t kMostChanges = 1000;     // of a write
inline constexpr std::size_t kMostShownErrors = 100;  // of a write, as the next ones
inline constexpr std::size_t kMostShownWarnings = 20;
inline constexpr std::size_t kMostShownDifferences = 100;
// Of all clients; a further one is refused. The caller bounds the octets of imports that wait.
inline constexpr std::size_t kMostWaitingWrites = 256;
inline constexpr std::size_t kMostWaitingReads = 64;  // exports and readers of the log, likewise

// The evidence that VRPs and route objects must give for the origins of a registration that a write
// adds or changes. But for None, no origin is RPKI invalid.
enum class Requirement : std::uint8_t { None, NotInvalid, RoaValid, IrrValid, RoaOrIrrValid };

// A session of the configuration with a neighbor AS.
struct PartnerSession {
  Asn first_as = 0;  // of the neighbor; a range of dynamic neighbors may have several
  Asn last_as = 0;   // first_as <= last_as
  Prefix address;    // of the neighbor alone, or the range that it comes from
  std::string name;  // of the neighbor, or "dynamic_peers 192.0.2.0/24"
  friend bool operator==(const PartnerSession&, const PartnerSession&) = default;
};
struct PartnerSessions {
  std::vector<PartnerSession> of_one_as;  // in the order of the AS
  std::vector<PartnerSession> of_several;
  friend bool operator==(const PartnerSessions&, const PartnerSessions&) = default;
};

// The conditions that a registration must meet for a write to be accepted. Registrations in force
// are compared with them, too (audit.h).
struct Requirements {
  Requirement origins = Requirement::NotInvalid;
  bool owned_sessions = false;      // the addresses of the sessions of its partners are the owner's
  bool reserved_addresses = false;  // of these sessions may be in special-purpose space
  // Of all partners. Never null.
  std::shared_ptr<const PartnerSessions> sessions = std::make_shared<const PartnerSessions>();
  // The configuration has a source of VRPs, or of route objects. Until these are there,
  // registrations in force are not compared.
  bool awaits_vrps = false;
  bool awaits_objects = false;
  friend bool operator==(const Requirements& a, const Requirements& b) {
    return a.origins == b.origins && a.owned_sessions == b.owned_sessions &&
           a.reserved_addresses == b.reserved_addresses && *a.sessions == *b.sessions &&
           a.awaits_vrps == b.awaits_vrps && a.awaits_objects == b.awaits_objects;
  }
};

struct Change {
  enum class Action : std::uint8_t { Add, Set, Remove };
  Action action = Action::Add;
  std::string prefix;
  conf::RegistrationFields fields;  // of Set: those that change; an empty value removes the field
};

// The text of a file, whose registrations are added, or replace those of their prefixes.
struct Import {
  std::vector<std::string> pieces;  // of the text, in order
  std::string name;                 // of the file, for errors; its end names the format
};

// A write is carried out as a whole or not at all.
struct Write {
  std::vector<Change> changes;
  std::optional<Import> import;
  bool check_only = false;                       // only says what would change
  std::string user;                              // for the log: "alice (uid 1000, pid 4242)"
  std::shared_ptr<const policy::VrpTable> vrps;  // null: there are none, as the next ones
  std::shared_ptr<const policy::RouteObjects> irr;
};

// Of one prefix: the text before and after (conf/registration_text.h); empty: not registered.
struct Difference {
  Prefix prefix;
  std::string before;
  std::string after;
};

struct WriteResult {
  std::vector<std::string> errors;  // not empty: the write changed no registration
  std::size_t more_errors = 0;
  std::vector<std::string> warnings;
  std::size_t more_warnings = 0;
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t removed = 0;
  std::size_t unchanged = 0;
  std::vector<Difference> differences;  // the first of them

  void add_error(std::string text);
  void add_warning(std::string text);
};
// Called once on tern-register, when the write is on the disk and its table is published.
using Written = std::function<void(WriteResult result)>;

// A row of the log of writes.
struct LogEntry {
  std::int64_t time = 0;  // Unix seconds
  std::string user;
  Difference difference;
};

}  // namespace tern::registrations
