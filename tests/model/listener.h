// A neighbour's side of what it is told: takes octets in whatever amounts, reads the messages, and
// keeps the table that they make.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/export_client.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"

namespace tern::model {

class Listener {
 public:
  explicit Listener(const pipeline::SessionFacts& facts);

  // Takes up to so many octets of what waits for it.
  void take(pipeline::ExportClient& from, std::size_t octets);
  // Another message comes in between, as a KEEPALIVE does: behind the one that was begun.
  void interject(pipeline::ExportClient& from);

  struct Route {
    std::string text;
    bool stale = false;  // not heard since the last BoRR
  };
  [[nodiscard]] const std::map<Nlri, Route>& table() const { return table_; }
  [[nodiscard]] std::size_t size(Family family) const;
  // What it was sent and could not make sense of.
  [[nodiscard]] const std::optional<std::string>& misunderstood() const { return misunderstood_; }
  [[nodiscard]] bool in_a_message() const { return !bytes_.empty(); }
  [[nodiscard]] bool heard_end_of_rib(Family family) const { return end_of_rib_[index(family)]; }

 private:
  void read();
  void read_update(wire::Bytes body);
  void read_refresh(wire::Bytes body);
  void learn(const std::vector<Nlri>& prefixes, const NextHop& next_hop);

  FamilySet families_;
  std::size_t max_message_;
  wire::UpdateContext context_;  // of what it receives
  std::vector<std::byte> bytes_;
  wire::UpdateMessage update_;
  std::map<Nlri, Route> table_;
  std::array<bool, kFamilyCount> end_of_rib_{};
  std::optional<std::string> misunderstood_;
};

}  // namespace tern::model
