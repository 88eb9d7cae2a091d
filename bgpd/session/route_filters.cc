#include "bgpd/session/route_filters.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"

namespace tern::session {
namespace {

using policy::FilterCommunities;
using policy::FilterCommunity;
using policy::RouteFilter;
using FilterAction = FilterCommand::Action;

constexpr std::size_t kMostNamed = 8;  // communities of a line of the log

bool contains(const FilterCommunities& all, const FilterCommunity& one) {
  return std::ranges::find(all, one) != all.end();
}

void forget_edit(const FilterCommunity& one, std::vector<FilterEdit>& edits) {
  std::erase_if(edits, [&one](const FilterEdit& edit) { return edit.community == one; });
}

// The communities of `all` that `other` lacks.
std::vector<std::string> missing(const FilterCommunities& all, const FilterCommunities& other) {
  std::vector<std::string> texts;
  for (const FilterCommunity& one : all) {
    if (!contains(other, one)) texts.push_back(one.text);
  }
  return texts;
}

// The edits that make `wanted` of `present`. Edits of other communities stay as they are.
std::vector<FilterEdit> edits_for(const FilterCommunities& wanted, const FilterCommunities& present,
                                  const RouteFilter* configured, std::vector<FilterEdit> edits,
                                  const FilterNote& note) {
  const auto is_configured = [configured](const FilterCommunity& one) {
    return configured != nullptr && configured->has(one);
  };
  for (const FilterCommunity& one : wanted) {
    if (contains(present, one)) continue;
    forget_edit(one, edits);
    if (!is_configured(one)) edits.push_back({one, true, note});
  }
  for (const FilterCommunity& one : present) {
    if (contains(wanted, one)) continue;
    forget_edit(one, edits);
    if (is_configured(one)) edits.push_back({one, false, note});
  }
  return edits;
}

// " added 65000:1, 65000:2 and 7 more;"
void append_texts(std::string_view verb, const std::vector<std::string>& texts, std::string& line) {
  if (texts.empty()) return;
  line += ' ' + std::string(verb);
  for (std::size_t i = 0; i < texts.size() && i < kMostNamed; ++i) {
    line += (i == 0 ? " " : ", ") + texts[i];
  }
  if (texts.size() > kMostNamed)
    line += " and " + std::to_string(texts.size() - kMostNamed) + " more";
  line += ';';
}

std::string state_text(const std::optional<FilterCommunities>& present) {
  if (!present) return "no filter";
  if (present->empty()) return "no community, so that no route is advertised";
  return present->size() == 1 ? "1 community" : std::to_string(present->size()) + " communities";
}

void log_change(const std::string& name, const FilterCommand& command,
                const RouteFilters::Changed& done,
                const std::optional<FilterCommunities>& present) {
  std::string line;
  if (command.action == FilterAction::Reset) line += " as configured;";
  append_texts("added", done.added, line);
  append_texts("removed", done.removed, line);
  const std::string& because = command.note.because;
  spdlog::info("route filter of {}:{} {}, by {}{}", name, line, state_text(present),
               command.note.owner, because.empty() ? "" : ", because " + because);
}

}  // namespace

const FilterEdit* FilterEdits::find(const FilterCommunity& community) const {
  const auto found = std::ranges::find(edits, community, &FilterEdit::community);
  return found == edits.end() ? nullptr : &*found;
}

FilterCommunities with_edits(const RouteFilter* configured, const FilterEdits& edits) {
  FilterCommunities all;
  if (configured != nullptr) all = configured->communities();
  for (const FilterEdit& edit : edits.edits) {
    if (!edit.adds) {
      std::erase(all, edit.community);
    } else if (!contains(all, edit.community)) {
      all.push_back(edit.community);
    }
  }
  return all;
}

const FilterEdits* RouteFilters::edits_of(const std::string& address) const {
  const auto found = edited_.find(address);
  return found == edited_.end() ? nullptr : found->second.get();
}

std::size_t RouteFilters::edits() const {
  std::size_t count = 0;
  for (const auto& [address, edits] : edited_) count += edits->edits.size();
  return count;
}

SharedValue<RouteFilter> RouteFilters::in_force(const PeerSettings& settings) const {
  const SharedValue<RouteFilter>& configured = settings.exported.filter;
  if (edited_.empty()) return configured;
  const auto found = edited_.find(to_string(settings.whole_address()));
  if (found == edited_.end()) return configured;
  const auto& [address, edits] = *found;
  Merged& merged = merged_[address];
  if (merged.edits != edits || merged.configured.get() != configured.get()) {
    merged = {configured, edits,
              std::make_shared<const RouteFilter>(with_edits(configured.get(), *edits))};
  }
  return merged.filter;
}

std::optional<FilterCommunities> RouteFilters::present(const std::string& address,
                                                       const RouteFilter* configured) const {
  if (const FilterEdits* const edits = edits_of(address)) return with_edits(configured, *edits);
  if (configured == nullptr) return std::nullopt;
  return configured->communities();
}

Result<FilterCommunities, std::string> RouteFilters::wanted(
    const FilterCommand& command, const std::optional<Communities>& present) {
  if (command.action == FilterAction::Set) return RouteFilter(command.communities).communities();
  if (!present) {
    return std::string(
        "no route filter, so all that policies let pass is advertised; 'ternctl filter set' begins "
        "one");
  }
  Communities all = *present;
  for (const FilterCommunity& one : command.communities) {
    if (command.action == FilterAction::Add) {
      if (!contains(all, one)) all.push_back(one);
    } else if (!contains(*present, one)) {
      return one.text + " is not in the route filter";
    } else {
      std::erase(all, one);
    }
  }
  return all;
}

// Why there is no room for the edits.
std::optional<std::string> RouteFilters::full(const std::string& address,
                                              const FilterEdits& next) const {
  const FilterEdits* const before = edits_of(address);
  const std::size_t size = next.edits.size();
  const std::size_t others = edits() - (before == nullptr ? 0 : before->edits.size());
  const bool grows = before == nullptr || size > before->edits.size();
  const std::string ends = "; 'ternctl filter reset' ends those of a neighbor";
  if (before == nullptr && edited_.size() >= kMostNeighbors) {
    return "the route filters of " + std::to_string(kMostNeighbors) + " neighbors have edits" +
           ends;
  }
  if (grows && size > kMostEditsOfOne) {
    return "a route filter has at most " + std::to_string(kMostEditsOfOne) + " edits" + ends;
  }
  if (grows && others + size > kMostEdits) {
    return "all route filters have at most " + std::to_string(kMostEdits) + " edits" + ends;
  }
  return std::nullopt;
}

Result<RouteFilters::Changed, std::string> RouteFilters::apply(const FilterCommand& command) {
  Peer* const peer = neighbors_.find(command.neighbor);
  const bool resets = command.action == FilterAction::Reset;
  if (peer == nullptr && !resets) return std::string("no such neighbor");
  const RouteFilter* const configured =
      peer == nullptr ? nullptr : peer->settings().exported.filter.get();
  const auto before = present(command.neighbor, configured);
  if (resets) {
    if (edited_.erase(command.neighbor) == 0) return std::string("the route filter has no edits");
    merged_.erase(command.neighbor);
  } else {
    const auto next = wanted(command, before);
    if (!next.ok()) return next.error();
    if (next->size() > RouteFilter::kMost && (!before || next->size() > before->size())) {
      return "a route filter has at most " + std::to_string(RouteFilter::kMost) + " communities";
    }
    const FilterEdits* const old = edits_of(command.neighbor);
    FilterEdits edits{
        command.note,
        edits_for(*next, before.value_or(Communities()), configured,
                  old == nullptr ? std::vector<FilterEdit>() : old->edits, command.note)};
    const bool same = before && missing(*next, *before).empty() && missing(*before, *next).empty();
    if (same) return Changed{};
    if (auto refused = full(command.neighbor, edits)) return *std::move(refused);
    if (configured != nullptr && edits.edits.empty()) {
      edited_.erase(command.neighbor);
      merged_.erase(command.neighbor);
    } else {
      edited_[command.neighbor] = std::make_shared<const FilterEdits>(std::move(edits));
    }
  }
  const auto after = present(command.neighbor, configured);
  const Communities none;
  const Changed done{missing(after.value_or(none), before.value_or(none)),
                     missing(before.value_or(none), after.value_or(none)), true};
  log_change(peer == nullptr ? command.neighbor : peer->settings().name, command, done, after);
  if (peer != nullptr) peer->route_filter_changed();
  if (on_change_) on_change_();
  return done;
}

void RouteFilters::restore(std::map<std::string, FilterEdits> edited) {
  for (auto& [address, edits] : edited) {
    edited_[address] = std::make_shared<const FilterEdits>(std::move(edits));
  }
  if (edited_.empty()) return;
  spdlog::info("the route filters of {} neighbors have edits of earlier commands", edited_.size());
}

}  // namespace tern::session
