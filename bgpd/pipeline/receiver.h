// The one way from an UPDATE to judged routes, whether the loop or a reader thread reads the
// session's socket. An UpdateBatch collects several UPDATEs until its owner passes it on.
//
// A limit, a counter or a copy of all UPDATEs belongs into receive(). Pure; used by the thread that
// uses the Judge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bgpd/pipeline/judge.h"

namespace tern::pipeline {

struct UpdateBatch {
  // shards: of the table.
  explicit UpdateBatch(std::size_t shards) : routes(shards) {}

  JudgedRoutes routes;
  std::uint64_t updates = 0;                  // messages
  std::optional<wire::AttributeFault> fault;  // the first one
  // Of the last message, behind the routes:
  std::optional<Family> end_of_rib;
  std::optional<wire::Notification> reset;  // the session ends with this

  [[nodiscard]] bool empty() const { return updates == 0; }
  // Keeps the memory.
  void clear();
};

// body: an UPDATE without its header, read at read_time (steady nanoseconds). True: the caller must
// pass `into` on before it receives the next UPDATE, because the message is an End-of-RIB or ends
// the session, or because `into` has `most` routes.
[[nodiscard]] bool receive(Judge& judge, wire::Bytes body, std::uint64_t read_time,
                           std::size_t most, UpdateBatch& into);

}  // namespace tern::pipeline
