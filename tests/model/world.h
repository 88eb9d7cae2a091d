// The real table in shards with Imports, Advertisers and Adj-RIBs-Out, and the naive RIB, driven by
// the same operations. Work that the daemon may do in each shard alone runs at random times in each
// shard.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/pipeline/next_hops.h"
#include "bgpd/pipeline/range_walk.h"
#include "policy/change.h"
#include "rib/table_reader.h"
#include "tests/model/listener.h"
#include "tests/model/mirror.h"
#include "tests/model/naive_rib.h"
#include "tests/model/operation.h"
#include "tests/model/round.h"
#include "tests/unit/rib/shown.h"

namespace tern::model {

enum class OperationKind : std::uint8_t {
  Up,            // a: a variation of the client, see vary()
  Down,          // in the middle of any work
  Return,        // the same, and Up with `a` at once
  Announce,      // a: prefixes, b: everything else
  Withdraw,      // a: prefixes, b: path id
  Malformed,     // a: prefix; treat-as-withdraw (RFC 7606)
  Garbage,       // the session is reset
  ImportPolicy,  // a: number
  ExportPolicy,  // a: number
  ImportSet,     // a, b: the new prefix set of policy 2; a reload of prefix sets alone
  ExportSet,     // the same
  Drain,         // the neighbor's drain begins, or ends
  Summary,       // a: of which prefix the more specific routes are suppressed, or are no more
  DefaultRoute,  // a: number of the default route that we originate for the neighbor
  Vantage,       // a: number
  Network,       // a: number
  Decision,      // a: odd: MEDs of all neighbors are compared; and the position of the egress cost
  Refresh,       // a: family, b: enhanced when odd
  Demarcate,     // by the neighbor: a: family and how often, b: which (RFC 7313)
  Distribute,    // a: budget, b: shard
  Walk,          // a: budget, b: shard, and whether tables that wait begin
  Read,          // a, b: octets, and the shards that are busy
  Keepalive,     // to the client, between messages
  Sleep,         // a: for so many Reads the client takes nothing
  Work,          // a: budget, b: shard; a slice of sweeping, re-evaluating and ranking
  ReadInBulk,    // a bulk read begins: later UPDATEs are judged as by a reader thread
  Store,         // a bulk read ends; b: mostly each shard stores its batch at its own time
  Part,          // a: how many; b: shard, which stores the first batches that wait for it
  Share,         // a: a reader comes, looks, or goes; b: shard
  Subscribe,     // a: a subscriber comes, reads, or goes, and its interest; b: shard
  Originate,     // a: prefixes of our own, b: everything else, or that they are no more
  NextHop,       // a: which, b: whether it is resolved, and its metric
  Link,          // of the interface that entries of the configuration need: goes, or comes back
  Resolution,    // a: the section `next_hops`, by a reload
  Cover,         // received routes that resolve next hops are searched for
  Register,      // a: number of the registrations
  Settle,        // all work is done and read, then compared
  kCount,
};
using Operation = BasicOperation<OperationKind>;
[[nodiscard]] std::string to_string(const Operation& operation);

// The steps of Share.
enum class Sharing : std::uint8_t { Come, Look, LookAgain, Go, GoAll };
[[nodiscard]] Sharing sharing_of(std::uint32_t a);
[[nodiscard]] const char* to_string(Sharing what);

class World {
 public:
  // most_lag: octets in the logs before a client is advertised the present state instead.
  World(std::size_t shards, std::uint64_t most_lag);

  // Returns a fault in words, or nothing. Operations on a session that is down (or up already) do
  // nothing.
  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // Ends all sessions; then no memory may be left in use.
  [[nodiscard]] std::optional<std::string> end();
  // The operation in words, as it would be applied now.
  [[nodiscard]] std::string words(const Operation& operation) const;

