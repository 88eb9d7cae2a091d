#include "bgpd/daemon/kept_drains.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "bgpd/session/speaker.h"
#include "rib/types/one_line.h"
#include "rib/types/peer.h"

namespace tern::daemon {
namespace {

// The longest line has the cost of a link-local neighbor. A neighbor has up to three lines.
static_assert(kMostNeighbors * 3 * std::size_t{80} < KeptDrains::kMostBytes);
constexpr std::size_t kMostAddress = 100;
using session::HealthCause;

// How a line about a rule of health begins.
constexpr std::array kDemoted{
    std::pair{std::string_view("demoted "), HealthCause::Sessions},
    std::pair{std::string_view("demoted-by-rtt "), HealthCause::RoundTrip},
    std::pair{std::string_view("demoted-by-loss "), HealthCause::ProbeLoss}};

// The rule of health, if the line is about one.
bool take_demoted(std::string_view line, session::DrainList& list) {
  for (const auto& [word, cause] : kDemoted) {
    if (!line.starts_with(word)) continue;
    list.demoted[std::string(line.substr(word.size()))].insert(cause);
    return true;
  }
  return false;
}

// Microseconds that a path may cost more.
std::optional<EgressCost> cost_of(std::string_view text) {
  EgressCost cost = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, cost);
  if (error != std::errc{} || stop != end || cost == 0) return std::nullopt;
  if (cost > session::kMostAddedCost) return std::nullopt;
  return cost;
}

// "192.0.2.1 5000": an address, and a cost that its paths have added.
bool take_added(std::string_view text, session::DrainList& list) {
  const std::size_t space = text.rfind(' ');
  if (space == 0 || space == std::string_view::npos) return false;
  const auto cost = cost_of(text.substr(space + 1));
  if (cost) list.added[std::string(text.substr(0, space))] = *cost;
  return cost.has_value();
}

// False: the line is none of to_text().
bool take_line(std::string_view line, session::DrainList& list) {
  constexpr std::string_view kNeighbor = "neighbor ";
  constexpr std::string_view kShutDown = "shut-down ";
  constexpr std::string_view kPopAdded = "pop-added ";
  constexpr std::string_view kAdded = "added ";
  if (line == "pop") {
    list.pop = true;
  } else if (line.starts_with(kNeighbor)) {
    list.drained.emplace_back(line.substr(kNeighbor.size()));
  } else if (line.starts_with(kShutDown)) {
    list.shut_down.emplace_back(line.substr(kShutDown.size()));
  } else if (line.starts_with(kPopAdded)) {
    const auto cost = cost_of(line.substr(kPopAdded.size()));
    if (cost) list.pop_added = *cost;
    return cost.has_value();
  } else if (line.starts_with(kAdded)) {
    return take_added(line.substr(kAdded.size()), list);
  } else {
    return take_demoted(line, list);
  }
  return true;
}

}  // namespace

KeptDrains::KeptDrains(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                       const std::string& configuration)
    : speaker_(speaker), file_(thread, loop, configuration, "drains", "txt", "drains", [this] {
        return [list = kept_] { return to_text(list); };
      }) {}

std::string to_text(const session::DrainList& list) {
  std::string text = "# drained and degraded by ternctl\n";
  if (list.pop) text += "pop\n";
  if (list.pop_added != 0) text += "pop-added " + std::to_string(list.pop_added) + '\n';
  for (const auto& [rule, causes] : list.demoted) {
    for (const auto& [word, cause] : kDemoted) {
      if (causes.contains(cause)) text += std::string(word) + rule + '\n';
    }
  }
  for (const std::string& address : list.drained) text += "neighbor " + address + '\n';
  for (const std::string& address : list.shut_down) text += "shut-down " + address + '\n';
  for (const auto& [address, cost] : list.added) {
    text += "added " + address + ' ' + std::to_string(cost) + '\n';
  }
  return text;
}

BadLines read_drains(std::string_view text, session::DrainList& list) {
  return read_lines(text, [&list](std::string_view line) { return take_line(line, list); });
}

void KeptDrains::read() {
  file_.log(
      read_drains(file_.read(kMostBytes), kept_),
      "'pop', 'neighbor ADDRESS', 'shut-down ADDRESS', 'pop-added MICROSECONDS', 'added "
      "ADDRESS MICROSECONDS', 'demoted RULE', 'demoted-by-rtt RULE' or 'demoted-by-loss RULE'");
  speaker_.restore_pop_drain(kept_.pop);
}

void KeptDrains::restore() {
  for (const std::string& address : speaker_.restore_drains(kept_)) {
    spdlog::warn("neighbor {} was drained or degraded and is not configured any more",
                 one_line(address, kMostAddress));
  }
  if (kept_.pop) spdlog::warn("the PoP is still drained; 'ternctl pop undrain' ends the drain");
  if (!kept_.drained.empty()) {
    spdlog::warn("{} neighbors are still drained", kept_.drained.size());
  }
  if (kept_.pop_added != 0) {
    spdlog::warn("the PoP is still degraded; 'ternctl pop restore' ends that");
  }
  if (!kept_.added.empty()) {
    spdlog::warn("{} neighbors are still degraded", kept_.added.size());
  }
  speaker_.on_drains_changed([this] { save_if_changed(); });
  save_if_changed();
}

void KeptDrains::save_if_changed() {
  session::DrainList now = speaker_.drain_list();
  if (now == kept_) return;
  kept_ = std::move(now);
  file_.save();
}

}  // namespace tern::daemon
