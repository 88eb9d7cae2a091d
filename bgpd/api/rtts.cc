// show rtts, rtt set and rtt clear: measured round trips and the costs that follow them.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/session/costs.h"

namespace tern::api {
namespace {

using policy::LiveCosts;

constexpr std::size_t kRttsPerMessage = 1000;
constexpr std::uint64_t kMostSeconds = std::uint64_t{1} << 31U;  // 68 years

std::string_view state_text(LiveCosts::State state) {
  switch (state) {
    case LiveCosts::State::Used:
      return "used";
    case LiveCosts::State::Waits:
      return "waits";
    case LiveCosts::State::Stale:
      return "stale";
    case LiveCosts::State::Implausible:
      return "implausible";
  }
  return "";
}

std::uint64_t whole(std::chrono::seconds time) {
  return static_cast<std::uint64_t>(std::max<std::chrono::seconds::rep>(time.count(), 0));
}

void show_row(const policy::Egress& egress, const LiveCosts::Row& row, proto::Rtts::Rtt& shown) {
  shown.set_pop(egress.pop(row.pair.from).name);
  shown.set_to(row.pair.backbone ? egress.pop(row.pair.to).name : egress.metro(row.pair.to).name);
  shown.set_backbone(row.pair.backbone);
  shown.set_source(std::string(policy::to_string(row.source)));
  shown.set_latest_us(row.latest);
  shown.set_average_us(row.average);
  shown.set_shortest_us(row.shortest);
  shown.set_age_seconds(whole(row.age));
  if (row.lasts) shown.set_expires_in_seconds(whole(*row.lasts));
  shown.set_state(std::string(state_text(row.state)));
  shown.set_waits_seconds(whole(row.waits));
  if (row.used.cost != kUnknownCost) shown.set_used_us(row.used.cost);
  shown.set_used_source(std::string(policy::to_string(row.used.source)));
  if (row.used_since) shown.set_used_for_seconds(whole(*row.used_since));
}

// Each message has the present rows.
class RttsAnswer final : public Answer {
 public:
  RttsAnswer(const Backend& backend, const proto::RttsRequest& request)
      : costs_(backend.speaker.costs()),
        egress_(backend.speaker.running()->egress),
        file_(backend.facts().rtt_file),
        prefix_file_(backend.facts().prefix_rtt_file) {
    if (request.pop().empty()) return;
    only_ = egress_->find_pop(request.pop());
    next_.from = *only_;
  }
  [[nodiscard]] bool looks() const override { return false; }
  Progress next(proto::Response& response) override {
    // The numbers of places are others.
    if (&costs_.egress() != egress_.get()) {
      response.set_error(kOtherPlaces);
      return Progress::Done;
    }
    proto::Rtts& out = *response.mutable_rtts();
    if (!std::exchange(begun_, true)) {
      out.set_file(file_.path);
      out.set_file_error(file_.error);
      out.set_prefix_file(prefix_file_.path);
      out.set_prefix_file_error(prefix_file_.error);
      out.set_prefixes(costs_.measured_prefixes());
    }
    const auto rows = costs_.rows(kRttsPerMessage, next_);
    for (const LiveCosts::Row& row : rows) {
      if (only_ && row.pair.from != *only_) return Progress::Done;
      show_row(*egress_, row, *out.add_rtts());
    }
    if (rows.size() < kRttsPerMessage) return Progress::Done;
    next_ = rows.back().pair;
    if (next_.backbone) ++next_.to;
    next_.backbone = !next_.backbone;
    return Progress::Send;
  }

 private:
  const session::Costs& costs_;
  const std::shared_ptr<const policy::Egress> egress_;
  const DaemonFacts::RttFile file_;
  const DaemonFacts::RttFile prefix_file_;
  std::optional<PopId> only_;
  policy::CostPair next_{0, 0, false};
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Answer> list_rtts(const Backend& backend, const proto::RttsRequest& request) {
  proto::Response response;
  if (!has_egress(backend.speaker, response)) return one_answer(std::move(response));
  const policy::Egress& egress = *backend.speaker.settings().egress;
  if (request.pop().empty() || egress.find_pop(request.pop())) {
    return std::make_unique<RttsAnswer>(backend, request);
  }
  response.set_error("there is no PoP '" + request.pop() + "'");
  return one_answer(std::move(response));
}

void move_rtt(session::Speaker& speaker, const proto::RttActionRequest& request,
              proto::Response& response) {
  if (!has_egress(speaker, response)) return;
  session::Costs& costs = speaker.costs();
  proto::Rtts& shown = *response.mutable_rtts();
  std::optional<std::string> refused;
  switch (request.action()) {
    case proto::RttActionRequest::SET: {
      if (request.microseconds() == 0 || request.microseconds() > kMostRoundTrip) {
        refused = "a round trip is from 0.001 to 10000 ms";
        break;
      }
      std::optional<std::chrono::seconds> lasts;
      if (request.for_seconds() > kMostSeconds) return response.set_error("the time is too long");
      if (request.for_seconds() != 0) lasts = std::chrono::seconds(request.for_seconds());
      refused = costs.set({request.pop(), request.to(), request.microseconds()}, lasts);
      break;
    }
    case proto::RttActionRequest::CLEAR:
      refused = costs.clear(request.pop(), request.to());
      break;
    case proto::RttActionRequest::CLEAR_ALL:
      shown.set_cleared(costs.clear_all());
      return;
    default:
      refused = "unknown action";
  }
  if (refused) return response.set_error(*refused);
  const policy::Egress& egress = costs.egress();
  const auto about = egress.pairs_of({{request.pop(), request.to(), 1}});
  for (const policy::MeasuredPair& pair : about) {
    if (const auto row = costs.row(pair.pair)) show_row(egress, *row, *shown.add_rtts());
  }
}

}  // namespace tern::api
