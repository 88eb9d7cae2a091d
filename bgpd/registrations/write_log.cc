#include "bgpd/registrations/write_log.h"

#include <spdlog/spdlog.h>

#include <string_view>

#include "bgpd/session/loop.h"
#include "conf/registration_text.h"
#include "rib/types/one_line.h"

namespace tern::registrations {
namespace {

constexpr std::size_t kMostOctets = 400;
constexpr char kAbsent[] = "unset";

// "partners: 64501 -> 64502", for each field that differs.
std::string changes_text(const Difference& difference) {
  const auto before = conf::registration_fields(difference.before);
  const auto after = conf::registration_fields(difference.after);
  std::string text;
  const auto add = [&](const std::string& name) {
    const auto old = conf::field_value(before, name);
    const auto now = conf::field_value(after, name);
    if (old == now) return;
    text += (text.empty() ? "" : "; ") + name + ": " + old.value_or(kAbsent) + " -> " +
            now.value_or(kAbsent);
  };
  for (const auto& field : after) add(field.name);
  for (const auto& field : before) {
    if (!conf::field_value(after, field.name)) add(field.name);
  }
  return text;
}

std::string fields_text(std::string_view text) {
  std::string shown;
  for (const auto& field : conf::registration_fields(text)) {
    if (field.name == "prefix") continue;
    shown += (shown.empty() ? "" : "; ") + field.name + ": " + field.value;
  }
  return shown;
}

// "registration 192.0.2.0/24 changed by alice (uid 1000, pid 7): partners: 64501 -> 64502"
std::string log_line(const Difference& difference, const std::string& user) {
  const std::string subject = "registration " + difference.prefix.to_string();
  std::string line;
  if (difference.before.empty()) {
    line = subject + " added by " + user + ": " + fields_text(difference.after);
  } else if (difference.after.empty()) {
    line = subject + " removed by " + user + "; before: " + fields_text(difference.before);
  } else {
    line = subject + " changed by " + user + ": " + changes_text(difference);
  }
  return one_line(line, kMostOctets, Letters::Utf8);
}

}  // namespace

void WriteLog::note(const Write& write, const WriteResult& result) {
  if (write.check_only) return;
  for (const Difference& difference : result.differences) {
    if (!lines_.pass(session::steady_nanoseconds())) break;
    spdlog::info("{}", log_line(difference, write.user));
  }
  if (result.added + result.changed + result.removed > 1) {
    spdlog::info("registrations: {} added, {} changed, {} removed by {}", result.added,
                 result.changed, result.removed, write.user);
  }
}

void WriteLog::look() {
  const auto count = lines_.take_left_out(session::steady_nanoseconds());
  if (count == 0) return;
  spdlog::info("registrations: {} lines about writes were left out; see 'ternctl registration log'",
               count);
}

}  // namespace tern::registrations
