// The words that policies give as the reason of a reject, as values of Reason beside the named
// ones.
//
// A word that is the name of a Reason is that Reason. Others get the next free value, kReasonWords
// of them in the life of the table, since each is a series of metrics for every neighbor; what
// comes later is Reason::Other. Words are added and never go. Any thread may call anything at any
// time.
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

  // Adds the word where it is new. Looks at all of them: the caller remembers the answer.
  [[nodiscard]] Reason intern(std::string_view word);
  // Whether the word has a value behind the named ones, or would get one now.
  [[nodiscard]] bool counts_apart(std::string_view word) const;
  // As tables, JSON and metrics call the reason.
  [[nodiscard]] std::string_view name(Reason reason) const;

 private:
  // A word is written before its pointer is published (release), and read behind it (acquire).
  std::array<std::atomic<const std::string*>, kReasonWords> words_{};
};

}  // namespace tern::rib
