// show rtts, rtt set and rtt clear: measured round trips and the costs that follow them.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/session/costs.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using policy::LiveCosts;

constexpr std::size_t kRttsPerMessage = 1000;
constexpr int kMostPrefixes = 1000;  // of a request; control.proto names it
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

std::string_view state_text(policy::LivePrefixRtts::State state) {
  switch (state) {
    case policy::LivePrefixRtts::State::Used:
      return "used";
    case policy::LivePrefixRtts::State::Waits:
      return "waits";
    case policy::LivePrefixRtts::State::Stale:
      return "stale";
  }
  return "";
}

// A measurement that counts for the prefix, as the cost in use.
void show_used(const std::optional<policy::EgressCosts::ToPrefix>& used, proto::Rtts::Rtt& shown) {
  if (used) shown.set_used_us(used->microseconds);
  shown.set_used_source(used ? std::string(policy::to_string(used->source)) : "metro");
}

void show_row(const session::Costs& costs, policy::CostSource source,
              const policy::LivePrefixRtts::Row& row, proto::Rtts::Rtt& shown) {
  shown.set_pop(costs.egress().pop(row.key.pop).name);
  shown.set_to(row.key.prefix.to_string());
  shown.set_to_prefix(true);
  shown.set_source(std::string(policy::to_string(source)));
  shown.set_latest_us(row.latest);
  shown.set_average_us(row.average);
  shown.set_age_seconds(whole(row.age));
  if (row.lasts) shown.set_expires_in_seconds(whole(*row.lasts));
  shown.set_state(std::string(state_text(row.state)));
  shown.set_waits_seconds(whole(row.waits));
  show_used(costs.in_force().measurement_to(row.key.prefix, row.key.pop), shown);
}

// The measurement from the PoP that counts for the prefix, if there is one. A cleared measurement
// counts until the costs follow, and is not shown.
void show_measurement(const session::Costs& costs, const Prefix& prefix, PopId pop,
                      proto::Rtts& shown) {
  const auto used = costs.in_force().measurement_to(prefix, pop);
  if (!used) return;
  if (used->source != policy::CostSource::File) {
    const auto row =
        costs.live_prefixes(used->source).row({pop, used->prefix}, session::Costs::now());
    if (row) show_row(costs, used->source, *row, *shown.add_rtts());
    return;
  }
  proto::Rtts::Rtt& rtt = *shown.add_rtts();
  rtt.set_pop(costs.egress().pop(pop).name);
  rtt.set_to(used->prefix.to_string());
  rtt.set_to_prefix(true);
  rtt.set_source(std::string(policy::to_string(used->source)));
  rtt.set_latest_us(used->microseconds);
  rtt.set_average_us(used->microseconds);
  rtt.set_age_seconds(whole(costs.age_of_prefix_file()));
  rtt.set_state("used");
  show_used(used, rtt);
}

// An answer about the places that the loop had when the request came. A message has the present
// costs. After a reload with other places the answer ends with an error, because the numbers of
// places are others.
class CostsAnswer : public Answer {
 public:
  explicit CostsAnswer(const session::Speaker& speaker)
      : costs_(speaker.costs()), egress_(speaker.running()->egress) {}
  [[nodiscard]] bool looks() const final { return false; }
  Progress next(proto::Response& response) final {
    if (&costs_.egress() != egress_.get()) {
      response.set_error(kOtherPlaces);
      return Progress::Done;
    }
    return fill(*response.mutable_rtts());
  }

 protected:
  // Fills the next message.
  virtual Progress fill(proto::Rtts& out) = 0;

  const session::Costs& costs_;
  const std::shared_ptr<const policy::Egress> egress_;
};

// The measurements of places, then those to prefixes.
class RttsAnswer final : public CostsAnswer {
 public:
  RttsAnswer(const Backend& backend, const proto::RttsRequest& request)
      : CostsAnswer(backend.speaker),
        file_(backend.facts().rtt_file),
        prefix_file_(backend.facts().prefix_rtt_file) {
    if (request.pop().empty()) return;
    only_ = egress_->find_pop(request.pop());
    next_.from = first_prefix_.pop = *only_;
    next_prefix_ = first_prefix_;
  }

