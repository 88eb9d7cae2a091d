// filter list, show, diff, add, remove, set and reset: which communities the routes of a neighbor
// must have.
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/route_filters.h"
#include "conf/scalars.h"
#include "rib/types/one_line.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using policy::FilterCommunity;
using policy::RouteFilter;
using session::FilterEdit;
using session::FilterEdits;
using session::RouteFilters;

constexpr std::size_t kFiltersPerMessage = 256;

std::string neighbor_address(const session::Peer& peer) {
  return session::to_string(peer.settings().whole_address());
}

// The address of a neighbor, or of edits for a neighbor that is gone.
std::optional<std::string> known_address(const session::Speaker& speaker, const std::string& text) {
  if (const session::Peer* const peer = speaker.find(text)) return neighbor_address(*peer);
  const auto address = conf::parse_peer_address(text);
  if (!address) return std::nullopt;
  std::string shown = address->to_string();
  if (speaker.route_filters().edits_of(shown) == nullptr) return std::nullopt;
  return shown;
}

// A neighbor with what it has of a filter.
struct ShownFilter {
  const std::string& address;
  const session::Peer* peer;      // null: gone
  const RouteFilter* configured;  // null: the configuration has none
  const FilterEdits* edits;       // null: none
};

ShownFilter find_shown(const session::Speaker& speaker, const std::string& address) {
  const session::Peer* const peer = speaker.find(address);
  return {address, peer, peer == nullptr ? nullptr : peer->settings().exported.filter.get(),
          speaker.route_filters().edits_of(address)};
}

void show_community(const FilterCommunity& one, const ShownFilter& of, bool allowed,
                    proto::RouteFilter& filter) {
  proto::RouteFilter::Community& shown = *filter.add_communities();
  shown.set_community(one.text);
  shown.set_allowed(allowed);
  shown.set_configured(of.configured != nullptr && of.configured->has(one));
  const FilterEdit* const edit = of.edits == nullptr ? nullptr : of.edits->find(one);
  if (edit == nullptr) return;
  shown.set_edit(edit->adds ? "added" : "removed");
  shown.set_since_seconds(edit->note.since);
  shown.set_owner(edit->note.owner);
  shown.set_because(edit->note.because);
}

policy::FilterCommunities allowed_by(const ShownFilter& of) {
  if (of.edits != nullptr) return session::with_edits(of.configured, *of.edits);
  return of.configured == nullptr ? policy::FilterCommunities() : of.configured->communities();
}

// The communities that pass, and then those that edits remove.
void show_communities(const ShownFilter& of, proto::RouteFilter& filter) {
  for (const FilterCommunity& one : allowed_by(of)) show_community(one, of, true, filter);
  if (of.edits == nullptr) return;
  for (const FilterEdit& edit : of.edits->edits) {
    if (!edit.adds) show_community(edit.community, of, false, filter);
  }
}

void show_one(const ShownFilter& of, proto::RouteFilter& filter) {
  filter.set_address(of.address);
  if (of.peer != nullptr) {
    filter.set_name(of.peer->settings().name);
    filter.set_group(of.peer->settings().group);
  }
  filter.set_on(of.configured != nullptr || of.edits != nullptr);
  for (const FilterCommunity& one : allowed_by(of)) filter.add_allowed(one.text);
  filter.set_configured(of.configured != nullptr);
  if (of.configured != nullptr) {
    filter.set_configured_size(static_cast<std::uint32_t>(of.configured->communities().size()));
  }
  if (of.edits == nullptr) return;
  std::uint32_t added = 0;
  for (const FilterEdit& edit : of.edits->edits) added += edit.adds ? 1 : 0;
  filter.set_edited(true);
  filter.set_added(added);
  filter.set_removed(static_cast<std::uint32_t>(of.edits->edits.size()) - added);
  filter.set_since_seconds(of.edits->last.since);
  filter.set_owner(of.edits->last.owner);
  filter.set_because(of.edits->last.because);
}

// Of the neighbors of the time of the request.
class FiltersAnswer final : public Answer {
 public:
  FiltersAnswer(const session::Speaker& speaker, std::vector<std::string> addresses, bool detail)
      : speaker_(speaker), addresses_(std::move(addresses)), detail_(detail) {}

  Progress next(proto::Response& response) override {
    proto::Filters& shown = *response.mutable_filters();
    std::size_t octets = 0;
    for (std::size_t i = 0; i < kFiltersPerMessage && next_ < addresses_.size(); ++i) {
      if (octets >= kMessageOctets) break;
      const ShownFilter of = find_shown(speaker_, addresses_[next_++]);
      if (of.peer == nullptr && of.edits == nullptr) continue;  // gone meanwhile
      proto::RouteFilter& one = *shown.add_filters();
      show_one(of, one);
      if (detail_) show_communities(of, one);
      octets += one.ByteSizeLong();
    }
    return next_ < addresses_.size() ? Progress::Send : Progress::Done;
  }

