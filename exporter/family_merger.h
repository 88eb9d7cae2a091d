// Joins texts of the exposition format, each of one domain: a family may stand in a page once, with
// the series of all domains. Internal to the exposition.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tern::exporter {

class FamilyMerger {
 public:
  // text: families, each of which begins with its lines HELP and TYPE, as FamilyWriter writes them.
  void add(std::string_view text);
  // All families in the order in which they were first seen.
  [[nodiscard]] std::string text() &&;

 private:
  std::vector<std::string> families_;
  std::map<std::string, std::size_t, std::less<>> positions_;  // in families_, by name
};

}  // namespace tern::exporter