 private:
  Progress fill(proto::Rtts& out) override {
    if (!std::exchange(begun_, true)) {
      out.set_file(file_.path);
      out.set_file_error(file_.error);
      out.set_prefix_file(prefix_file_.path);
      out.set_prefix_file_error(prefix_file_.error);
      out.set_prefixes(costs_.measured_prefixes(policy::CostSource::File));
    }
    return in_prefixes_ ? next_prefixes(out) : next_places(out);
  }
  Progress next_places(proto::Rtts& out) {
    const auto rows = costs_.rows(kRttsPerMessage, next_);
    for (const LiveCosts::Row& row : rows) {
      in_prefixes_ = only_ && row.pair.from != *only_;
      if (in_prefixes_) return next_prefixes(out);
      show_row(*egress_, row, *out.add_rtts());
    }
    in_prefixes_ = rows.size() < kRttsPerMessage;
    if (in_prefixes_) return next_prefixes(out);
    next_ = rows.back().pair;
    if (next_.backbone) ++next_.to;
    next_.backbone = !next_.backbone;
    return Progress::Send;
  }
  Progress next_prefixes(proto::Rtts& out) {
    // The row behind the last one says whether a further message follows, and where it begins.
    const auto rows = costs_.live_prefixes(source_).rows(session::Costs::now(), kRttsPerMessage + 1,
                                                         next_prefix_);
    for (const policy::LivePrefixRtts::Row& row : rows) {
      if (only_ && row.key.pop != *only_) break;
      next_prefix_ = row.key;
      if (out.rtts_size() == kRttsPerMessage) return Progress::Send;
      show_row(costs_, source_, row, *out.add_rtts());
    }
    if (source_ == policy::CostSource::Probe) return Progress::Done;
    source_ = policy::CostSource::Probe;
    next_prefix_ = first_prefix_;
    return next_prefixes(out);
  }

  const DaemonFacts::RttFile file_;
  const DaemonFacts::RttFile prefix_file_;
  std::optional<PopId> only_;
  policy::CostPair next_{0, 0, false};
  policy::LivePrefixRtts::Key first_prefix_{0, default_route(IpVersion::V4)};  // in order
  policy::LivePrefixRtts::Key next_prefix_ = first_prefix_;
  policy::CostSource source_ = policy::CostSource::Operator;  // of next_prefix_; then Probe
  bool in_prefixes_ = false;
  bool begun_ = false;
};

// The measurements that count for one prefix, by PoP.
class PrefixRttsAnswer final : public CostsAnswer {
 public:
  PrefixRttsAnswer(const session::Speaker& speaker, const Prefix& prefix, std::optional<PopId> only)
      : CostsAnswer(speaker),
        prefix_(prefix),
        next_(only.value_or(0)),
        end_(only ? std::size_t{*only} + 1 : egress_->pop_count()) {}

 private:
  Progress fill(proto::Rtts& out) override {
    const std::size_t stop = std::min(end_, next_ + kRttsPerMessage);
    for (; next_ < stop; ++next_) {
      show_measurement(costs_, prefix_, static_cast<PopId>(next_), out);
    }
    return next_ < end_ ? Progress::Send : Progress::Done;
  }

  const Prefix prefix_;
  std::size_t next_;
  const std::size_t end_;
};

// ---- rtt set and rtt clear

std::string range_error(std::uint32_t microseconds) {
  const bool is = microseconds != 0 && microseconds <= kMostRoundTrip;
  return is ? "" : "a round trip is from 0.001 to 10000 ms";
}

using PrefixRtts = std::vector<session::Costs::PrefixRtt>;

// The measurements of the request, or the error of the first item with one.
std::string read_prefixes(const proto::RttActionRequest& request, PrefixRtts& measured) {
  if (!request.to().empty()) return "either a place or prefixes, not both";
  if (request.prefixes_size() > kMostPrefixes) {
    return std::to_string(request.prefixes_size()) + " prefixes; a request has at most " +
           std::to_string(kMostPrefixes);
  }
  std::set<Prefix> seen;
  for (int i = 0; i < request.prefixes_size(); ++i) {
    const std::string& text = request.prefixes(i).prefix();
    const std::uint32_t microseconds = request.prefixes(i).microseconds();
    const std::string item = "prefix " + std::to_string(i + 1) + ", " + quoted(text) + ": ";
    const auto prefix = Prefix::parse(text);
    if (!prefix) return item + "expected a prefix without host bits, as 203.0.113.0/24";
    if (!seen.insert(*prefix).second) return item + "named a second time";
    if (request.action() == proto::RttActionRequest::SET) {
      const std::string error = range_error(microseconds);
      if (!error.empty()) return item + error;
    }
    measured.push_back({*prefix, microseconds});
  }
  return "";
}

