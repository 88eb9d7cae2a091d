// compile(): turns the sources of a configuration into programs, or into the list of all errors.

#include <algorithm>

#include "policy/compiler.h"
#include "rib/types/reason.h"

namespace tern::policy {
namespace {

constexpr std::size_t kLongestReason = 64;  // a label value of metrics and a column of tables

// "bogon", "too-long": one word, safe as a metric label.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kLongestReason &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

bool changes_nothing(const Actions& actions) { return actions == Actions{}; }

}  // namespace

std::vector<std::shared_ptr<const Program>> Compiler::compile() {
  compile_sets();
  std::vector<std::shared_ptr<const Program>> programs;
  DefinedNames names;
  for (std::size_t i = 0; i < sources_.policies.size(); ++i) {
    const PolicySource& source = sources_.policies[i];
    policy_.clear();
    term_ = i;
    // A second policy of the same name is still compiled, to report its errors.
    const bool claimed = claim_name(source.name, "policies", names);
    auto program = compile_policy(source);
    if (claimed) programs.push_back(std::move(program));
  }
  std::sort(programs.begin(), programs.end(),
            [](const auto& a, const auto& b) { return a->name() < b->name(); });
  return programs;
}

std::shared_ptr<const Program> Compiler::compile_policy(const PolicySource& source) {
  policy_ = source.name;
  term_ = 0;
  if (source.terms.empty()) fail("terms", "the policy has no terms");
  std::vector<Term> terms;
  terms.reserve(source.terms.size());
  std::unordered_set<std::string_view> names;  // unnamed terms are named by their number
  for (std::size_t i = 0; i < source.terms.size(); ++i) {
    term_ = i;
    terms.push_back(compile_term(source.terms[i], i));
    const std::string& name = source.terms[i].name;
    const bool repeated = !names.insert(terms.back().name).second && !name.empty();
    if (repeated) fail("name", "a second term with the name '" + name + "'");
  }
  return std::make_shared<const Program>(source.name, std::move(terms));
}

Term Compiler::compile_term(const TermSource& source, std::size_t position) {
  Term term;
  term.name = source.name;
  if (term.name.empty()) term.name.append("#").append(std::to_string(position + 1));
  term.conditions = compile_match(source.match);
  std::stable_sort(term.conditions.begin(), term.conditions.end(),
                   [](const Condition& a, const Condition& b) { return a.index() < b.index(); });
  const std::size_t errors_before = errors_.size();
  term.actions = compile_actions(source.actions);
  term.then = source.then;
  term.reject_reason = source.reject_reason;
  check_ending(source);

  // A term whose actions did not compile may have actions.
  if (errors_.size() != errors_before) return term;
  if (source.then == TermSource::Then::Continue && changes_nothing(term.actions)) {
    fail("then", "the term does nothing: it needs an action, accept or reject");
  }
  if (source.then == TermSource::Then::Reject && !changes_nothing(term.actions)) {
    fail("then", "the actions of a rejecting term have no effect");
  }
  return term;
}

void Compiler::check_ending(const TermSource& source) {
  if (source.reject_reason.empty()) return;
  if (source.then != TermSource::Then::Reject) {
    fail("reject_reason", "only a rejecting term has a reason");
  } else if (!is_word(source.reject_reason)) {
    fail("reject_reason", "'" + source.reject_reason + "' is not a word of up to " +
                              std::to_string(kLongestReason) +
                              " letters, digits, '-', '_' and '.'");
  } else if (source.reject_reason == to_string(Reason::PrefixLimit)) {
    // Import accepts a path with that reason later, when its neighbor is below the prefix limit
    // again (rib/destination.h).
    fail("reject_reason", "'" + source.reject_reason +
                              "' is the reason of routes that a prefix limit blocks: choose "
                              "another word");
  } else if (source.reject_reason == to_string(Reason::Quarantined) ||
             source.reject_reason == to_string(Reason::GuardBlock)) {
    fail("reject_reason", "'" + source.reject_reason +
                              "' is the reason of the guard of registered prefixes: choose another "
                              "word");
  }
}

Result<PolicySet, std::vector<CompileError>> compile(const Sources& sources) {
  Compiler compiler(sources);
  PolicySet set;
  set.programs_ = compiler.compile();
  if (!compiler.errors().empty()) return std::move(compiler.errors());
  return set;
}

}  // namespace tern::policy
