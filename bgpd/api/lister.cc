#include "bgpd/api/lister.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tern::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNice = 10;
constexpr int kShare = 16;  // a rest is so many times as long as the task
constexpr Clock::duration kLongestRest = std::chrono::milliseconds(100);

}  // namespace

Lister::Lister() {
  thread_.post([] {
    // On Linux a thread has a niceness of its own.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  });
}

void Lister::post(std::function<void()> work) {
  thread_.post([this, work = std::move(work)] {
    const Clock::time_point begin = Clock::now();
    work();
    if (rests_) thread_.rest(std::min(kShare * (Clock::now() - begin), kLongestRest));
  });
}

}  // namespace tern::api
