#include "exporter/family_merger.h"

namespace tern::exporter {
namespace {

constexpr std::string_view kHelp = "# HELP ";

// Behind the lines HELP and TYPE.
std::string_view series_of(std::string_view family) {
  family.remove_prefix(family.find('\n') + 1);
  return family.substr(family.find('\n') + 1);
}

}  // namespace

void FamilyMerger::add(std::string_view text) {
  while (!text.empty()) {
    // A line that begins with "# HELP" is no series: names of metrics have no '#'.
    const auto next = text.find("\n# HELP ");
    const std::string_view family = text.substr(0, next == text.npos ? next : next + 1);
    text.remove_prefix(family.size());
    const std::string_view behind = family.substr(kHelp.size());
    const std::string_view name = behind.substr(0, behind.find(' '));
    if (const auto known = positions_.find(name); known != positions_.end()) {
      families_[known->second] += series_of(family);
    } else {
      positions_.emplace(name, families_.size());
      families_.emplace_back(family);
    }
  }
}

std::string FamilyMerger::text() && {
  std::string all;
  for (const std::string& family : families_) all += family;
  return all;
}

}  // namespace tern::exporter
