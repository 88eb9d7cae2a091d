#include "bgpd/baseline/usual_collector.h"

#include <algorithm>
#include <utility>

namespace tern::baseline {

void UsualCollector::look(const PrefixBook& book, const policy::RegistrationTable* registrations,
                          std::uint64_t steady) {
  if (registrations == nullptr || !registrations->reads_usual()) return clear();
  if (next_ == 0 && steady < due_) return;
  if (next_ == 0) due_ = steady + kPassEvery;
  const std::size_t end = std::min(book.end(), next_ + kLooked);
  for (; next_ < end; ++next_) {
    const Record* const of = book.at(next_);
    if (of == nullptr || !of->ripe()) continue;
    const auto* const entry = registrations->find(of->prefix);
    if (entry == nullptr || !policy::reads_usual(entry->actions)) continue;
    found_.push_back(usual_of(*of, book.rules().longer_by));
  }
  if (next_ < book.end()) return;
  next_ = 0;
  publish(std::exchange(found_, {}));
}

void UsualCollector::clear() {
  next_ = 0;
  due_ = 0;
  found_ = {};
  publish({});
}

void UsualCollector::publish(std::vector<policy::UsualPath> found) {
  if (found.empty() && published_ == nullptr) return;
  auto paths =
      found.empty() ? nullptr : std::make_shared<const policy::UsualPaths>(std::move(found));
  static const policy::UsualPaths kNone;
  auto changed = policy::UsualPaths::difference(published_ == nullptr ? kNone : *published_,
                                                paths == nullptr ? kNone : *paths);
  if (changed.empty()) return;
  published_ = std::move(paths);
  sink_(published_, std::move(changed));
}

}  // namespace tern::baseline
