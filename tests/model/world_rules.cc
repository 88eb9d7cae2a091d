// The rules that the sessions have: policies, prefix sets, summaries, next hops and costs as they
// change, and the decision.
#include <algorithm>
#include <cassert>
#include <utility>

#include "bgpd/pipeline/pricing.h"
#include "tests/model/naive_guard.h"
#include "tests/model/sessions.h"
#include "tests/model/world.h"

namespace tern::model {
void World::decide_by(std::uint32_t bits) {
  naive_.always_compare_med = bits % 2 == 1;
  naive_.egress_position = static_cast<int>(bits / 2 % 3);
  shards_.set_config({naive_.always_compare_med, static_cast<rib::EgressPosition>(bits / 2 % 3)});
  ranking_all_.emplace(shards_.size());
  forget_what_lasts();
}

void World::set_import(PeerSlot slot, int policy) {
  naive_.policies[slot].import = policy;
  apply_rules(slot, true, false);
}

void World::set_export(PeerSlot slot, int policy) {
  naive_.policies[slot].export_ = policy;
  apply_rules(slot, false, true);
}

void World::change_drain(PeerSlot slot) {
  naive_.policies[slot].drained = !naive_.policies[slot].drained;
  apply_rules(slot, true, true);
}

// Like session::Aggregates::suppress().
void World::change_summary(std::uint32_t a) {
  const Prefix& prefix = prefixes()[a % prefixes().size()];
  std::vector<Prefix>& summaries = naive_.summaries;
  if (std::erase(summaries, prefix) == 0) summaries.push_back(prefix);
  std::ranges::sort(summaries);
  advertisers_->set_summaries(summaries);
  for (const Nlri& nlri : destinations()) {
    const auto found = shards_.find(nlri);
    if (found && prefix.covers(nlri.prefix) && shards_.destination(*found).accepted > 0) {
      shards_[found->shard].note_changed(found->id);
    }
  }
  for (const auto& [slot, session] : sessions_) session->new_rules = true;
}

// Without a walk, like a reload.
void World::set_default_route(const Operation& operation) {
  Policies& policies = naive_.policies[operation.slot];
  policies.default_route = static_cast<int>(operation.a % kDefaultRoutes);
  Session* const changed = session(operation.slot);
  if (changed == nullptr) return;
  advertisers_->set_rules(operation.slot, export_rules(changed->client, policies, naive_.network),
                          false);
  changed->new_rules = true;
}

// Like a reload: evaluates only routes again that the change of the set touches.
void World::change_set(const Operation& operation) {
  const PeerSlot slot = operation.slot;
  const bool imports = operation.kind == OperationKind::ImportSet;
  Policies& policies = naive_.policies[slot];
  const Policies before = policies;
  PrefixBits& set = imports ? policies.import_set : policies.export_set;
  set ^= PrefixBits{1} << operation.a % prefixes().size();
  if (operation.b % 3 == 0) set ^= kMiddleBit;
  if (operation.b % 5 == 0) set ^= PrefixBits{1} << operation.b % prefixes().size();
  Session* const changed = session(slot);
  if (changed == nullptr) return;
  const Client& client = changed->client;
  policy::ChangeFinder finder;
  policy::ChainChange change;
  if (imports) {
    pipeline::ImportRules rules = import_rules_of(client, policies);
    change = finder.between(import_rules_of(client, before).policies, rules.policies);
    if (!change.any()) return;
    store_all_parts();
    changed->import.set_rules(std::move(rules));
    obey(slot, changed->import.check_limits());
  } else {
    const pipeline::ExportRules rules = export_rules(client, policies, naive_.network);
    change = finder.between(export_rules(client, before, naive_.network).policies, rules.policies);
    if (!change.any()) return;
    advertisers_->set_rules(slot, rules, false);
    changed->new_rules = true;
  }
  assert(!change.everything);
  for (const auto& program : change.programs) {
    changed_sets_.push_back({program, slot, imports,
                             std::vector<pipeline::RangeWalk>(shards_.size()),
                             std::vector<bool>(shards_.size())});
  }
}

pipeline::ImportRules World::import_rules_of(const Client& client, const Policies& policies) const {
  pipeline::ImportRules rules = import_rules(client, policies, naive_.network, next_hops_);
  rules.registrations = registration_table(naive_.registrations);
  return rules;
}

// Judges only routes again that the change covers, like Speaker::set_registrations().
void World::set_registrations(int number) {
  const auto& before = registration_table(std::exchange(naive_.registrations, number));
  const auto& now = registration_table(number);
  const policy::RegistrationTable none;
  const auto change = policy::PrefixChange::of(policy::RegistrationTable::difference(
      before == nullptr ? none : *before, now == nullptr ? none : *now));
  store_all_parts();
  for (const auto& [slot, changed] : sessions_) {
    changed->import.set_rules(import_rules_of(changed->client, naive_.policies[slot]));
    obey(slot, changed->import.check_limits());
    changed_sets_.push_back({change, slot, true, std::vector<pipeline::RangeWalk>(shards_.size()),
                             std::vector<bool>(shards_.size())});
  }
}

void World::set_vantage(PeerSlot slot, int pop) {
  Session* const changed = session(slot);
  if (changed == nullptr) return;
  naive_.up[slot].vantage = clients_[slot - 1].vantage = changed->client.vantage = pop;
  apply_rules(slot, false, true);
}

// live: the costs move while all runs, as by session::Costs; else by a reload.
void World::set_network(int number, bool live) {
  naive_.network = number;
  if (!live) {
    for (const auto& each : sessions_) apply_rules(each.first, true, true);
    return;
  }
  store_all_parts();
  for (const auto& [slot, changed] : sessions_) {
    const Policies& policies = naive_.policies[slot];
    changed->import.set_rules(import_rules_of(changed->client, policies));
    advertisers_->set_rules(slot, export_rules(changed->client, policies, number), false);
    changed->new_rules = true;
  }
  pipeline::Pricing pricing;
  rib::ClientSet starved;
  for_each_destination(shards_, [&](rib::Rib& rib, rib::DestId id) {
    if (pricing.price(rib, id, every_pair(), *costs_of(number), starved).touched) {
      rib.note_changed(id);
    }
  });
}

void World::apply_rules(PeerSlot slot, bool import, bool exported) {
  Session* const changed = session(slot);
  if (changed == nullptr) return;
  const Policies& policies = naive_.policies[slot];
  if (exported) {
    advertisers_->set_rules(slot, export_rules(changed->client, policies, naive_.network));
    changed->new_rules = true;
  }
  if (!import) return;
  store_all_parts();
  changed->import.set_rules(import_rules_of(changed->client, policies));
  obey(slot, changed->import.check_limits());
  reevaluating_.insert_or_assign(slot, Round(shards_.size()));
}

}  // namespace tern::model
