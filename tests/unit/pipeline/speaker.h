// A speaker without sockets, for tests: a table with an Import and an AdjRibOut per neighbour,
// joined by real UPDATE bytes. A neighbour takes octets as a socket would and keeps the table a
// peer holds. Tests read like the protocol:
//
//   Speaker tern;
//   Neighbour& a = tern.add(ebgp(65001, 1));
//   Neighbour& b = tern.add(route_server_client(65002, 2));
//   route("203.0.113.0/24").as_path({65001}).via(a);
//   EXPECT_EQ(b.listen(), Heard{"announce 203.0.113.0/24"});
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/pipeline/receive.h"

namespace tern::pipeline {

inline constexpr std::size_t kAnyAmount = ~std::size_t{0};
inline const std::string kWhere = "203.0.113.0/24";  // the prefix of most tests

// PoPs "ams" (ours, code 1) and "lhr" (2); metros "paris" (10) and "rome" (11); dictionary
// "partner": 65001:10 is Paris, 65001:11 is Rome. Carried as 65000:1:metro and 65000:2:pop.
[[nodiscard]] policy::EgressSource two_pops_source();
[[nodiscard]] std::shared_ptr<const policy::Egress> two_pops();

// What it takes to configure a neighbour.
struct Session {
  SessionFacts facts;
  ImportRules import;
  ExportRules export_;
};
[[nodiscard]] Session ebgp(Asn asn, std::uint32_t number);
[[nodiscard]] Session route_server_client(Asn asn, std::uint32_t number);
[[nodiscard]] Session ibgp(std::uint32_t number);
[[nodiscard]] Session reflector_client(std::uint32_t number);

// What a neighbour was told, in order: "announce 203.0.113.0/24", "withdraw 2001:db8::/32 id 3",
// "end-of-rib ipv4-unicast", "begin-of-refresh ipv4-unicast", "end-of-refresh ipv4-unicast".
using Heard = std::vector<std::string>;

class Speaker;

class Neighbour {
 public:
  Neighbour(Speaker& speaker, Session session);

  // ---- What it says

  Received announce(const PathAttributes& attributes, const std::vector<Nlri>& prefixes);
  Received withdraw(const std::vector<Nlri>& prefixes);
  Received withdraw(const std::string& prefix_text, std::uint32_t path_id = 0) {
    return withdraw({unicast(prefix(prefix_text), path_id)});
  }
  Received send(wire::Bytes body);

  // ---- What it hears

  // Everything there is to hear once all changes are distributed and all walks done.
  Heard listen();
  // Reads up to so many octets of what was said for it, perhaps to the middle of a message.
  Heard read(std::size_t octets = kAnyAmount);
  // What it holds: what it was told, less what a demarcated refresh did not repeat (RFC 7313).
  [[nodiscard]] std::optional<PathAttributes> holds(const std::string& prefix_text,
                                                    std::uint32_t path_id = 0) const;
  [[nodiscard]] const std::map<Nlri, PathAttributes>& table() const { return table_; }

  // ---- The session

  [[nodiscard]] PeerSlot slot() const { return import.facts().slot; }
  [[nodiscard]] AdjRibOut& adj_rib_out() const;
  // The part of it that the shard has, or the only one.
  [[nodiscard]] ExportClient& client(std::size_t shard = 0) const;
  [[nodiscard]] ExportCounters advertised() const { return adj_rib_out().counters(); }
  // Something is to be read.
  [[nodiscard]] bool has_more() const {
    return !kept_.empty() || wishes_ != 0 || adj_rib_out().has_more();
  }
  // Octets that are to be read, as far as they are known.
  [[nodiscard]] std::uint64_t waiting() const { return adj_rib_out().waiting() + kept_.size(); }
  [[nodiscard]] const ExportRules& rules() const { return rules_; }
  void set_rules(ExportRules rules);
  void refresh(Family family, bool enhanced);
  // As before a NOTIFICATION: the message that was begun is read to its end. Returns how many
  // octets that took.
  std::size_t finish_message();

