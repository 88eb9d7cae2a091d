// The words that policies give as the reason of a reject, as values of Reason beside the named
// values.
//
// A word that is the name of a Reason is that Reason. Any other word gets the next free value. The
// table has kReasonWords values, because each word is a series of metrics for every neighbor; when
// all values are taken, a new word is Reason::Other. No word is ever removed. Any thread may call
// any function at any time.
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "rib/types/reason.h"

namespace tern::rib {

class ReasonWords {
 public:
  ReasonWords() = default;
  ~ReasonWords();
  ReasonWords(const ReasonWords&) = delete;
  ReasonWords& operator=(const ReasonWords&) = delete;

  // Adds a new word. The search is linear: the caller remembers the result.
  [[nodiscard]] Reason intern(std::string_view word);
  // Whether the word has a value of its own, or intern() would give it one now.
  [[nodiscard]] bool counts_apart(std::string_view word) const;
  // The name of the reason in tables, JSON and metrics.
  [[nodiscard]] std::string_view name(Reason reason) const;

 private:
  // intern() writes a word before it publishes the pointer (release); readers load the pointer with
  // acquire.
  std::array<std::atomic<const std::string*>, kReasonWords> words_{};
};

}  // namespace tern::rib
