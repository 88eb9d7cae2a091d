// The control API on its unix sockets: takes requests, answers from the speaker, streams listings.
//
// The first socket takes all requests. The second one, if configured, is read-only, for looking
// glasses and for people who may look. The clients of each socket have bounds of their own, so that
// read-only clients cannot keep operators out.
//
// Runs on the speaker's loop, except for listings of routes, which the lister's thread makes. Every
// answer is made in slices of at most a few hundred routes, and the next slice only when the client
// has taken the last one: a listing of a million routes to a slow terminal costs the daemon hardly
// any time or memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/places.h"
#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/geofeeds/status.h"
#include "bgpd/kernel/next_hop_watch.h"
#include "bgpd/kernel/status.h"
#include "bgpd/latency/latency_watch.h"
#include "bgpd/probes/status.h"
#include "bgpd/registrations/registration_thread.h"
#include "bgpd/registrations/status.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/circuit_book.h"
#include "bgpd/states/ingress_book.h"
#include "bgpd/states/state_book.h"
#include "bgpd/vrps/status.h"

namespace tern::api {

namespace proto {
class ReloadRequest;
class ReloadResult;
}  // namespace proto

// Facts of the daemon that the speaker does not have.
struct DaemonFacts {
  std::string version;
  std::string revision;
  std::uint64_t start_time_seconds = 0;  // Unix time
  std::string domain;                    // empty: the first of the process
  std::string config_file;
  std::uint64_t config_generation = 1;
  std::uint64_t last_reload_seconds = 0;  // Unix time
  bool last_reload_ok = true;
  std::string reload_note;  // why the last reload failed, or what a reload waits for
  struct StaleFile {
    std::string name;
    std::string text;  // the fault, and the content that is used instead
  };
  std::vector<StaleFile> stale_files;  // bad files of the configuration
  struct RttFile {                     // of measurements
    std::string path;                  // empty: none is configured
    std::string error;                 // why the present content is not used; empty: it is used
    std::uint64_t reads = 0;           // of new content since the start
    std::uint64_t errors = 0;          // of bad content, likewise
  };
  RttFile rtt_file;         // egress.rtt_file
  RttFile prefix_rtt_file;  // egress.prefix_rtt_file
};

// The stored registrations. Each function calls `done` once, on the loop. The function returns
// false where too many of its calls wait, and does not call `done` then.
struct RegistrationAccess {
  std::function<bool(registrations::Write, registrations::Written done)> write;
  std::function<bool(const std::string& owner,
                     std::function<void(registrations::RegistrationThread::Export)> done)>
      export_stored;
  std::function<bool(const std::optional<Prefix>& prefix, std::size_t most,
                     std::function<void(registrations::RegistrationThread::Log)> done)>
      read_log;
};

// A further domain of the process.
struct DomainRow {
  enum class State : std::uint8_t { Starting, Running, Ending, Failed };
  std::string name;
  std::string file;    // of its configuration
  std::string socket;  // of its control API
  State state = State::Starting;
  std::string error;  // Failed: why the domain does not run
};

struct Backend {
  session::Speaker& speaker;
  std::function<DaemonFacts()> facts;
  // Reads the configuration again, beside the loop; with check_only, the daemon changes nothing and
  // lists the changes. The daemon calls `done` on the loop, once, with a result that fits into one
  // response; a daemon that ends first does not call `done`.
  using Reloaded = std::function<void(std::shared_ptr<proto::ReloadResult> result)>;
  std::function<void(const proto::ReloadRequest& request, Reloaded done)> reload;
  std::function<vrps::RpkiStatus()> rpki;
  std::function<geofeeds::GeofeedStatus()> geofeed_status = {};
  std::function<probes::ProbeStatus()> probe_status = {};
  std::function<kernel::KernelStatus()> kernel_routes = nullptr;
  const kernel::NextHopWatch* next_hops = nullptr;  // null: next hops are not looked up
  std::function<registrations::RegistrationStatus()> registration_status = {};
  RegistrationAccess registrations = {};
  const events::EventStage* events = nullptr;  // null: there are no events
  const states::StateBook* states = nullptr;   // null: registered prefixes have no states
  // Reads a page of the history of events (EventStage::read_history()), and calls `done` once, on
  // the loop. False: too many reads wait, and `done` is not called.
  using HistoryRead = std::function<void(events::HistoryPage page)>;
  std::function<bool(std::int64_t before, events::HistoryFilter filter, HistoryRead done)>
      read_history = nullptr;
  const states::CircuitBook* circuits = nullptr;  // null: circuits are not watched
  const states::IngressBook* ingress = nullptr;   // null: reports of ingress are not taken
  // False: too many reports wait.
  std::function<bool(std::vector<states::IngressReport>)> report_ingress = {};
  latency::LatencyWatch* latency = nullptr;     // null: no latency is kept
  baseline::BaselineWatch* baseline = nullptr;  // null: nothing is learnt
  // Null, or returns null: no registration is compared with the requirements of new ones.
  std::function<std::shared_ptr<const registrations::UnmetBook>()> unmet = {};
  // The reads of the history for a request, together. A request that needs longer ends with an
  // error.
  std::chrono::milliseconds history_time{10'000};
  std::function<std::vector<DomainRow>()> domains = {};  // of the first domain alone
};

// Limits for the clients of one socket. A client that exceeds one gets an error, if possible, and
// is closed.
struct ClientLimits {
  PlaceLimits places;
  std::size_t listings = 64;              // of routes, at a time
  std::chrono::milliseconds idle;         // without a request
  std::chrono::milliseconds request;      // from the first octet of a request to its last
  std::chrono::milliseconds slice;        // until the client has taken a slice of an answer
  std::chrono::milliseconds answer{0};    // until it has taken the whole answer; 0: no limit
  std::uint32_t requests_per_second = 0;  // of all clients; more have to wait. 0: no limit
};

struct ServerLimits {
  ClientLimits full{{64, 32},
                    64,
                    std::chrono::minutes(5),
                    std::chrono::seconds(10),
                    std::chrono::minutes(10),
                    std::chrono::milliseconds(0),
                    0};
  // Users of the read-only socket must not take much of the daemon's time and memory: a listing of
  // a million routes takes 8 MB, and holds memory of routes that are gone.
  ClientLimits read_only{{32, 16},
                         4,
                         std::chrono::minutes(1),
                         std::chrono::seconds(10),
                         std::chrono::minutes(1),
                         std::chrono::minutes(10),
                         20};
};

enum class Access : std::uint8_t { Full, ReadOnly };

class Server {
 public:
  Server(session::Loop& loop, Backend backend, const ServerLimits& limits = {});
  // Closes the sockets and removes their files.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Creates a socket with these permissions; once for each kind. Replaces the file of a daemon that
  // does not run any more; the file of a running one is an error. The text of a failure is for
  // people.
  [[nodiscard]] std::optional<std::string> listen(Access access, const std::string& path,
                                                  unsigned mode);
  // Sets the permissions of the socket, if there is one.
  [[nodiscard]] std::optional<std::string> set_mode(Access access, unsigned mode);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::api
