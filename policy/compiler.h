// The working state of one compile(): the names that exist, the sets already compiled, the errors
// so far. Internal to policy/; other folders use compile() of policy.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "policy/program.h"
#include "policy/suggest.h"

namespace tern::policy {

template <typename Value>
void sort_unique(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// Names that the configuration defines, each once.
struct DefinedNames {
  std::vector<std::string> in_order;  // of the configuration, for suggestions
  std::unordered_set<std::string> all;
};

// The sets of one kind by name.
template <typename Set>
struct NamedSets {
  std::unordered_map<std::string, std::shared_ptr<const Set>> by_name;
  DefinedNames names;
};

class Compiler {
 public:
  explicit Compiler(const Sources& sources) : sources_(sources) {}

  // Programs of policies with errors must not be used: check errors() first.
  [[nodiscard]] std::vector<std::shared_ptr<const Program>> compile();
  [[nodiscard]] std::vector<CompileError>& errors() { return errors_; }

 private:
  // named_sets.cc
  void compile_sets();
  void compile_prefix_sets();
  void compile_community_sets();
  void compile_as_sets();
  // Adds an error and returns false when the name is empty or defined before.
  bool claim_name(const std::string& name, const std::string& field, DefinedNames& defined);

  // compile.cc
  [[nodiscard]] std::shared_ptr<const Program> compile_policy(const PolicySource& source);
  [[nodiscard]] Term compile_term(const TermSource& source, std::size_t position);
  void check_ending(const TermSource& source);

  // compile_match.cc
  [[nodiscard]] std::vector<Condition> compile_match(const MatchSource& match);
  void match_numbers(const MatchSource& match, std::vector<Condition>& conditions);
  void match_session(const MatchSource& match, std::vector<Condition>& conditions);
  void match_places(const MatchSource& match, std::vector<Condition>& conditions);
  void match_areas(const std::vector<std::string>& names, PlaceKind kind, const char* field,
                   std::vector<Condition>& conditions);
  void match_as_path(const MatchSource& match, std::vector<Condition>& conditions);
  void match_prefixes(const MatchSource& match, std::vector<Condition>& conditions);
  void match_communities(const MatchSource& match, std::vector<Condition>& conditions);
  void check_contradictions(const MatchSource& match);

  // compile_actions.cc
  [[nodiscard]] Actions compile_actions(const ActionSource& source);
  void check_actions(const ActionSource& source);

  // The sets of these names; an unknown name is an error and left out.
  template <typename Set>
  [[nodiscard]] SetRefs<Set> resolve(const std::vector<std::string>& names,
                                     const NamedSets<Set>& known, const std::string& field,
                                     std::string_view kind);

  // Whether the patterns are valid; adds an error for each that is not.
  bool check_range(const PrefixRange& range, const std::string& field, const std::string& start);
  bool check_range(const std::pair<Asn, Asn>& range, const std::string& field,
                   const std::string& start);
  bool check_pattern(const AnyCommunityPattern& pattern, const std::string& field,
                     const std::string& start);

  // Adds an error at the present place; `field` is the member, or the list of Sources.
  void fail(const std::string& field, std::string message);

  const Sources& sources_;
  std::vector<CompileError> errors_;
  NamedSets<PrefixSet> prefix_sets_;
  NamedSets<CommunityMatcher> community_sets_;
  NamedSets<AsSet> as_sets_;
  // The present place, for errors.
  std::string policy_;
  std::size_t term_ = 0;
};

template <typename Set>
SetRefs<Set> Compiler::resolve(const std::vector<std::string>& names, const NamedSets<Set>& known,
                               const std::string& field, std::string_view kind) {
  SetRefs<Set> refs;
  for (const std::string& name : names) {
    const auto place = known.by_name.find(name);
    if (place == known.by_name.end()) {
      fail(field, "unknown " + std::string(kind) + " '" + name + "'" +
                      did_you_mean(name, known.names.in_order));
    } else {
      refs.sets.push_back(place->second);
    }
  }
  return refs;
}

}  // namespace tern::policy
