#include "bgpd/session/moves.h"

#include <spdlog/spdlog.h>

#include <string>

namespace tern::session {
namespace {

std::string exit_name(const policy::Egress& egress, PopId pop) {
  return pop < egress.pop_count() ? egress.pop(pop).name : "an unknown exit";
}

std::string place_name(const policy::Egress& egress, MetroId place) {
  if (place >= egress.places().count()) return "an unknown place";
  if (place >= egress.metro_count()) return egress.places().label(place);
  const policy::MetroSource& metro = egress.metro(place);
  return "metro " + (metro.title.empty() ? metro.name : metro.title);
}

}  // namespace

void Moves::look(rib::Shards& shards, const std::shared_ptr<const policy::Egress>& egress,
                 std::uint64_t now) {
  if (egress_ == nullptr || egress_->places().digest() != egress->places().digest()) {
    // Other numbers: the moves by the old ones are over.
    for (const auto& [move, counted] : under_way_) log(move, counted.prefixes, now);
    under_way_.clear();
    last_.clear();
  }
  egress_ = egress;
  if (const auto left_out = lines_.take_left_out(now)) {
    spdlog::info("egress: {} more lines about moves were left out", left_out);
  }
  for (const auto& [move, prefixes] : shards.take_moves()) {
    Counted& counted = under_way_[move];
    counted.prefixes += prefixes;
    counted.grew = true;
    last_[move.metro] = {move, counted.prefixes, now};
  }
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    auto& [move, counted] = *at;
    const bool grew = counted.grew;
    counted.grew = false;
    if (!grew) log(move, counted.prefixes, now);
    at = grew ? std::next(at) : under_way_.erase(at);
  }
}

void Moves::log(const rib::EgressMove& move, std::uint64_t prefixes, std::uint64_t now) {
  if (move.cause == rib::MoveCause::Routes || !lines_.pass(now)) return;
  spdlog::info("egress: {} prefix{} of {} moved from {} to {}: {}", prefixes,
               prefixes == 1 ? "" : "es", place_name(*egress_, move.metro),
               exit_name(*egress_, move.from), exit_name(*egress_, move.to),
               rib::to_string(move.cause));
}

const Moves::Last* Moves::last(MetroId metro) const {
  const auto found = last_.find(metro);
  return found == last_.end() ? nullptr : &found->second;
}

}  // namespace tern::session
