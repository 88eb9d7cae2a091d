#include "bgpd/daemon/kept_filters.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bgpd/session/speaker.h"
#include "rib/types/decimal.h"
#include "rib/types/one_line.h"

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

constexpr std::size_t kMostAddressShown = 100;  // octets of an address in the log

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

// Of a neighbor whose line `filter` came before.
bool take_edit(const FilterFields& fields, FilterNote note, std::size_t& count,
               EditsByAddress& edited) {
  const auto found = edited.find(std::string(fields[1]));
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
    if (!note) return false;
    if ((*fields)[0] != "filter") return take_edit(*fields, *std::move(note), count, edited);
    if (edited.size() == RouteFilters::kMostNeighbors) return false;
    return edited.try_emplace(std::string((*fields)[1]), FilterEdits{*std::move(note), {}}).second;
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
  warn_of_unknown();
  speaker_.route_filters().on_change([this] { file_.save(); });
}

// Neighbors of dynamic ranges come later.
void KeptFilters::warn_of_unknown() const {
  const auto& ranges = speaker_.settings().dynamic_ranges;
  const auto may_come = [&ranges](const std::string& text) {
    const auto address = IpAddress::parse(text.substr(0, text.find('%')));
    return address && std::ranges::any_of(ranges, [&address](const auto& range) {
             return range.prefix.contains(*address);
           });
  };
  std::size_t count = 0;
  std::string first;
  for (const auto& [address, edits] : speaker_.route_filters().edited()) {
    if (speaker_.find(address) != nullptr || may_come(address)) continue;
    if (count++ == 0) first = one_line(address, kMostAddressShown);
  }
  if (count == 0) return;
  spdlog::warn(
      "{} route filters with edits are those of neighbors that the configuration does not list, "
      "the "
      "first is that of {}; 'ternctl filter reset' ends its edits",
      count, first);
}

}  // namespace tern::daemon
