// An UPDATE into the RIB at once, as the session does it in two steps: for tests, the fuzzer and
// benchmarks.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "bgpd/pipeline/import.h"

namespace tern::pipeline {

// What an UPDATE asks of the session.
struct Received : Judgement {  // `reset`: of either step
  std::optional<Family> limit_warning;
  bool unblock = false;
};

// body: an UPDATE without its header. now: Unix seconds.
inline Received receive(Import& import, wire::Bytes body, std::uint32_t now) {
  Received received;
  static_cast<Judgement&>(received) = import.take(body);
  Stored stored = import.flush(now);
  received.limit_warning = stored.limit_warning;
  received.unblock = stored.unblock;
  if (stored.reset) received.reset = std::move(stored.reset);
  return received;
}

}  // namespace tern::pipeline
