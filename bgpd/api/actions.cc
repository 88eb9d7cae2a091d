// neighbor and pop: drains, degradations, and what else operators do with sessions; and reload.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/waiting_answer.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

session::ShutDownWithin shut_down_within(const proto::Drain& drain) {
  if (drain.shut_down_within_seconds() == 0) return std::nullopt;
  return std::chrono::seconds(drain.shut_down_within_seconds());
}

void show_done(const std::vector<std::string>& names, proto::Response& response) {
  auto& result = *response.mutable_neighbor_action();
  for (const std::string& name : names) result.add_neighbors(name);
}

// Whether a degradation may be; else sets the error.
bool may_degrade(const session::Speaker& speaker, std::uint32_t added, proto::Response& response) {
  if (added == 0) return true;  // an end, also of what an earlier configuration allowed
  if (!has_egress(speaker, response)) return false;
  if (added <= session::kMostAddedCost) return true;
  response.set_error("an added cost is at most " + std::to_string(session::kMostAddedCost / 1000) +
                     " ms");
  return false;
}

std::optional<session::NeighborAction> session_action(const proto::NeighborActionRequest& request) {
  using session::NeighborAction;
  switch (request.action()) {
    case proto::NeighborActionRequest::ENABLE:
      return NeighborAction::Enable;
    case proto::NeighborActionRequest::DISABLE:
      return NeighborAction::Disable;
    case proto::NeighborActionRequest::RESET:
      return NeighborAction::Reset;
    case proto::NeighborActionRequest::REFRESH_IN:
      return NeighborAction::RefreshIn;
    case proto::NeighborActionRequest::REFRESH_OUT:
      return NeighborAction::RefreshOut;
    default:
      return std::nullopt;
  }
}

using Reloaded = std::shared_ptr<proto::ReloadResult>;

// ConfigThread reads the file beside the loop.
class ReloadAnswer final : public WaitingAnswer<Reloaded> {
 public:
  using WaitingAnswer::WaitingAnswer;

 private:
  Progress show(Reloaded& result, proto::Response& response) override {
    if (result.use_count() == 1) {
      response.mutable_reload()->Swap(result.get());
    } else {  // other clients share the result
      *response.mutable_reload() = *result;
    }
    return Progress::Done;
  }
};

}  // namespace

void act_on_pop(session::Speaker& speaker, const proto::PopActionRequest& request,
                proto::Response& response) {
  if (request.has_degrade_microseconds()) {
    const std::uint32_t added = request.degrade_microseconds();
    if (may_degrade(speaker, added, response)) show_done(speaker.degrade_pop(added), response);
    return;
  }
  show_done(
      request.drain() ? speaker.drain_pop(shut_down_within(request.how())) : speaker.undrain_pop(),
      response);
}

void act_on_neighbor(session::Speaker& speaker, const proto::NeighborActionRequest& request,
                     proto::Response& response) {
  const std::string none = "no neighbor or group " + quoted(request.neighbor());
  if (request.action() == proto::NeighborActionRequest::DRAIN ||
      request.action() == proto::NeighborActionRequest::UNDRAIN) {
    const auto done = request.action() == proto::NeighborActionRequest::DRAIN
                          ? speaker.drain(request.neighbor(), shut_down_within(request.drain()))
                          : speaker.undrain(request.neighbor());
    if (done.empty()) return response.set_error(none);
    return show_done(done, response);
  }
  const bool restores = request.action() == proto::NeighborActionRequest::RESTORE;
  if (restores || request.action() == proto::NeighborActionRequest::DEGRADE) {
    const std::uint32_t added = restores ? 0 : request.microseconds();
    if (!restores && added == 0) return response.set_error("an added cost is at least 0.001 ms");
    if (!may_degrade(speaker, added, response)) return;
    const auto done = speaker.degrade(request.neighbor(), added);
    if (done.empty()) return response.set_error(none);
    return show_done(done, response);
  }
  const auto action = session_action(request);
  if (!action) return response.set_error("unknown action");
  const auto done = speaker.command(request.neighbor(), *action, request.message());
  if (done.empty()) {
    const bool refresh = *action == session::NeighborAction::RefreshIn ||
                         *action == session::NeighborAction::RefreshOut;
    response.set_error(none + (refresh ? " that is Established and can refresh" : ""));
    return;
  }
  show_done(done, response);
}

std::unique_ptr<Answer> reload(const Backend& backend, const proto::ReloadRequest& request) {
  return std::make_unique<ReloadAnswer>([&backend, request](auto take) {
    backend.reload(request, std::move(take));
    return true;
  });
}

}  // namespace tern::api