std::optional<std::string> move_prefixes(session::Costs& costs,
                                         const proto::RttActionRequest& request,
                                         std::optional<std::chrono::seconds> lasts,
                                         proto::Rtts& shown) {
  PrefixRtts measured;
  if (const std::string error = read_prefixes(request, measured); !error.empty()) return error;
  if (request.action() == proto::RttActionRequest::SET) {
    auto refused = costs.set_prefixes(request.pop(), measured, lasts);
    if (refused) return refused;
    const PopId pop = *costs.egress().find_pop(request.pop());
    for (const auto& one : measured) {
      constexpr auto kOperator = policy::CostSource::Operator;
      const auto row = costs.live_prefixes(kOperator).row({pop, one.prefix}, session::Costs::now());
      if (row) show_row(costs, kOperator, *row, *shown.add_rtts());
    }
    return std::nullopt;
  }
  std::vector<Prefix> prefixes;
  for (const auto& one : measured) prefixes.push_back(one.prefix);
  auto refused = costs.clear_prefixes(request.pop(), prefixes);
  if (!refused) shown.set_cleared(prefixes.size());
  return refused;
}

std::optional<std::string> move_place(session::Costs& costs, const proto::RttActionRequest& request,
                                      std::optional<std::chrono::seconds> lasts,
                                      proto::Rtts& shown) {
  std::optional<std::string> refused;
  if (request.action() == proto::RttActionRequest::SET) {
    const std::string error = range_error(request.microseconds());
    if (!error.empty()) return error;
    refused = costs.set({request.pop(), request.to(), request.microseconds()}, lasts);
  } else {
    refused = costs.clear(request.pop(), request.to());
  }
  if (refused) return refused;
  const policy::Egress& egress = costs.egress();
  const auto about = egress.pairs_of({{request.pop(), request.to(), 1}});
  for (const policy::MeasuredPair& pair : about) {
    if (const auto row = costs.row(pair.pair)) show_row(egress, *row, *shown.add_rtts());
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Answer> list_rtts(const Backend& backend, const proto::RttsRequest& request) {
  proto::Response response;
  if (!has_egress(backend.speaker, response)) return one_answer(std::move(response));
  const policy::Egress& egress = *backend.speaker.settings().egress;
  const auto only = egress.find_pop(request.pop());
  if (!request.pop().empty() && !only) {
    response.set_error("there is no PoP " + quoted(request.pop()));
    return one_answer(std::move(response));
  }
  if (request.prefix().empty()) return std::make_unique<RttsAnswer>(backend, request);
  const auto prefix = Prefix::parse(request.prefix());
  if (prefix) return std::make_unique<PrefixRttsAnswer>(backend.speaker, *prefix, only);
  return error_answer(not_a_prefix(request.prefix()));
}

void move_rtt(session::Speaker& speaker, const proto::RttActionRequest& request,
              proto::Response& response) {
  if (!has_egress(speaker, response)) return;
  session::Costs& costs = speaker.costs();
  proto::Rtts& shown = *response.mutable_rtts();
  const auto action = request.action();
  if (action == proto::RttActionRequest::CLEAR_ALL) return shown.set_cleared(costs.clear_all());
  if (action != proto::RttActionRequest::SET && action != proto::RttActionRequest::CLEAR) {
    return response.set_error("unknown action");
  }
  if (request.for_seconds() > kMostSeconds) return response.set_error("the time is too long");
  std::optional<std::chrono::seconds> lasts;
  if (request.for_seconds() != 0) lasts = std::chrono::seconds(request.for_seconds());
  const auto refused = request.prefixes().empty() ? move_place(costs, request, lasts, shown)
                                                  : move_prefixes(costs, request, lasts, shown);
  if (refused) response.set_error(*refused);
}

}  // namespace tern::api
