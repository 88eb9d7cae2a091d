#include "rib/base/rcu.h"

#include <urcu/urcu-memb.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "rib/base/signals_blocked.h"

#if defined(__SANITIZE_THREAD__)
#define TERN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TERN_TSAN 1
#endif
#endif
#ifdef TERN_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace tern::rib::rcu {
namespace {

// liburcu is not instrumented, and membarrier(2) orders by interrupting: the thread sanitizer sees
// neither. These functions show it the order, and do nothing without it.
void released([[maybe_unused]] void* at) {
#ifdef TERN_TSAN
  __tsan_release(at);
#endif
}
void acquired([[maybe_unused]] void* at) {
#ifdef TERN_TSAN
  __tsan_acquire(at);
#endif
}

char sections_ended;  // a name for the sanitizer

struct Registered {
  Registered() { ::urcu_memb_register_thread(); }
  ~Registered() { ::urcu_memb_unregister_thread(); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
};

constinit thread_local bool registered = false;

[[gnu::noinline]] void register_thread() {
  thread_local const Registered registration;
  registered = true;
}

// liburcu's thread would otherwise inherit the signal mask of the first caller.
bool start_thread() {
  const SignalsBlocked while_it_starts;
  return ::urcu_memb_get_default_call_rcu_data() != nullptr;
}

}  // namespace

Section::Section() {
  if (!registered) register_thread();
  ::urcu_memb_read_lock();
}

Section::~Section() {
  released(&sections_ended);
  ::urcu_memb_read_unlock();
}

struct DeferredAccess {
  static rcu_head* head(Deferred& what) { return new (what.head_.data()) rcu_head{}; }
  static void call(rcu_head* head) {
    static_assert(sizeof(rcu_head) <= sizeof(Deferred::head_));
    static_assert(alignof(rcu_head) <= alignof(Deferred));
    static_assert(offsetof(Deferred, head_) == 0);
    auto& what = *reinterpret_cast<Deferred*>(head);
    acquired(&what);
    acquired(&sections_ended);
    what.then_(what);  // may delete it
  }
};

void defer(Deferred& what, Deferred::Then then) {
  [[maybe_unused]] static const bool started = start_thread();
  if (!registered) register_thread();  // call_rcu() requires it
  what.then_ = then;
  rcu_head* const head = DeferredAccess::head(what);
  released(&what);
  ::urcu_memb_call_rcu(head, &DeferredAccess::call);
}

namespace {

// Held by the thread that waits and by the thread that calls, because either may finish first.
struct Marker : Deferred {
  std::atomic<bool> reached{false};
  std::shared_ptr<Marker> self;
};

}  // namespace

// liburcu has one thread for all calls, which makes them in the order in which they were deferred.
// (Its own urcu_memb_barrier() does the same, but the thread sanitizer reports it.)
void wait_for_deferred() {
  const auto marker = std::make_shared<Marker>();
  marker->self = marker;
  defer(*marker, [](Deferred& what) {
    const std::shared_ptr<Marker> mark = std::move(static_cast<Marker&>(what).self);
    mark->reached.store(true, std::memory_order_release);
    mark->reached.notify_one();
  });
  marker->reached.wait(false, std::memory_order_acquire);
}

}  // namespace tern::rib::rcu
