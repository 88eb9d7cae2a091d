#include "bgpd/daemon/reload_report.h"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <string>

#include "bgpd/api/control.pb.h"

namespace tern::daemon {
namespace {

void log_change(const api::proto::ReloadResult::Change& change) {
  std::string line = change.subject() + " " + change.kind();
  for (const std::string& detail : change.details()) line += "; " + detail;
  if (change.resets_session()) line += " (session reset)";
  if (change.needs_restart()) line += " (takes effect after a restart)";
  spdlog::info("reload: {}", line);
}

}  // namespace

void log_changes(const api::proto::ReloadResult& result) {
  for (const auto& change : result.changes()) log_change(change);
}

void log_errors(const api::proto::ReloadResult& result) {
  for (const std::string& error : result.errors()) spdlog::error("reload: {}", error);
  spdlog::error("reload: nothing was changed");
}

void log_warnings(const std::vector<conf::Error>& warnings) {
  constexpr std::size_t kMostLines = 20;
  for (std::size_t i = 0; i < warnings.size() && i < kMostLines; ++i) {
    spdlog::warn("configuration: {}", warnings[i].to_string());
  }
  if (warnings.size() <= kMostLines) return;
  spdlog::warn("configuration: {} more warnings, see ternd --check", warnings.size() - kMostLines);
}

}  // namespace tern::daemon
