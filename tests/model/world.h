// The real Rib, Imports and Exports beside the naive one, driven by the same operations.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rib/adj_rib_out.h"
#include "tests/model/naive_rib.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::model {

struct Operation {
  enum class Kind : std::uint8_t {
    Up,            // a: another router id when odd
    Down,          // in the middle of whatever goes on
    Announce,      // a: prefix, b: everything else
    Withdraw,      // a: prefix, b: path id
    Malformed,     // a: prefix; treat-as-withdraw (RFC 7606)
    Garbage,       // the session is reset
    ImportPolicy,  // a: number
    ExportPolicy,  // a: number
    Refresh,       // a: family, b: enhanced when odd
    Spread,        // the changes reach the exports
    Read,          // a: limit in octets, b: budget
    Work,          // a slice of sweeping, re-evaluating and forgetting
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
  World();
  ~World();

  // What is wrong, or nothing. Operations on a session that is down (or up already) do nothing.
  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // All sessions end; then nothing may be left.
  [[nodiscard]] std::optional<std::string> end();
  // Routes that clients held when they were compared.
  [[nodiscard]] std::uint64_t compared() const { return compared_; }

 private:
  void up(const Operation& operation);
  void down(PeerSlot slot);
  void announce(const Operation& operation);
  void withdraw(const Operation& operation);
  [[nodiscard]] std::optional<std::string> malformed(const Operation& operation);
  [[nodiscard]] std::optional<std::string> garbage(PeerSlot slot);
  void set_import(PeerSlot slot, int policy);
  void set_export(PeerSlot slot, int policy);
  void read(pipeline::Neighbour& neighbour, std::size_t limit, std::size_t budget);
  void spread();
  bool work(std::size_t budget);
  [[nodiscard]] std::optional<std::string> settle();
  [[nodiscard]] std::optional<std::string> compare(const Client& client,
                                                   pipeline::Neighbour& neighbour) const;
  [[nodiscard]] pipeline::Neighbour* session(PeerSlot slot);

  rib::Rib rib_;
  std::map<PeerSlot, std::unique_ptr<pipeline::Neighbour>> sessions_;
  std::map<PeerSlot, rib::DestId> sweeping_;      // how far
  std::map<PeerSlot, rib::DestId> reevaluating_;  // how far
  std::vector<std::unique_ptr<rib::AdjRibOut>> dying_;
  std::vector<Client> clients_;
  NaiveRib naive_;
  std::uint64_t compared_ = 0;
};

}  // namespace tern::model
