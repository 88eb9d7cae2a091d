// The real Rib, Imports and Fanout beside the naive RIB, driven by the same operations.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/fanout.h"
#include "bgpd/pipeline/import.h"
#include "tests/model/listener.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

struct Operation {
  enum class Kind : std::uint8_t {
    Up,            // a: how it is this time, see vary()
    Down,          // in the middle of whatever goes on
    Announce,      // a: prefixes, b: everything else
    Withdraw,      // a: prefixes, b: path id
    Malformed,     // a: prefix; treat-as-withdraw (RFC 7606)
    Garbage,       // the session is reset
    ImportPolicy,  // a: number
    ExportPolicy,  // a: number
    Vantage,       // a: number
    Network,       // a: number
    Decision,      // a: MEDs of all neighbours are compared when odd, and where the egress cost is
    Refresh,       // a: family, b: enhanced when odd
    Distribute,    // a: budget
    Walk,          // a: budget
    Read,          // a, b: octets
    Keepalive,     // to the client, between messages
    Sleep,         // a: so many times to come it reads nothing
    Work,          // a slice of sweeping, re-evaluating and ranking
    Lend,          // what it says from now on is judged apart, as by a reading thread
    Store,         // what one session said since is stored
    Settle,        // everything is done and read, then compared
    kCount,
  };
  Kind kind = Kind::Settle;
  PeerSlot slot = 1;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};
[[nodiscard]] std::string to_string(const Operation& operation);

class World {
 public:
  // most_lag: octets in the log before a client is told the present state instead.
  explicit World(std::uint64_t most_lag);

  // What is wrong, or nothing. Operations on a session that is down (or up already) do nothing.
  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // All sessions end; then nothing may be left.
  [[nodiscard]] std::optional<std::string> end();
  // The operation in words, as it would be applied now.
  [[nodiscard]] std::string words(const Operation& operation) const;

  // How much the histories are about.
  struct Seen {
    std::uint64_t compared = 0;   // routes that clients held when they were compared
    std::uint64_t laggards = 0;   // clients that left the log
    std::uint64_t joins = 0;      // while the table was walked for others
    std::uint64_t elsewhere = 0;  // best paths of a vantage that are not our own
    std::uint64_t outdated = 0;   // batches with routes that were judged by rules of before
    std::uint64_t returns = 0;    // of a slot as another router before all its old paths were gone
    std::uint64_t detours = 0;    // prefixes whose best path is not the one that leaves nearest
  };
  [[nodiscard]] const Seen& seen() const { return seen_; }

 private:
  struct Session {
    Session(rib::Rib& rib, const Client& client, const Policies& policies, int network);
    // An UPDATE, judged here or by the judge that was lent.
    pipeline::Judgement take(wire::Bytes body);

    Client client;
    pipeline::Import import;
    std::shared_ptr<pipeline::Judge> lent;  // null: nothing is judged apart
    pipeline::RouteBatch batch;             // what that made
    Listener listener;
    std::uint32_t asleep = 0;
  };

  void up(const Operation& operation);
  void down(PeerSlot slot);
  void end_bursts(const Operation& operation);
  void announce(const Operation& operation);
  void withdraw(const Operation& operation);
  [[nodiscard]] std::optional<std::string> malformed(const Operation& operation);
  [[nodiscard]] std::optional<std::string> garbage(PeerSlot slot);
  void lend(Session& session);
  void store(Session& session);
  void store_next(PeerSlot slot);
  void decide_by(std::uint32_t bits);
  void set_import(PeerSlot slot, int policy);
  void set_export(PeerSlot slot, int policy);
  void set_vantage(PeerSlot slot, int pop);
  void set_network(int number);
  void apply_rules(PeerSlot slot, bool import, bool exported);
  void read(Session& session, const Operation& operation);
  void count_laggards();
  bool work(std::size_t budget);
  [[nodiscard]] bool calm();
  [[nodiscard]] std::optional<std::string> settle();
  void count_elsewhere(const NaiveRib::Ranked& ours, const NaiveRib::Ranked& theirs);
  [[nodiscard]] std::optional<std::string> compare_counts(const NaiveRib::Ranked& paths);
  [[nodiscard]] std::optional<std::string> compare_egress(const NaiveRib::Ranked& paths);
  [[nodiscard]] std::optional<std::string> compare(const Session& session,
                                                   const NaiveRib::Ranked& paths) const;
  [[nodiscard]] Session* session(PeerSlot slot);
  [[nodiscard]] std::vector<Nlri> nlri_of(const Client& client, std::uint32_t which,
                                          std::uint32_t path_id) const;

  rib::Rib rib_;
  std::unique_ptr<pipeline::Fanout> fanout_;
  std::map<PeerSlot, std::unique_ptr<Session>> sessions_;
  std::map<PeerSlot, rib::DestId> sweeping_;      // how far
  std::map<PeerSlot, rib::DestId> reevaluating_;  // how far
  std::optional<rib::DestId> ranking_;            // how far
  std::vector<Client> clients_;                   // as they were the last time
  std::vector<bool> lagging_;                     // by slot
  NaiveRib naive_;
  Seen seen_;
};

}  // namespace tern::model
