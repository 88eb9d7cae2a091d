#include "bgpd/session/conditions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/contribution.h"
#include "bgpd/session/interfaces.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"

namespace tern::session {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;  // nanoseconds

// With `any` a requirement that holds decides, else a requirement that fails. Without such a
// requirement, an unknown one leaves the condition undecided.
std::optional<bool> joined(const std::vector<ConditionStatus::Found>& all, bool any) {
  const auto has = [&](std::optional<bool> holds) {
    return std::ranges::find(all, holds, &ConditionStatus::Found::holds) != all.end();
  };
  if (has(any)) return any;
  if (has(std::nullopt)) return std::nullopt;
  return !any;
}

// Whether a neighbor has an accepted path of the destination. slots: of the neighbors that count;
// null: all.
std::shared_ptr<const RouteWatch::Filter> from_neighbors(
    std::shared_ptr<const rib::ClientSet> slots) {
  return std::make_shared<const RouteWatch::Filter>(
      [slots = std::move(slots)](const rib::Rib& rib, rib::DestId id) {
        return pipeline::has_route_of_neighbor(rib, id, slots.get());
      });
}

std::string route_text(const RouteQuestion& question) {
  std::string text = question.covered ? "a route in " : "a route to ";
  text += question.prefix.to_string();
  return question.group.empty() ? text : text + " from group " + question.group;
}

}  // namespace

std::string reason_text(const ConditionStatus& status) {
  std::string text;
  for (const ConditionStatus::Found& found : status.requirements) {
    if (found.holds != status.holds) continue;
    text += (text.empty() ? "" : "; ") + found.text;
  }
  return text;
}

Conditions::Conditions(Loop& loop, engine::Engine& engine, const Neighbors& neighbors,
                       const bool& pop_drained,
                       const std::shared_ptr<pipeline::NextHopFinder>& next_hops, Changed changed)
    : loop_(loop),
      engine_(engine),
      neighbors_(neighbors),
      pop_drained_(pop_drained),
      next_hops_(next_hops),
      changed_(std::move(changed)) {}

void Conditions::apply(const std::vector<ConditionSettings>& settings) {
  std::map<std::string, Condition> all;
  std::map<RouteQuestion, std::unique_ptr<RouteWatch>> watches;
  for (const ConditionSettings& one : settings) {
    const auto known = conditions_.find(one.name);
    Condition& condition = all[one.name];
    if (known != conditions_.end()) {
      condition = std::move(known->second);
      const ConditionSettings& before = condition.settings;
      if (before.any != one.any || before.requirements != one.requirements) {
        condition.state.begin_anew();
      }
    }
    condition.settings = one;
    for (const Requirement& requirement : one.requirements) {
      if (requirement.kind != Requirement::Kind::Route) continue;
      std::unique_ptr<RouteWatch>& watch = watches[requirement.route];
      if (watch != nullptr) continue;
      const auto old = watches_.find(requirement.route);
      if (old != watches_.end()) {
        watch = std::move(old->second);
        watch->begin_anew();
      } else {
        using Scope = RouteWatch::Scope;
        watch =
            std::make_unique<RouteWatch>(loop_, engine_, requirement.route.prefix,
                                         requirement.route.covered ? Scope::Covered : Scope::Exact,
                                         [this] { evaluate_later(); });
      }
    }
  }
  conditions_ = std::move(all);
  watches_ = std::move(watches);
  evaluate(true);
  look_at_routes();
}

void Conditions::look() {
  evaluate(false);
  look_at_routes();
}

void Conditions::look_at_routes() {
  std::optional<std::map<std::string, std::shared_ptr<rib::ClientSet>>> groups;
  for (const auto& [question, watch] : watches_) {
    if (watch->rests()) continue;
    std::shared_ptr<const rib::ClientSet> from;
    if (!question.group.empty()) {
      if (!groups) groups = slots_by_group();
      const auto found = groups->find(question.group);
      from = found != groups->end() ? found->second : std::make_shared<const rib::ClientSet>();
    }
    watch->look(from_neighbors(std::move(from)));
  }
}

std::map<std::string, std::shared_ptr<rib::ClientSet>> Conditions::slots_by_group() const {
  std::map<std::string, std::shared_ptr<rib::ClientSet>> groups;
  for (const Peer* peer : neighbors_.members()) {
    if (peer->settings().group.empty()) continue;
    std::shared_ptr<rib::ClientSet>& slots = groups[peer->settings().group];
    if (slots == nullptr) slots = std::make_shared<rib::ClientSet>();
    slots->insert(peer->slot());
  }
  return groups;
}

