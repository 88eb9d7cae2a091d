#include "rib/epochs.h"

#include <utility>

namespace tern::rib {
namespace {

// Earlier epochs that may have paths in the table. Refreshes leave half of the tags to sessions.
constexpr Epochs::Epoch kMostEpoch = 255;
constexpr Epochs::Epoch kMostForRefreshes = 128;

}  // namespace

void Epochs::move(Kind from, Kind to) {
  for (const bool blocked : {false, true}) {
    of(to, blocked) += std::exchange(of(from, blocked), 0);
  }
}

// An epoch without a path goes on: no new epoch is needed.
bool Epochs::begin(Epoch most) {
  if (none_heard()) return true;
  const Epoch oldest = expired() == 0 ? valid_ : oldest_;
  if (now_ - oldest >= most) return false;
  ++now_;
  move(Heard, Unheard);
  return true;
}

void Epochs::expire_older() {
  if (expired() == 0) oldest_ = valid_;
  move(Unheard, Expired);
  valid_ = now_;
}

bool Epochs::change(EpochChange change) {
  switch (change) {
    case EpochChange::None:
      return true;
    case EpochChange::Begin:
      return begin(kMostEpoch);
    case EpochChange::BeginIfFew:
      (void)begin(kMostForRefreshes);
      return true;
    case EpochChange::ExpireOlder:
      expire_older();
      return true;
    case EpochChange::ExpireAll:
      if (!begin(kMostEpoch)) return false;
      expire_older();
      return true;
  }
  return true;
}

}  // namespace tern::rib
