// Read-copy-update, from liburcu (the flavour with membarrier(2)): a thin cover, so that its
// headers stay in one file, and so that the thread sanitizer sees the order.
//
// A thread that removes an object from a shared structure may free it when every reader that could
// have found it is done. Readers read within a Section, which costs them a few nanoseconds and
// never waits. defer() calls back after all sections that were open at its call have ended (a
// "grace period"). Threads are registered with their first section and unregistered at their end.
#pragma once

#include <array>
#include <cstddef>

namespace tern::rib::rcu {

// Lasts from construction to the end of the scope. Sections may nest. A thread in a section must
// not wait for another thread.
class Section {
 public:
  Section();
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
};

// Base class of objects for defer(), with the function to call after the grace period.
class Deferred {
 public:
  using Then = void (*)(Deferred&);

 private:
  friend void defer(Deferred& what, Then then);
  friend struct DeferredAccess;
  alignas(void*) std::array<std::byte, 2 * sizeof(void*)> head_;  // liburcu's struct rcu_head
  Then then_;
};

// Calls then(what) once, on a thread of liburcu's (started with the first call, all signals
// blocked), after a grace period: usually within 20 ms. `what` must exist and keep its address
// until then. Any thread, also inside a section. Does not wait.
void defer(Deferred& what, Deferred::Then then);

// Returns when all calls deferred before, by any thread, are done. Not inside a section. Waits.
void wait_for_deferred();

}  // namespace tern::rib::rcu
