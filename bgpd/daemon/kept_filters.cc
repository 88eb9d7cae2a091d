#include "bgpd/daemon/kept_filters.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bgpd/session/speaker.h"
#include "conf/scalars.h"
#include "rib/types/decimal.h"

namespace tern::daemon {
namespace {

using policy::RouteFilter;
using session::FilterEdit;
using session::FilterEdits;
using session::FilterNote;
using session::RouteFilters;

// A line has a community, two texts, an address with the name of an interface, and a number.
static_assert((RouteFilter::kMostText + RouteFilters::kMostBecause + RouteFilters::kMostOwner +
               250) *
                  (RouteFilters::kMostEdits + RouteFilters::kMostNeighbors) <
              KeptFilters::kMostBytes);

constexpr std::size_t kMostNamed = 10;  // neighbors of a line of the log

using EditsByAddress = std::map<std::string, FilterEdits>;
using FilterFields = std::array<std::string_view, 6>;

std::string line_text(std::string_view kind, const std::string& address,
                      const std::string& community, const FilterNote& note) {
  return std::string(kind) + '\t' + address + '\t' + field_text(community) + '\t' +
         std::to_string(note.since) + '\t' + field_text(note.owner) + '\t' +
         field_text(note.because) + '\n';
}

std::optional<FilterNote> note_of(const FilterFields& fields) {
  const auto since = parse_decimal<std::uint32_t>(fields[3]);
  if (!since) return std::nullopt;
  return FilterNote{*since, text_of_field(fields[4]).substr(0, RouteFilters::kMostOwner),
                    text_of_field(fields[5]).substr(0, RouteFilters::kMostBecause)};
}

// Of a neighbor whose line `filter` came before. address: in the spelling of the map.
bool take_edit(const FilterFields& fields, const std::string& address, FilterNote note,
               std::size_t& count, EditsByAddress& edited) {
  const auto found = edited.find(address);
  auto community = policy::parse_filter_community(fields[2]);
  const bool adds = fields[0] == "add";
  if (found == edited.end() || !community || (!adds && fields[0] != "remove")) return false;
  FilterEdits& of = found->second;
  if (fields[2].size() > RouteFilter::kMostText || of.find(*community) != nullptr) return false;
  if (of.edits.size() == RouteFilters::kMostEditsOfOne || count == RouteFilters::kMostEdits) {
    return false;
  }
  ++count;
  of.edits.push_back(FilterEdit{*std::move(community), adds, std::move(note)});
  return true;
}

}  // namespace

std::string filters_text(const RouteFilters::Edited& edited) {
  std::string text = "# edits of ternctl filter\n";
  for (const auto& [address, edits] : edited) {
    text += line_text("filter", address, "", edits->last);
    for (const FilterEdit& edit : edits->edits) {
      text += line_text(edit.adds ? "add" : "remove", address, edit.community.text, edit.note);
    }
  }
  return text;
}

BadLines read_filters(std::string_view text, EditsByAddress& edited) {
  std::size_t count = 0;
  return read_lines(text, [&](std::string_view line) {
    const auto fields = fields_of<std::tuple_size_v<FilterFields>>(line);
    if (!fields) return false;
    auto note = note_of(*fields);
    const auto parsed = conf::parse_peer_address((*fields)[1]);
    if (!note || !parsed) return false;
    const std::string address = parsed->to_string();
    if ((*fields)[0] != "filter") {
      return take_edit(*fields, address, *std::move(note), count, edited);
    }
    if (edited.size() == RouteFilters::kMostNeighbors) return false;
    return edited.try_emplace(address, FilterEdits{*std::move(note), {}}).second;
  });
}

KeptFilters::KeptFilters(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                         const std::string& configuration)
    : speaker_(speaker),
      file_(thread, loop, configuration, "filters", "txt", "edits of route filters", [&speaker] {
        return [edited = speaker.route_filters().edited()] { return filters_text(edited); };
      }) {}

void KeptFilters::restore() {
  EditsByAddress edited;
  file_.log(read_filters(file_.read(kMostBytes), edited), "an edit of a route filter");
  speaker_.route_filters().restore(std::move(edited));
  warn_of_unlisted();
  speaker_.route_filters().on_change([this] { file_.save(); });
}

// Neighbors of dynamic ranges come later.
std::set<std::string> KeptFilters::unlisted() const {
  const session::SpeakerSettings& settings = speaker_.settings();
  const auto may_come = [&settings](const std::string& text) {
    const auto address = IpAddress::parse(text.substr(0, text.find('%')));
    return address && std::ranges::any_of(settings.dynamic_ranges, [&address](const auto& range) {
             return range.prefix.contains(*address);
           });
  };
  std::set<std::string> unlisted;
  for (const auto& [address, edits] : speaker_.route_filters().edited()) {
    if (!may_come(address)) unlisted.insert(address);
  }
  for (const session::PeerSettings& peer : settings.peers) {
    if (unlisted.empty()) break;
    unlisted.erase(session::to_string(peer.whole_address()));
  }
  return unlisted;
}

void KeptFilters::warn_of_unlisted() {
  const std::set<std::string> present = unlisted();
  std::string names;
  std::size_t count = 0;
  for (const std::string& address : present) {
    if (warned_.contains(address) || ++count > kMostNamed) continue;
    names += (names.empty() ? "" : ", ") + address;
    warned_.insert(address);
  }
  std::erase_if(warned_, [&present](const auto& address) { return !present.contains(address); });
  if (count == 0) return;
  if (count > kMostNamed) names += " and " + std::to_string(count - kMostNamed) + " more";
  spdlog::warn(
      "the configuration does not list neighbors whose route filters have edits: {}; the edits "
      "stay kept, and 'ternctl filter reset' ends those of a neighbor",
      names);
}

}  // namespace tern::daemon
