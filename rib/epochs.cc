#include "rib/epochs.h"

#include <utility>

namespace tern::rib {
namespace {

// Epochs that may be in the table beside the one that begins: ages have eight bits, and refreshes
// leave half of them to sessions.
constexpr Epochs::Number kMost = 255;
constexpr Epochs::Number kMostForRefreshes = 128;

}  // namespace

void Epochs::move(Kind from, Kind to) {
  for (const bool blocked : {false, true}) {
    of(to, blocked) += std::exchange(of(from, blocked), 0);
  }
}

// An epoch in which nothing was heard need not end.
bool Epochs::advance(Number most) {
  if (none_heard()) return true;
  const Number oldest = stale() == 0 ? valid_ : oldest_;
  if (age(oldest) >= most) return false;
  ++now_;
  move(Heard, Unheard);
  return true;
}

// What was heard before this epoch is stale.
void Epochs::drop_older() {
  if (stale() == 0) oldest_ = valid_;
  move(Unheard, Stale);
  valid_ = now_;
}

bool Epochs::end_session() {
  if (!advance(kMost)) return false;
  refreshing_ = false;
  drop_older();
  return true;
}

void Epochs::begin_refresh() {
  if (std::exchange(refreshing_, true)) return;
  (void)advance(kMostForRefreshes);
}

void Epochs::end_refresh() {
  if (std::exchange(refreshing_, false)) drop_older();
}

}  // namespace tern::rib
