// The receiving side of a neighbor: takes octets in any amounts, reads the messages, and keeps the
// table that they make.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/pipeline/adj_rib_out.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"
#include "bgpd/wire/update.h"

namespace tern::model {

class Listener {
 public:
  explicit Listener(const pipeline::SessionFacts& facts);

  // Takes up to so many octets: first the rest of a message that was taken in part, then octets of
  // `from`. Returns the number of octets taken of `from`.
  std::size_t take(pipeline::AdjRibOut& from, std::size_t octets);
  // The rest of a message waits for the listener.
  [[nodiscard]] bool in_a_message() const { return !kept_.empty(); }
  // Reads messages that the caller has cut: an UPDATE without its header, a ROUTE-REFRESH.
  void hear_update(wire::Bytes body);
  void hear_refresh(const wire::RouteRefresh& refresh);
  // A KEEPALIVE comes in between, behind a message that was taken in part.
  void interject();
  // The listener requests the family once more: all routes that it holds must be advertised again.
  void ask(Family family, bool enhanced);

  struct Route {
    std::string text;
    bool stale = false;    // not advertised since the last BoRR
    bool awaited = false;  // not advertised since the request
  };
  [[nodiscard]] const std::map<Nlri, Route>& table() const { return table_; }
  [[nodiscard]] std::size_t size(Family family) const;
  // A message that must not come in that place, in words.
  [[nodiscard]] const std::optional<std::string>& misunderstood() const { return misunderstood_; }
  // A message that is missing when all messages were sent, in words.
  [[nodiscard]] std::optional<std::string> missing() const;
  // Ignores path ids.
  [[nodiscard]] bool holds(const Nlri& destination) const;
  [[nodiscard]] bool held_at_end_of_rib(const Nlri& destination) const {
    return first_table_.contains(destination);
  }

 private:
  void read();
  void begin_refresh(Family family);
  void end_refresh(Family family);
  void end_table(Family family);
  void learn(const std::vector<Nlri>& prefixes, const NextHop& next_hop);

  FamilySet families_;
  std::size_t max_message_;
  wire::UpdateContext context_;  // of the received UPDATEs
  std::vector<std::byte> kept_;  // the rest of a message that was taken in part
  std::vector<std::byte> bytes_;
  wire::UpdateMessage update_;
  std::map<Nlri, Route> table_;
  std::set<Nlri> first_table_;  // held at End-of-RIB
  // By family.
  std::array<bool, kFamilyCount> ended_{};       // End-of-RIB was received
  std::array<bool, kFamilyCount> refreshing_{};  // between BoRR and EoRR
  std::array<bool, kFamilyCount> asked_{};       // for demarcation, without a BoRR since
  std::optional<std::string> misunderstood_;
};

}  // namespace tern::model
