// Evaluates a chain of programs for one route.

#include <algorithm>
#include <cassert>

#include "policy/program.h"
#include "policy/vrp_table.h"

namespace tern::policy {
namespace {

bool reads_peer(const Condition& condition) {
  const auto* const address = std::get_if<AddressIn>(&condition);
  return std::holds_alternative<PeerIn>(condition) || std::holds_alternative<GroupIn>(condition) ||
         (address != nullptr && address->what == AddressIn::What::Peer);
}

bool reads_cost(const Actions& actions) {
  const auto is_cost = [](const std::optional<SetNumber>& set) {
    return set && set->op == SetNumber::Op::EgressCost;
  };
  return is_cost(actions.med) || is_cost(actions.aigp);
}

}  // namespace

Program::Program(std::string name, std::vector<Term> terms)
    : name_(std::move(name)), terms_(std::move(terms)) {
  for (Term& term : terms_) {
    reads_peer_ = reads_peer_ || term.actions.next_hop_self;
    reads_cost_ = reads_cost_ || policy::reads_cost(term.actions);
    sets_next_hop_ = sets_next_hop_ || term.actions.next_hop || term.actions.next_hop_self;
    const std::string& word = term.reject_reason;
    if (!word.empty() && std::ranges::find(reject_reasons_, word) == reject_reasons_.end()) {
      reject_reasons_.push_back(word);
    }
    for (Condition& condition : term.conditions) {
      if (auto* const asks = std::get_if<PrefixIn>(&condition)) number(*asks);
      reads_peer_ = reads_peer_ || policy::reads_peer(condition);
      reads_rpki_ = reads_rpki_ || std::holds_alternative<RpkiIs>(condition);
    }
  }
}

// Terms that name the same sets ask one question.
void Program::number(PrefixIn& condition) {
  const auto known = std::ranges::find_if(questions_, [&](const PrefixIn& question) {
    return question.refs.sets == condition.refs.sets;  // the same objects
  });
  condition.question = static_cast<std::size_t>(known - questions_.begin());
  if (known == questions_.end()) questions_.push_back(condition);
}

bool Term::matches(const View& view) const {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&view](const Condition& condition) { return holds(condition, view); });
}

Chain::Chain(std::vector<std::shared_ptr<const Program>> programs)
    : programs_(std::move(programs)) {
  assert(std::find(programs_.begin(), programs_.end(), nullptr) == programs_.end());
  for (const auto& program : programs_) {
    questions_ += program->questions().size();
    reads_rpki_ = reads_rpki_ || program->reads_rpki();
    reads_cost_ = reads_cost_ || program->reads_cost();
    sets_next_hop_ = sets_next_hop_ || program->sets_next_hop();
  }
}

Answers Chain::ask_all(const Asked& asked) const {
  Answers answers;
  answers.origin = asked.brought;
  if (asked.vrps != nullptr) answers.origin = asked.vrps->validate(asked.prefix, asked.origin);
  std::size_t number = 0;
  for (const auto& program : programs_) {
    for (const PrefixIn& question : program->questions()) {
      if (number == Answers::kMost) return answers;
      answers.yes |= std::uint64_t{question.contains(asked.prefix)} << number++;
    }
  }
  return answers;
}

bool Chain::reads_peer() const {
  return std::any_of(programs_.begin(), programs_.end(),
                     [](const auto& program) { return program->reads_peer(); });
}

std::vector<std::string_view> Chain::reject_reasons() const {
  std::vector<std::string_view> words;
  for (const auto& program : programs_) {
    words.insert(words.end(), program->reject_reasons().begin(), program->reject_reasons().end());
  }
  return words;
}

Verdict Chain::evaluate(const Route& route, const Answers& answers, const PeerFacts& peer,
                        PathAttributes& attributes) const {
  View view{route, peer, attributes, answers};
  for (const auto& program : programs_) {
    for (const Term& term : program->terms()) {
      if (!term.matches(view)) continue;
      if (term.then == TermSource::Then::Reject) {
        return {false, Reason::Policy, program->name(), term.name, term.reject_reason};
      }
      apply(term.actions, route, peer, attributes);
      if (term.then == TermSource::Then::Accept) {
        return {true, Reason::None, program->name(), term.name, {}};
      }
    }
    view.first_question += program->questions().size();
  }
  return {false, Reason::PolicyDefault, {}, {}, {}};
}

bool operator==(const Chain& a, const Chain& b) {
  return std::equal(
      a.programs_.begin(), a.programs_.end(), b.programs_.begin(), b.programs_.end(),
      [](const auto& one, const auto& other) { return PolicySet::same(*one, *other); });
}

std::shared_ptr<const Program> PolicySet::find(std::string_view name) const {
  const auto place = std::lower_bound(
      programs_.begin(), programs_.end(), name,
      [](const auto& program, std::string_view wanted) { return program->name() < wanted; });
  if (place == programs_.end() || (*place)->name() != name) return nullptr;
  return *place;
}

std::vector<std::string> PolicySet::names() const {
  std::vector<std::string> names;
  names.reserve(programs_.size());
  for (const auto& program : programs_) names.push_back(program->name());
  return names;
}

bool PolicySet::same(const Program& a, const Program& b) { return &a == &b || a == b; }

void PolicySet::share_with(const PolicySet& running) {
  for (auto& program : programs_) {
    auto old = running.find(program->name());
    if (old != nullptr && same(*old, *program)) program = std::move(old);
  }
}

void PolicySet::leave_out(const PolicySet& other) {
  std::erase_if(programs_,
                [&](const auto& program) { return other.find(program->name()) == program; });
}

void PolicySet::drop_unused() {
  std::erase_if(programs_, [](const auto& program) { return program.use_count() == 1; });
}

}  // namespace tern::policy