  // Counts of the cases that the histories cover.
  struct Seen {
    std::uint64_t compared = 0;   // routes that clients held when they were compared
    std::uint64_t laggards = 0;   // clients that left the log
    std::uint64_t joins = 0;      // clients that came while the table was walked for others
    std::uint64_t elsewhere = 0;  // best paths of a vantage that are not our own
    std::uint64_t outdated = 0;   // batches with routes that were judged by replaced rules
    std::uint64_t returns = 0;    // of a slot as another router before all its old paths were gone
    std::uint64_t touched = 0;    // routes evaluated again because of changed prefix sets
    std::uint64_t detours = 0;    // prefixes whose best path does not leave at the nearest PoP
    std::uint64_t parts = 0;      // batches that one shard stored at its own time
    std::uint64_t refused = 0;    // routes that no shard could store alone, while batches waited
    std::uint64_t busy = 0;       // reads while some shards were busy
    std::uint64_t tables = 0;     // requested tables that began while the table was walked
    std::uint64_t looks = 0;      // of readers, at destinations in use
    std::uint64_t outlived = 0;   // looks at destinations that changed before the reader ended
    std::uint64_t mirrors = 0;    // subscribers whose copies were compared
    std::uint64_t stale = 0;      // routes that a refresh of a neighbor did not repeat
    std::uint64_t blocked = 0;    // routes that a limit blocked when they were compared
    std::uint64_t unblocked = 0;  // walks for blocked routes that the limit has room for
    std::uint64_t own = 0;        // routes of our own that won against a learned path
    std::uint64_t interior = 0;   // best paths that won by their interior cost
    std::uint64_t pinned = 0;     // best paths that won by the registration of their prefix
    std::uint64_t last_resorts = 0;  // best paths that the guard has something against
    std::uint64_t covered = 0;       // next hops that a received route resolved when compared
    std::uint64_t restless = 0;      // covers that made each other come and go
    std::uint64_t lasting = 0;       // routes compared with the content of the first table
  };
  [[nodiscard]] const Seen& seen() const { return seen_; }

 private:
  struct Session {
    Session(rib::Shards& shards, pipeline::AdjRibsIn& adj_ribs_in, const Client& client,
            pipeline::ImportRules rules);
    // Judges an UPDATE, during a bulk read by the reader's Judge.
    pipeline::Judgement take(wire::Bytes body);

    Client client;
    pipeline::Import import;
    std::shared_ptr<pipeline::Judge> in_bulk;  // null: no bulk read
    pipeline::JudgedRoutes routes;             // of the bulk read
    Listener listener;
    pipeline::ShardBits wishes = 0;  // of its AdjRibOut, for shards that were busy then
    std::uint32_t asleep = 0;
    std::uint64_t since = 0;                      // when the session came up, by clock_
    bool new_rules = false;                       // export rules changed since then
    std::array<bool, kFamilyCount> refreshing{};  // between the neighbor's BoRR and EoRR
  };
  // A destination as a reader found it.
  struct Look {
    std::size_t shard = 0;
    rib::DestId id = 0;
    rib::Destination found;
    rib::Shown then;
  };
  // Routes that wait until a shard stores them.
  struct Part {
    PeerSlot slot = 0;
    pipeline::RouteBatch routes;
  };

