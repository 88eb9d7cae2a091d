#include "rib/reason_words.h"

#include <memory>

namespace tern::rib {

ReasonWords::~ReasonWords() {
  for (const auto& word : words_) delete word.load(std::memory_order_relaxed);
}

Reason ReasonWords::intern(std::string_view word) {
  if (const auto named = reason_of(word)) return *named;
  std::unique_ptr<const std::string> made;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::string* present = words_[i].load(std::memory_order_acquire);
    if (present == nullptr) {
      if (!made) made = std::make_unique<const std::string>(word);
      if (words_[i].compare_exchange_strong(present, made.get(), std::memory_order_acq_rel)) {
        present = made.release();
      }
    }
    if (*present == word) return static_cast<Reason>(kReasonCount + i);
  }
  return Reason::Other;
}

bool ReasonWords::counts_apart(std::string_view word) const {
  if (reason_of(word)) return false;
  for (const auto& slot : words_) {
    const std::string* present = slot.load(std::memory_order_acquire);
    if (present == nullptr || *present == word) return true;
  }
  return false;
}

std::string_view ReasonWords::name(Reason reason) const {
  const auto number = static_cast<std::size_t>(reason);
  if (number < kReasonCount) return to_string(reason);
  const std::string* word = words_[number - kReasonCount].load(std::memory_order_acquire);
  return word == nullptr ? to_string(Reason::Other) : std::string_view(*word);
}

}  // namespace tern::rib
