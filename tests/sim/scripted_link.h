// A ScriptedLink is a Link whose owner writes whole messages, which wait in a queue until the
// socket takes them.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "tests/sim/link.h"

namespace tern::sim {

class ScriptedLink : public Link {
 public:
  using Link::Link;

  // The socket took all messages.
  [[nodiscard]] bool sent_all() const { return to_send_.empty() && waiting() == 0; }

 protected:
  void queue(std::vector<std::byte> message) {
    to_send_.push_back(std::move(message));
    if (writable()) room();
  }
  // The session is over.
  void drop_queue() { to_send_.clear(); }

 private:
  void room() override {
    while (writable() && !to_send_.empty()) {
      const std::vector<std::byte> message = std::move(to_send_.front());
      to_send_.pop_front();
      if (message.empty()) continue;
      keep(std::span(message).subspan(write(message)));
    }
  }

  std::deque<std::vector<std::byte>> to_send_;  // whole messages
};

}  // namespace tern::sim
