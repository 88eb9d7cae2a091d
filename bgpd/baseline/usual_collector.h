// Collects what the book has learnt of registered prefixes, for the guard (policy/usual_paths.h).
// Used by tern-event; time is an argument. Internal to bgpd/baseline.
//
// A pass looks at all records, a bounded number of them in each look(). So changes of many prefixes
// are published together. A registration that comes while a pass is under way may wait for the next
// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bgpd/baseline/prefix_book.h"
#include "policy/registrations.h"
#include "policy/usual_paths.h"

namespace tern::baseline {

class UsualCollector {
 public:
  static constexpr std::size_t kLooked = 16'384;  // records of one look()
  // Nanoseconds from the beginning of a pass to that of the next one, or more.
  static constexpr std::uint64_t kPassEvery = 10'000'000'000U;

  // The usual paths, null where there are none, and the prefixes that differ from those before.
  using Sink = std::function<void(std::shared_ptr<const policy::UsualPaths>,
                                  std::vector<policy::PrefixRange>)>;

  explicit UsualCollector(Sink sink) : sink_(std::move(sink)) {}

  // Several times a second. registrations: null where there are none.
  void look(const PrefixBook& book, const policy::RegistrationTable* registrations,
            std::uint64_t steady);
  // The baseline learns no more: no path is usual.
  void clear();

 private:
  void publish(std::vector<policy::UsualPath> found);

  const Sink sink_;
  std::shared_ptr<const policy::UsualPaths> published_;  // null: none
  std::vector<policy::UsualPath> found_;                 // by the pass under way
  std::size_t next_ = 0;                                 // number of the record to go on at
  std::uint64_t due_ = 0;                                // steady nanoseconds; of the next pass
};

}  // namespace tern::baseline
