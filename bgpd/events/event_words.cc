#include "bgpd/events/event_words.h"

#include <spdlog/spdlog.h>

#include "bgpd/events/event_line.h"

namespace tern::events {
namespace {

spdlog::level::level_enum log_level(Severity severity) {
  switch (severity) {
    case Severity::Info:
      return spdlog::level::info;
    case Severity::Warning:
      return spdlog::level::warn;
    case Severity::Error:
    case Severity::Critical:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void log_event(const Event& event, std::string_view change) {
  spdlog::log(change == "ended" ? spdlog::level::info : log_level(event.severity), "event {}: {}",
              event.id, in_words(event, change == "again" ? "began" : change));
}

}  // namespace tern::events
