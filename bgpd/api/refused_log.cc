#include "bgpd/api/refused_log.h"

#include <spdlog/spdlog.h>

#include "bgpd/api/control.pb.h"
#include "rib/types/one_line.h"

namespace tern::api {
namespace {

constexpr std::size_t kMostReason = 400;  // octets

// Empty: the command is not refused. Of a write of registrations, the first of its errors.
std::string reason_of(const proto::Response& answer) {
  const auto& errors = answer.registration_write().errors();
  return errors.empty() ? answer.error() : errors.Get(0);
}

}  // namespace

void RefusedLog::note(const std::string& command, const User& user, const proto::Response& answer,
                      std::uint64_t now) {
  const std::string reason = one_line(reason_of(answer), kMostReason, Letters::Utf8);
  if (reason.empty() || !lines_.pass(now)) return;
  const std::uint64_t before = lines_.take_left_out(now);
  spdlog::info("control API: {}: {} is refused: {}{}", to_string(user), command, reason,
               before == 0 ? "" : " (" + std::to_string(before) + " lines before were left out)");
}

}  // namespace tern::api
