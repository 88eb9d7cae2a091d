// A configuration as the daemon uses it: read, checked as a whole, names resolved, groups merged.
//
// load_text() and load_file() report every error of a file in one pass, each with its place; a
// Config exists only when there is none. Immutable afterwards; shared between the running daemon
// and a reload that compares.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file_mark.h"
#include "conf/place_names.h"
#include "conf/tern.pb.h"
#include "policy/egress.h"
#include "policy/policy.h"
#include "policy/prefix_rtts.h"
#include "policy/registrations.h"
#include "rib/types/result.h"

namespace tern::conf {

class LastGood;

// The names that registrations may use, and the rules for all of them.
struct RegistrationNames {
  std::map<std::string, Asn> partners;
  std::vector<std::string> pops;  // sorted
  bool allow_reserved = false;    // special-purpose prefixes, private and reserved AS numbers
  friend bool operator==(const RegistrationNames&, const RegistrationNames&) = default;
};

// One fault of a file. Prints as "file:line:column: path: message"; a warning with "warning: "
// before the path.
struct Error {
  std::string file;
  int line = 0;         // 1-based; 0: the file as a whole
  int column = 0;       // 1-based
  std::string path;     // "peers[2].hold_time"; empty where the fault is not of one field
  std::string message;  // what was found, what was expected, and a suggestion where one is near
  // A warning does not stop a file from being used: it is legal, and hardly meant.
  bool is_warning = false;
  [[nodiscard]] std::string to_string() const;
};

struct Config {
  // As written, with these differences:
  // - Each peer has its group's settings merged in (conf/groups.h); groups stay, for dynamic peers.
  // - md5_password holds the key of md5_password_file, of peers, groups and RPKI caches; `secret`
  //   of a webhook that of its secret_file.
  // - AS numbers stand in asplain; addresses, endpoints, router ids and the prefixes of ranges in
  //   the spelling of to_string(). A link-local neighbor keeps its "%interface"
  //   (parse_peer_address).
  // - Filled in: router.listen where it is not written (an empty list stays empty),
  //   router.cluster_id, api.socket, api.mode, api.read_only_mode, log.format, log.level,
  //   prepend.times, prefix_limits.action, dynamic_peers.limit, and, where there is an egress
  //   section, its mode, position and functions (those of countries and regions where there are
  //   any). Everything else of a peer is present only where
  //   the file gives it; the defaults are in the schema.
  // - Every text is of its form: the parsers of conf/scalars.h succeed on it.
  proto::Configuration file;
  policy::PolicySet policies;
  // Metros and PoPs are numbered in the order of their names, in `policies` and here alike.
  policy::Egress egress;
  PlaceNames place_names;  // of the places of `egress`
  // The registrations of the section itself, without those of its files. Never null.
  std::shared_ptr<const policy::Registrations> registrations;
  RegistrationNames registration_names;
  policy::GuardActions guard{};  // of registrations that say nothing, as the next one
  policy::Fallback fallback = policy::Fallback::None;
  policy::TransitFree transit_free;
  std::string path;    // of the file
  std::string domain;  // the name of the further domain that the file describes; "": the first
  std::vector<Error> warnings;
  struct StaleFile {
    std::string name;
    std::string text;  // the fault, and the content that is used instead
  };
  std::vector<StaleFile> stale;  // bad files that the text names; see LoadOptions
  // A file of measurements that `egress` names; `egress` is without them.
  template <typename Rtt>
  struct MeasuredFile {
    // As the file was read, for LastGood; empty where there is none, or a stale one.
    std::string name;
    std::string text;
    std::vector<Rtt> rtts;     // also of a stale one
    std::int64_t written = 0;  // when that content was, in Unix seconds
    FileMark mark;             // of the file before it was read
    [[nodiscard]] bool has_text_of(const MeasuredFile& other) const {
      return name == other.name && text == other.text;
    }
  };
  MeasuredFile<policy::RttSource> rtt_file;
  MeasuredFile<policy::PrefixRttSource> prefix_rtt_file;

  // The settings a dynamic neighbour of this range gets (its group's).
  [[nodiscard]] const proto::Peer& settings(const proto::DynamicPeers& range) const;
};

using LoadResult = Result<std::shared_ptr<const Config>, std::vector<Error>>;

struct LoadOptions {
  // For the start of a daemon, which should not fail because of a file of measurements. Where
  // given, errors in the files that the text names are no errors of the text (Config::stale): the
  // configuration gets the last good round trips, if any; a session whose key cannot be read gets a
  // random key, so that the session stays down and never runs without a key.
  const LastGood* last_good = nullptr;
  // For a reload. Where given, the new configuration shares the policies of `running` that are the
  // same.
  const Config* running = nullptr;
  // For the file of a further domain (conf/domains.h).
  struct Domain {
    std::string name;
    std::string socket;  // of its control API
  };
  const Domain* domain = nullptr;
};

// `file` is the name used in errors and the base of relative paths. Neither throws. Reads the files
// that the text names (keys, round trips), if they are regular files.
[[nodiscard]] LoadResult load_text(std::string_view text, const std::string& file,
                                   const LoadOptions& options = {});
[[nodiscard]] LoadResult load_file(const std::string& path, const LoadOptions& options = {});

// What a reload from `from` to `to` does. Changes are lines for people, in the order of the schema;
// peers are matched by address and stand in the order of the file, those that are gone after them.
struct Change {
  enum class Kind { Added, Removed, Changed } kind = Kind::Changed;
  std::string subject;  // "peer 10.0.1.1", "dynamic_peers 10.2.0.0/16", "policy pass", "router"
  std::vector<std::string> details;  // "hold_time: 90 (default) -> 180"
  bool resets_session = false;       // a running session of the subject is closed and opened anew
  bool needs_restart = false;        // takes effect only when ternd is started again: api.socket
};
[[nodiscard]] std::vector<Change> diff(const Config& from, const Config& to);

}  // namespace tern::conf
