// Compiles the sets of a configuration, each once; all policies that name a set share it.

#include <algorithm>

#include "policy/compiler.h"

namespace tern::policy {
namespace {

bool field_possible(const NumberPattern& field, std::uint32_t most) {
  return field.low <= field.high && field.low <= most;
}

bool pattern_possible(const CommunityPattern& pattern) {
  return field_possible(pattern.fields[0], 0xFFFF) && field_possible(pattern.fields[1], 0xFFFF);
}

bool pattern_possible(const ExtendedCommunityPattern& pattern) {
  return pattern.local.low <= pattern.local.high;
}

bool pattern_possible(const LargeCommunityPattern& pattern) {
  return std::all_of(pattern.fields.begin(), pattern.fields.end(),
                     [](const NumberPattern& field) { return field_possible(field, 0xFFFFFFFF); });
}

}  // namespace

void Compiler::compile_sets() {
  compile_prefix_sets();
  compile_community_sets();
  compile_as_sets();
}

bool Compiler::claim_name(const std::string& name, const std::string& field,
                          DefinedNames& defined) {
  if (name.empty()) {
    fail(field, "a name is missing");
    return false;
  }
  if (!defined.all.insert(name).second) {
    fail(field, "'" + name + "' is defined twice");
    return false;
  }
  defined.in_order.push_back(name);
  return true;
}

void Compiler::compile_prefix_sets() {
  for (term_ = 0; term_ < sources_.prefix_sets.size(); ++term_) {
    const PrefixSetSource& source = sources_.prefix_sets[term_];
    const std::string start = "prefix set '" + source.name + "': ";
    std::vector<PrefixRange> possible;
    possible.reserve(source.entries.size());
    for (const PrefixRange& range : source.entries) {
      if (check_range(range, "prefix_sets", start)) {
        possible.push_back(range);
      }
    }
    if (!claim_name(source.name, "prefix_sets", prefix_sets_.names)) continue;
    // A set with errors still exists, so that policies which name it get no error.
    prefix_sets_.by_name[source.name] = std::make_shared<const PrefixSet>(possible);
  }
}

void Compiler::compile_community_sets() {
  for (term_ = 0; term_ < sources_.community_sets.size(); ++term_) {
    const CommunitySetSource& source = sources_.community_sets[term_];
    for (const AnyCommunityPattern& pattern : source.any_of) {
      check_pattern(pattern, "community_sets", "community set '" + source.name + "': ");
    }
    if (!claim_name(source.name, "community_sets", community_sets_.names)) continue;
    community_sets_.by_name[source.name] = std::make_shared<const CommunityMatcher>(source.any_of);
  }
}

void Compiler::compile_as_sets() {
  for (term_ = 0; term_ < sources_.as_sets.size(); ++term_) {
    const AsSetSource& source = sources_.as_sets[term_];
    const std::string start = "AS set '" + source.name + "': ";
    std::vector<std::pair<Asn, Asn>> possible;
    for (const auto& range : source.ranges) {
      if (check_range(range, "as_sets", start)) {
        possible.push_back(range);
      }
    }
    if (!claim_name(source.name, "as_sets", as_sets_.names)) continue;
    as_sets_.by_name[source.name] = std::make_shared<const AsSet>(possible);
  }
}

bool Compiler::check_range(const PrefixRange& range, const std::string& field,
                           const std::string& start) {
  const int bits = range.prefix.address().bits();
  if (range.prefix.length() <= range.ge && range.ge <= range.le && range.le <= bits) return true;
  const std::string text = start + range.prefix.to_string();
  if (range.ge < range.prefix.length()) {
    fail(field, text + ": ge " + std::to_string(range.ge) + " is below the prefix length");
    return false;
  }
  if (range.le > bits) {
    fail(field, text + ": le " + std::to_string(range.le) + " is above " + std::to_string(bits));
    return false;
  }
  fail(field,
       text + ": ge " + std::to_string(range.ge) + " is above le " + std::to_string(range.le));
  return false;
}

bool Compiler::check_range(const std::pair<Asn, Asn>& range, const std::string& field,
                           const std::string& start) {
  if (range.first <= range.second) return true;
  fail(field, start + "AS " + std::to_string(range.first) + " to " + std::to_string(range.second) +
                  " goes backwards");
  return false;
}

bool Compiler::check_pattern(const AnyCommunityPattern& pattern, const std::string& field,
                             const std::string& start) {
  const bool possible =
      std::visit([](const auto& kind) { return pattern_possible(kind); }, pattern);
  if (!possible) fail(field, start + "a pattern that no community can match");
  return possible;
}

void Compiler::fail(const std::string& field, std::string message) {
  errors_.push_back({policy_, term_, field, std::move(message)});
}

}  // namespace tern::policy
