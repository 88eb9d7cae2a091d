// What tests ask about a text, with the text in the message when the answer is not the expected
// one.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace tern::exporter {

[[nodiscard]] inline testing::AssertionResult answer(bool yes, const std::string& text) {
  return (yes ? testing::AssertionSuccess() : testing::AssertionFailure()) << "in: " << text;
}

[[nodiscard]] inline testing::AssertionResult has_text(const std::string& text,
                                                       const std::string& part) {
  return answer(text.find(part) != std::string::npos, text);
}

[[nodiscard]] inline testing::AssertionResult begins_with(const std::string& text,
                                                          const std::string& part) {
  return answer(text.rfind(part, 0) == 0, text);
}

// A whole line of the text, so that "x 1" is not found in "x 10".
[[nodiscard]] inline testing::AssertionResult has_line(const std::string& text,
                                                       const std::string& line) {
  return answer(("\n" + text).find("\n" + line + "\n") != std::string::npos, text);
}

// A line of the family that has the label, written as name="value".
[[nodiscard]] inline testing::AssertionResult has_series(const std::string& text,
                                                         const std::string& family,
                                                         const std::string& label) {
  std::istringstream lines(text);
  bool found = false;
  for (std::string line; !found && std::getline(lines, line);) {
    found = line.rfind(family + "{", 0) == 0 && line.find(label) != std::string::npos;
  }
  return answer(found, text);
}

}  // namespace tern::exporter
