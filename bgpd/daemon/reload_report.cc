#include "bgpd/daemon/reload_report.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "bgpd/api/control.pb.h"
#include "bgpd/session/peer.h"

namespace tern::daemon {
namespace {

void show_change(const conf::Change& change, api::proto::ReloadResult::Change& shown) {
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

void log_change(const api::proto::ReloadResult::Change& change) {
  std::string line = change.subject() + " " + change.kind();
  for (const std::string& detail : change.details()) line += "; " + detail;
  if (change.resets_session()) line += " (session reset)";
  if (change.needs_restart()) line += " (takes effect after a restart)";
  spdlog::info("reload: {}", line);
}

}  // namespace

void report(const conf::Config& from, const conf::Config& to, api::proto::ReloadResult& result) {
  for (const conf::Change& change : conf::diff(from, to)) {
    show_change(change, *result.add_changes());
  }
  for (const conf::Error& warning : to.warnings) result.add_warnings(warning.to_string());
}

void log_changes(const api::proto::ReloadResult& result) {
  for (const auto& change : result.changes()) log_change(change);
}

void log_warnings(const std::vector<conf::Error>& warnings) {
  constexpr std::size_t kMostLines = 20;
  for (std::size_t i = 0; i < warnings.size() && i < kMostLines; ++i) {
    spdlog::warn("configuration: {}", warnings[i].to_string());
  }
  if (warnings.size() <= kMostLines) return;
  spdlog::warn("configuration: {} more warnings, see ternd --check", warnings.size() - kMostLines);
}

conf::Removals removals(const conf::Config& from, const conf::Config& to,
                        const session::Speaker& speaker) {
  conf::Removals removed = conf::removals(from, to);
  std::vector<Prefix> ranges;  // disjoint, so that the one before an address is the one it is in
  for (const auto& range : to.file.dynamic_peers()) {
    ranges.push_back(*Prefix::parse(range.prefix()));
  }
  std::sort(ranges.begin(), ranges.end());
  for (const session::Peer* peer : speaker.peers()) {
    if (!peer->dynamic()) continue;
    ++removed.of;
    const IpAddress& address = peer->settings().address;
    const Prefix host(address, static_cast<std::uint8_t>(address.bits()));
    const auto behind = std::upper_bound(ranges.begin(), ranges.end(), host);
    const bool stays = behind != ranges.begin() && std::prev(behind)->contains(address);
    if (!stays) ++removed.removed;
  }
  return removed;
}

}  // namespace tern::daemon