// Once for all watches that answer in a turn.
void Conditions::evaluate_later() {
  if (std::exchange(evaluate_posted_, true)) return;
  loop_.post([this] {
    evaluate_posted_ = false;
    evaluate(false);
  });
}

// quietly: without changed() for conditions that had no state.
void Conditions::evaluate(bool quietly) {
  const std::uint64_t now = steady_nanoseconds();
  std::set<std::string> changed;
  Facts facts;
  for (auto& [name, condition] : conditions_) {
    condition.found.clear();
    for (const Requirement& requirement : condition.settings.requirements) {
      condition.found.push_back(find(requirement, facts));
    }
    const auto found = joined(condition.found, condition.settings.any);
    const bool is_new = !condition.state.holds();
    if (!found || !condition.state.look(*found, now, condition.settings.times)) continue;
    condition.since = unix_seconds();
    condition.changes += is_new ? 0 : 1;
    log(condition);
    if (!is_new || !quietly) changed.insert(name);
  }
  if (!changed.empty()) changed_(changed);
}

void Conditions::log(const Condition& condition) const {
  const ConditionStatus status = this->status(condition);
  if (*status.holds) {
    spdlog::info("condition {} holds: {}", status.name, reason_text(status));
  } else {
    spdlog::warn("condition {} does not hold: {}", status.name, reason_text(status));
  }
}

std::optional<bool> Conditions::holds(const std::string& name) const {
  if (name.empty()) return true;
  const auto found = conditions_.find(name);
  return found == conditions_.end() ? std::nullopt : found->second.state.holds();
}

std::map<std::string, std::size_t> Conditions::established_by_group() const {
  std::map<std::string, std::size_t> established;
  for (const Peer* peer : neighbors_.members()) {
    if (peer->established() && !peer->settings().group.empty()) {
      ++established[peer->settings().group];
    }
  }
  return established;
}

ConditionStatus::Found Conditions::find(const Requirement& requirement, Facts& facts) const {
  switch (requirement.kind) {
    case Requirement::Kind::PopDrained:
      return {pop_drained_ ? "the PoP is drained" : "the PoP is not drained",
              pop_drained_ == requirement.drained};
    case Requirement::Kind::Sessions: {
      if (!facts.established) facts.established = established_by_group();
      const auto of_group = facts.established->find(requirement.group);
      const std::size_t up = of_group == facts.established->end() ? 0 : of_group->second;
      return {std::to_string(up) + " sessions of group " + requirement.group +
                  " are Established, " + std::to_string(requirement.at_least) + " wanted",
              up >= requirement.at_least};
    }
    case Requirement::Kind::Interface: {
      const auto [known, is_new] = facts.up.try_emplace(requirement.interface);
      if (is_new) known->second = interface_is_up(requirement.interface);
      const bool up = known->second;
      return {"interface " + requirement.interface + (up ? " is up" : " is not up"), up};
    }
    case Requirement::Kind::NextHop: {
      const bool resolved =
          next_hops_ == nullptr || next_hops_->find(requirement.next_hop, kOwnSlot).resolved;
      return {"next hop " + requirement.next_hop.to_string() +
                  (resolved ? " is resolved" : " is not resolved"),
              resolved};
    }
    case Requirement::Kind::Route:
      break;
  }
  const RouteWatch& watch = *watches_.at(requirement.route);
  const std::string text = route_text(requirement.route);
  if (!watch.present()) return {"whether there is " + text + " is not known yet", std::nullopt};
  if (!*watch.present()) return {"there is no " + text.substr(2), false};
  std::string there = "there is " + text;
  if (requirement.route.covered) there += ": " + watch.found()->to_string();
  return {there, true};
}

ConditionStatus Conditions::status(const Condition& condition) const {
  ConditionStatus status;
  status.name = condition.settings.name;
  status.any = condition.settings.any;
  status.holds = condition.state.holds();
  status.since = condition.since;
  status.changes = condition.changes;
  const std::uint64_t now = steady_nanoseconds();
  if (const std::uint64_t at = condition.state.changes_at(); at > now) {
    status.changes_in = static_cast<std::uint32_t>((at - now + kSecond - 1) / kSecond);
  }
  status.requirements = condition.found;
  return status;
}

std::vector<ConditionStatus> Conditions::list() const {
  std::vector<ConditionStatus> all;
  for (const auto& [name, condition] : conditions_) all.push_back(status(condition));
  return all;
}

}  // namespace tern::session