 private:
  const session::Speaker& speaker_;
  const std::vector<std::string> addresses_;
  const bool detail_;
  std::size_t next_ = 0;
};

// Neighbors with a filter, in the order of addresses, and then edits for neighbors that are gone.
std::vector<std::string> with_filter(const session::Speaker& speaker, bool edited) {
  std::vector<std::string> addresses;
  std::set<std::string> gone;
  for (const auto& [address, edits] : speaker.route_filters().edited()) gone.insert(address);
  for (const session::Peer* peer : speaker.peers()) {
    std::string address = neighbor_address(*peer);
    const bool has_edits = gone.erase(address) != 0;
    const bool configured = peer->settings().exported.filter != nullptr;
    if (has_edits || (configured && !edited)) addresses.push_back(std::move(address));
  }
  addresses.insert(addresses.end(), gone.begin(), gone.end());
  return addresses;
}

// Fills the command; returns the error in words.
std::optional<std::string> read_command(const proto::FilterActionRequest& request,
                                        session::FilterCommand& command) {
  using Action = session::FilterCommand::Action;
  switch (request.action()) {
    case proto::FilterActionRequest::ADD:
      command.action = Action::Add;
      break;
    case proto::FilterActionRequest::REMOVE:
      command.action = Action::Remove;
      break;
    case proto::FilterActionRequest::SET:
      command.action = Action::Set;
      break;
    case proto::FilterActionRequest::RESET:
      command.action = Action::Reset;
      break;
    default:
      return "unknown action";
  }
  const auto size = static_cast<std::size_t>(request.communities_size());
  const bool takes_some = command.action == Action::Add || command.action == Action::Remove;
  if (takes_some && size == 0) return "a community is missing";
  if (command.action == Action::Reset && size != 0) return "reset takes no community";
  if (size > RouteFilter::kMost) {
    return "at most " + std::to_string(RouteFilter::kMost) + " communities, these are " +
           std::to_string(size);
  }
  for (const std::string& text : request.communities()) {
    auto community = policy::parse_filter_community(text);
    if (!community || text.size() > RouteFilter::kMostText) {
      return quoted(text) +
             " is no community or pattern, as 65000:100, 65000:*, 65000:1:2, rt:65000:100 or "
             "no-export";
    }
    command.communities.push_back(*std::move(community));
  }
  if (request.because().size() > RouteFilters::kMostBecause) {
    return "a reason has at most " + std::to_string(RouteFilters::kMostBecause) + " octets";
  }
  return std::nullopt;
}

}  // namespace

void show_filter(const session::Speaker& speaker, const session::Peer& peer,
                 proto::Neighbor& shown) {
  const std::string address = neighbor_address(peer);
  const ShownFilter of{address, &peer, peer.settings().exported.filter.get(),
                       speaker.route_filters().edits_of(address)};
  if (of.configured != nullptr || of.edits != nullptr) show_one(of, *shown.mutable_route_filter());
}

std::unique_ptr<Answer> list_filters(session::Speaker& speaker,
                                     const proto::FiltersRequest& request) {
  std::vector<std::string> addresses;
  if (request.neighbor().empty()) {
    addresses = with_filter(speaker, request.edited());
  } else {
    const auto address = known_address(speaker, request.neighbor());
    if (!address) return error_answer("no neighbor " + quoted(request.neighbor()));
    const bool edited = speaker.route_filters().edits_of(*address) != nullptr;
    if (edited || !request.edited()) addresses.push_back(*address);
  }
  return std::make_unique<FiltersAnswer>(speaker, std::move(addresses), request.detail());
}

void edit_filter(session::Speaker& speaker, const proto::FilterActionRequest& request,
                 const std::string& user, proto::Response& response) {
  const auto address = known_address(speaker, request.neighbor());
  if (!address) return response.set_error("no neighbor " + quoted(request.neighbor()));
  session::FilterCommand command;
  if (const auto refused = read_command(request, command)) return response.set_error(*refused);
  command.neighbor = *address;
  command.note = {session::unix_seconds(), one_line(user, RouteFilters::kMostOwner, Letters::Utf8),
                  one_line(request.because(), RouteFilters::kMostBecause, Letters::Utf8)};
  const auto done = speaker.route_filters().apply(command);
  if (!done.ok()) {
    return response.set_error(one_line(request.neighbor(), kMostQuoted) + ": " + done.error());
  }
  proto::RouteFilter& shown = *response.mutable_filters()->add_filters();
  show_one(find_shown(speaker, *address), shown);
  shown.set_changed(done->any);
  for (const std::string& text : done->added) shown.add_now_added(text);
  for (const std::string& text : done->removed) shown.add_now_removed(text);
}

}  // namespace tern::api
