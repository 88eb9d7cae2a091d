// A neighbour's side of what it is told: takes octets in whatever amounts, reads the messages, and
// keeps the table that they make.
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

  // Takes up to so many octets of what waits for it: first the rest of a message that was begun.
  // Returns how many it took behind that.
  std::size_t take(pipeline::AdjRibOut& from, std::size_t octets);
  // The rest of a message waits for it.
  [[nodiscard]] bool in_a_message() const { return !kept_.empty(); }
  // Messages that the caller has cut: an UPDATE without its header, a ROUTE-REFRESH.
  void hear_update(wire::Bytes body);
  void hear_refresh(const wire::RouteRefresh& refresh);
  // Another message comes in between, as a KEEPALIVE does: behind the one that was begun.
  void interject();
  // It asks for the family once more: everything that it holds then is to be told again.
  void ask(Family family, bool enhanced);

  struct Route {
    std::string text;
    bool stale = false;    // not heard since the last BoRR
    bool awaited = false;  // not heard since it was asked for
  };
  [[nodiscard]] const std::map<Nlri, Route>& table() const { return table_; }
  [[nodiscard]] std::size_t size(Family family) const;
  // What it was sent and could not make sense of, in that place.
  [[nodiscard]] const std::optional<std::string>& misunderstood() const { return misunderstood_; }
  // What is missing when everything was sent.
  [[nodiscard]] std::optional<std::string> missing() const;
  // Without path ids.
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
  wire::UpdateContext context_;  // of what it receives
  std::vector<std::byte> kept_;  // the rest of a message, which was begun
  std::vector<std::byte> bytes_;
  wire::UpdateMessage update_;
  std::map<Nlri, Route> table_;
  std::set<Nlri> first_table_;  // held at End-of-RIB
  // By family.
  std::array<bool, kFamilyCount> ended_{};       // End-of-RIB was heard
  std::array<bool, kFamilyCount> refreshing_{};  // between BoRR and EoRR
  std::array<bool, kFamilyCount> asked_{};       // for demarcation, and no BoRR was heard since
  std::optional<std::string> misunderstood_;
};

}  // namespace tern::model
