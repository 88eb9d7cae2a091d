#include "bgpd/daemon/reading.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

#include "bgpd/api/control.pb.h"
#include "bgpd/daemon/compose.h"
#include "conf/domains.h"
#include "conf/removals.h"
#include "conf/scalars.h"

namespace tern::daemon {
namespace {

using api::proto::ReloadResult;

void show_change(const conf::Change& change, ReloadResult::Change& shown) {
  shown.set_subject(change.subject);
  switch (change.kind) {
    case conf::Change::Kind::Added:
      shown.set_kind("added");
      break;
    case conf::Change::Kind::Removed:
      shown.set_kind("removed");
      break;
    case conf::Change::Kind::Changed:
      shown.set_kind("changed");
      break;
  }
  for (const std::string& detail : change.details) shown.add_details(detail);
  shown.set_resets_session(change.resets_session);
  shown.set_needs_restart(change.needs_restart);
}

void show_changes(const conf::Config& from, const conf::Config& to, ReloadResult& result) {
  for (const conf::Change& change : conf::diff(from, to)) {
    show_change(change, *result.add_changes());
  }
  for (const conf::Error& warning : to.warnings) result.add_warnings(warning.to_string());
}

// Counts listed neighbors, and neighbors of dynamic ranges, which go with their range unless they
// are listed now.
conf::Removals removals(const Running& running, const conf::Config& to) {
  conf::Removals removed = conf::removals(*running.config, to);
  std::vector<Prefix> ranges;  // disjoint: only the last range before an address may contain it
  for (const auto& range : to.file.dynamic_peers()) {
    ranges.push_back(*Prefix::parse(range.prefix()));
  }
  std::sort(ranges.begin(), ranges.end());
  std::set<IpAddress> listed;
  for (const auto& peer : to.file.peers()) {
    listed.insert(conf::parse_peer_address(peer.address())->address);
  }
  for (const IpAddress& address : running.dynamic_neighbors) {
    ++removed.of;
    const Prefix host = alone(address);
    const auto behind = std::upper_bound(ranges.begin(), ranges.end(), host);
    const bool in_range = behind != ranges.begin() && std::prev(behind)->contains(address);
    if (!in_range && listed.count(address) == 0) ++removed.removed;
  }
  return removed;
}

// Returns why the file may be incomplete or unintended.
std::string doubt_about(const Running& running, const conf::Config& next, ReloadResult& result) {
  const conf::Removals removed = removals(running, next);
  result.set_neighbors_removed(static_cast<std::uint32_t>(removed.removed));
  if (running.config->file.end() && !next.file.end()) {
    return "reads a file without 'end: true', with which the running configuration ends";
  }
  return removed.many() ? removed.to_string() : std::string();
}

// Reads the files of domains that the running configuration does not have, for their errors: the
// domains read them again when they start. Returns whether they are good.
bool check_new_domains(const conf::Config& running, const conf::Config& next,
                       ReloadResult& result) {
  std::set<std::pair<std::string, std::string>> known;  // name and file
  for (const auto& domain : running.file.domains()) {
    known.emplace(domain.name(), conf::domain_file(running, domain));
  }
  bool good = true;
  for (const auto& domain : next.file.domains()) {
    if (known.contains({domain.name(), conf::domain_file(next, domain)})) continue;
    const auto loaded = conf::load_domain(next, domain);
    if (loaded.ok()) continue;
    good = false;
    for (const conf::Error& error : loaded.error()) result.add_errors(error.to_string());
  }
  return good;
}

}  // namespace

Reading read_configuration(const Running& running) {
  Reading reading;
  reading.result = std::make_shared<ReloadResult>();
  conf::LoadOptions options;
  options.running = running.config.get();
  const conf::LoadOptions::Domain domain{running.config->domain,
                                         running.config->file.api().socket()};
  if (!domain.name.empty()) options.domain = &domain;
  const auto loaded = conf::load_file(running.config->path, options);
  if (!loaded.ok()) {
    for (const conf::Error& error : loaded.error()) reading.result->add_errors(error.to_string());
    return reading;
  }
  if (!check_new_domains(*running.config, **loaded, *reading.result)) return reading;
  reading.next = *loaded;
  show_changes(*running.config, *reading.next, *reading.result);
  reading.doubt = doubt_about(running, *reading.next, *reading.result);
  reading.plan = session::plan(running.settings, compose(*reading.next, running.settings.get()));
  return reading;
}

void shorten(ReloadResult& result) {
  constexpr std::size_t kMostOctets = std::size_t{4} << 20U;
  std::size_t octets = 0;
  int left_out = 0;
  const auto keep = [&](auto& list, auto&& size) {
    int kept = 0;
    for (; kept < list.size() && octets < kMostOctets; ++kept) octets += size(list[kept]);
    left_out += list.size() - kept;
    list.DeleteSubrange(kept, list.size() - kept);
  };
  keep(*result.mutable_errors(), [](const std::string& error) { return error.size(); });
  keep(*result.mutable_changes(),
       [](const ReloadResult::Change& change) { return change.ByteSizeLong(); });
  keep(*result.mutable_warnings(), [](const std::string& warning) { return warning.size(); });
  result.set_left_out(static_cast<std::uint64_t>(left_out));
}

}  // namespace tern::daemon
