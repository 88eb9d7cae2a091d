// One compiled policy: its terms in order, with every name resolved.
#pragma once

#include <string>
#include <vector>

#include "policy/actions.h"
#include "policy/conditions.h"

namespace tern::policy {

struct Term {
  std::string name;                   // as shown: its own, or "#3"
  std::vector<Condition> conditions;  // the cheap ones first
  Actions actions;
  TermSource::Then then = TermSource::Then::Continue;
  std::string reject_reason;

  [[nodiscard]] bool matches(const View& view) const;
  friend bool operator==(const Term&, const Term&) = default;
};

// Immutable once compile() has returned it; shared by all chains that name it.
class Program {
 public:
  Program(std::string name, std::vector<Term> terms);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }
  // The questions of the program about a prefix, each once.
  [[nodiscard]] const std::vector<PrefixIn>& questions() const { return questions_; }
  [[nodiscard]] bool reads_peer() const { return reads_peer_; }
  [[nodiscard]] bool reads_rpki() const { return reads_rpki_; }
  [[nodiscard]] bool reads_cost() const { return reads_cost_; }
  [[nodiscard]] bool sets_next_hop() const { return sets_next_hop_; }

  // The reject reasons of the terms, each once.
  [[nodiscard]] const std::vector<std::string>& reject_reasons() const { return reject_reasons_; }

  // The other members follow from these.
  friend bool operator==(const Program& a, const Program& b) {
    return a.name_ == b.name_ && a.terms_ == b.terms_;
  }

 private:
  void number(PrefixIn& condition);

  std::string name_;
  std::vector<Term> terms_;
  std::vector<PrefixIn> questions_;
  bool reads_peer_ = false;
  bool reads_rpki_ = false;
  bool reads_cost_ = false;
  bool sets_next_hop_ = false;
  std::vector<std::string> reject_reasons_;
};

}  // namespace tern::policy