  AdjRibsIn adj_ribs_in;
  Import import;
  ShardBits busy = 0;             // shards that make no octets for a client that left the log
  std::uint64_t oldest_read = 0;  // of the last read()
  bool misunderstood = false;     // something we sent could not be read, or not as a sound UPDATE
  std::size_t longest_message = 0;
  std::uint64_t octets = 0;  // read since it came

 private:
  void take(wire::Bytes bytes);
  void begin_table();
  bool resync();
  void understand(Heard& heard);
  void understand_refresh(wire::Bytes body, Heard& heard);
  void understand_update(wire::Bytes body, Heard& heard);

  Speaker& speaker_;
  ExportRules rules_;
  wire::UpdateContext context_;    // of the neighbour, for what we send
  ShardBits wishes_ = 0;           // that busy shards have not heard of
  std::vector<std::byte> kept_;    // the end of a message, before all else
  std::vector<std::byte> unread_;  // the beginning of a message
  std::map<Nlri, PathAttributes> table_;
  std::set<Nlri> stale_;  // held since before a BoRR and not repeated yet
};

class Speaker {
 public:
  explicit Speaker(rib::DecisionConfig config = {}, std::size_t shard_count = 1,
                   const rib::TableSpaces& spaces = {},
                   std::uint64_t most_lag = ExportClient::kMostLag)
      : shards(shard_count, config, spaces),
        advertisers(shards, most_lag),
        rib(shards[0]),
        advertiser(advertisers[0]) {}

  // A neighbour whose session came up a while ago: it has heard the table there is.
  Neighbour& add(Session session);
  // One whose session has just come up: its walk waits.
  Neighbour& join(Session session);
  // The session ends: its routes go.
  void remove(Neighbour& neighbour);
  // Says what changed.
  void spread(std::uint64_t read_time = 0);
  // That, and every walk that can be done.
  void settle();

  rib::Shards shards;
  Advertisers advertisers;
  rib::Rib& rib;  // the first shard, or the only one
  Advertiser& advertiser;

 private:
  std::vector<std::unique_ptr<Neighbour>> neighbours_;
};

// A route as its sender describes it. The next hop defaults to the sender.
class RouteBuilder {
 public:
  explicit RouteBuilder(const std::string& text) : nlri_{unicast(prefix(text))} {
    attributes_.origin = Origin::Igp;
  }
  RouteBuilder& as_path(std::vector<Asn> asns) {
    attributes_.as_path = AsPath::sequence(std::move(asns));
    has_path_ = true;
    return *this;
  }
  // Instead of the unicast family.
  RouteBuilder& in(Family family) {
    nlri_.family = family;
    return *this;
  }
  RouteBuilder& path_id(std::uint32_t value) {
    nlri_.path_id = value;
    return *this;
  }
  RouteBuilder& next_hop(const std::string& text) {
    attributes_.next_hop = {address(text), std::nullopt};
    has_next_hop_ = true;
    return *this;
  }
  RouteBuilder& link_local(const std::string& text) {
    attributes_.next_hop.link_local = address(text);
    return *this;
  }
  RouteBuilder& local_pref(std::uint32_t value) {
    attributes_.local_pref = value;
    return *this;
  }
  RouteBuilder& med(std::uint32_t value) {
    attributes_.med = value;
    return *this;
  }
  RouteBuilder& community(Community value) {
    attributes_.communities.push_back(value);
    return *this;
  }
  RouteBuilder& large(LargeCommunity value) {
    attributes_.large_communities.push_back(value);
    return *this;
  }
  RouteBuilder& only_to_customer(Asn asn) {
    attributes_.only_to_customer = asn;
    return *this;
  }
  // For what has no word of its own here.
  PathAttributes& attributes() { return attributes_; }

  // The path as it is sent: the AS path defaults to the sender's AS, or nothing on iBGP.
  [[nodiscard]] PathAttributes of(const SessionFacts& sender) const;
  Received via(Neighbour& sender) const;

 private:
  PathAttributes attributes_;
  Nlri nlri_;
  bool has_path_ = false;
  bool has_next_hop_ = false;
};

inline RouteBuilder route(const std::string& text) { return RouteBuilder(text); }

}  // namespace tern::pipeline