  void up(const Operation& operation);
  void down(PeerSlot slot);
  void end_bursts(const Operation& operation);
  void announce(const Operation& operation);
  void withdraw(const Operation& operation);
  [[nodiscard]] std::optional<std::string> malformed(const Operation& operation);
  [[nodiscard]] std::optional<std::string> garbage(PeerSlot slot);
  void read_in_bulk(Session& session);
  void store(Session& session, bool apart);
  void store(pipeline::Import& import, pipeline::JudgedRoutes& routes, bool apart);
  void obey(PeerSlot slot, const pipeline::Stored& stored);
  void store_first_part(std::size_t shard);
  void store_parts(std::size_t shard, std::size_t most);
  void store_all_parts();
  void store_next(PeerSlot slot, bool apart);
  void decide_by(std::uint32_t bits);
  // Changes of prefix sets whose destinations are still being evaluated.
  struct ChangedSet {
    std::shared_ptr<const policy::PrefixChange> program;
    PeerSlot slot = 0;
    bool imports = false;
    std::vector<pipeline::RangeWalk> walks;  // by shard
    std::vector<bool> done;
  };
  void set_import(PeerSlot slot, int policy);
  void set_export(PeerSlot slot, int policy);
  void change_drain(PeerSlot slot);
  void set_default_route(const Operation& operation);
  void change_summary(std::uint32_t a);
  void change_set(const Operation& operation);
  void originate(const Operation& operation);
  using Addresses = pipeline::NextHops::Addresses;
  void change_next_hop(const Operation& operation);
  void change_link();
  void apply_resolution();
  // False: no cover changed.
  bool search_covers();
  [[nodiscard]] std::optional<std::string> find_covers();
  void ask_again(Addresses asked);
  void ask_all_again();
  void revise(const Addresses& changed);
  void end_own_routes();
  void set_vantage(PeerSlot slot, int pop);
  void set_network(int number, bool live);
  void set_registrations(int number);
  void apply_rules(PeerSlot slot, bool import, bool exported);
  [[nodiscard]] std::optional<std::string> read(Session& session, const Operation& operation);
  [[nodiscard]] std::optional<std::string> take(Session& session, std::size_t octets,
                                                pipeline::ShardBits busy);
  bool resync(Session& session, pipeline::ShardBits busy);
  void refresh(Session& session, const Operation& operation);
  void demarcate(Session& session, const Operation& operation);
  [[nodiscard]] static bool begins(const Session& session, const Operation& operation);
  void end_refresh(PeerSlot slot, Family family);
  void begin_table(PeerSlot slot);
  void walk(const Operation& operation);
  void count_laggards();
  bool work(std::size_t shard, std::size_t budget);
  bool work_on(ChangedSet& changed, std::size_t shard, std::size_t budget);
  void note_changes();
  void forget_what_lasts();
  [[nodiscard]] std::size_t shard_of(const Operation& operation) const {
    return operation.b % shards_.size();
  }
  [[nodiscard]] std::optional<std::string> share(const Operation& operation);
  void unshare(std::size_t shard);
  [[nodiscard]] std::optional<std::string> look(std::size_t shard);
  [[nodiscard]] std::optional<std::string> look_again();
  void subscribe(const Operation& operation);
  [[nodiscard]] std::optional<std::string> compare_mirrors();
  [[nodiscard]] bool calm();
  [[nodiscard]] std::optional<std::string> settle();
  [[nodiscard]] std::optional<std::string> come_to_rest();
  void count_elsewhere(const NaiveRib::Ranked& ours, const NaiveRib::Ranked& theirs);
  [[nodiscard]] std::optional<std::string> compare_counts(const NaiveRib::Ranked& paths);
  [[nodiscard]] std::optional<std::string> compare_limit(const Session& session) const;
  [[nodiscard]] std::optional<std::string> find_blocked();
  [[nodiscard]] std::optional<std::string> compare_egress(const NaiveRib::Ranked& paths);
  [[nodiscard]] std::optional<std::string> compare(const Session& session,
                                                   const NaiveRib::Ranked& paths);
  [[nodiscard]] std::optional<std::string> compare_messages(const Session& session);
  [[nodiscard]] std::optional<std::string> nothing_left() const;
  [[nodiscard]] Session* session(PeerSlot slot);
  [[nodiscard]] pipeline::ImportRules import_rules_of(const Client& client,
                                                      const Policies& policies) const;

  rib::Shards shards_;
  std::unique_ptr<pipeline::Advertisers> advertisers_;
  std::map<PeerSlot, pipeline::AdjRibsIn> adj_ribs_in_;
  std::map<PeerSlot, std::unique_ptr<Session>> sessions_;
  std::vector<std::deque<Part>> parts_;  // by shard, in the order of storing
  std::vector<rib::DestId> sweeps_;      // by shard: where the sweep goes on
  std::map<PeerSlot, Round> unblocking_;
  std::map<PeerSlot, Round> reevaluating_;
  std::vector<ChangedSet> changed_sets_;
  std::map<PeerSlot, Round> ranking_;  // of neighbors that came back as another router
  std::optional<Round> ranking_all_;
  std::vector<Client> clients_;  // as in their last session
  std::vector<bool> lagging_;    // by slot
  std::uint64_t clock_ = 0;      // changes
  // By prefix: the paths, and when they changed.
  std::vector<std::vector<std::uint64_t>> paths_;
  std::vector<std::uint64_t> changed_;
  NaiveRib naive_;
  HostKernel kernel_{naive_.host};
  const std::shared_ptr<pipeline::NextHops> next_hops_ =
      std::make_shared<pipeline::NextHops>(kernel_);
  Seen seen_;
  std::vector<std::unique_ptr<Mirror>> mirrors_;
  std::vector<std::size_t> readers_;                           // by shard
  std::vector<Look> looks_;                                    // in the section
  std::map<std::size_t, rib::TableReader::Section> sections_;  // by shard, for all its readers
};

}  // namespace tern::model
