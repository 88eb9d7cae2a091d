#include "tests/lab/replay/held_routes.h"

namespace tern::replay {

void HeldRoutes::take(const wire::UpdateMessage& update) {
  ++updates_;
  withdraw(update.withdrawn);
  withdraw(update.mp_unreach.prefixes);
  if (update.treatment >= wire::Treatment::TreatAsWithdraw) {
    withdraw(update.announced);
    withdraw(update.mp_reach.prefixes);
  } else {
    announce(update.announced);
    announce(update.mp_reach.prefixes);
  }
  if (update.end_of_rib) end_of_rib_[index(*update.end_of_rib)] = true;
}

void HeldRoutes::clear() {
  for (auto& prefixes : prefixes_) prefixes.clear();
  end_of_rib_.fill(false);
}

void HeldRoutes::announce(const std::vector<Nlri>& prefixes) {
  announced_ += prefixes.size();
  for (const Nlri& nlri : prefixes) prefixes_[index(nlri.prefix.family())].insert(nlri.prefix);
}

void HeldRoutes::withdraw(const std::vector<Nlri>& prefixes) {
  withdrawn_ += prefixes.size();
  for (const Nlri& nlri : prefixes) prefixes_[index(nlri.prefix.family())].erase(nlri.prefix);
}

}  // namespace tern::replay
