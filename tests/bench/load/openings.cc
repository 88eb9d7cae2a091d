#include "tests/bench/load/openings.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tern::load {

Openings::Openings() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
Openings::~Openings() { ::close(epoll_); }

std::span<const epoll_event> Openings::ready() {
  const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
  return std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
}

void Openings::established(std::uint32_t session, Nanoseconds time) {
  if (const auto found = began_.find(session); found != began_.end()) {
    taken_.push_back(time - found->second);
    began_.erase(found);
  }
}

std::string Openings::report() {
  std::sort(taken_.begin(), taken_.end());
  const auto at = [this](double share) {
    if (taken_.empty()) return 0.0;
    const auto last = static_cast<double>(taken_.size() - 1);
    return static_cast<double>(taken_[static_cast<std::size_t>(share * last)]) * 1e-3;
  };
  char text[100];
  std::snprintf(text, sizeof text, R"("handshake_p50_us": %.1f, "handshake_p99_us": %.1f)", at(0.5),
                at(0.99));
  return text;
}

}  // namespace tern::load
