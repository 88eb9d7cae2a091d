// show baseline.
#include <memory>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/api/waiting_answer.h"
#include "bgpd/baseline/baseline_watch.h"
#include "rib/types/prefix_text.h"

namespace tern::api {
namespace {

using baseline::BaselineWatch;
using baseline::LearntPrefix;

void show_counts(const baseline::WatchCounts& counts, proto::Baseline& shown) {
  shown.set_state(to_string(counts.phase));
  shown.set_learnt(counts.learnt);
  shown.set_ripe(counts.ripe);
  shown.set_most(counts.most);
  shown.set_left_out(counts.left_out);
  shown.set_displaced(counts.displaced);
  shown.set_bytes(counts.octets);
  shown.set_day_seconds(counts.day_seconds);
  shown.set_day(counts.day);
  shown.set_open(counts.open);
  shown.set_unreported(counts.unreported);
  shown.set_kept_seconds(counts.kept);
  shown.set_error(counts.error);
}

void show_seen(const LearntPrefix::Seen& seen, proto::Baseline::Seen& shown) {
  shown.set_asn(seen.asn);
  shown.set_usual(seen.usual);
  shown.set_days(seen.days);
  shown.set_days_ago(seen.days_ago);
  shown.set_first_seconds(seen.first);
}

void show_prefix(const LearntPrefix& learnt, proto::Baseline::Prefix& shown) {
  shown.set_prefix(learnt.prefix.to_string());
  shown.set_ripe(learnt.ripe);
  shown.set_covering(learnt.covering);
  for (const auto& seen : learnt.origins) show_seen(seen, *shown.add_origins());
  for (const auto& seen : learnt.upstreams) show_seen(seen, *shown.add_upstreams());
  shown.set_many_origins(learnt.many_origins);
  shown.set_many_upstreams(learnt.many_upstreams);
  shown.set_shortest(learnt.shortest);
  shown.set_longest(learnt.longest);
}

class PrefixAnswer final : public WaitingAnswer<std::vector<LearntPrefix>> {
 public:
  PrefixAnswer(BaselineWatch& watch, const Prefix& prefix)
      : WaitingAnswer([&watch, prefix](Taker take) { return watch.look(prefix, std::move(take)); }),
        watch_(watch) {}

 private:
  Progress show(std::vector<LearntPrefix>& learnt, proto::Response& response) override {
    proto::Baseline& shown = *response.mutable_baseline();
    show_counts(watch_.counts(), shown);
    for (const LearntPrefix& one : learnt) show_prefix(one, *shown.add_prefixes());
    return Progress::Done;
  }

  BaselineWatch& watch_;
};

}  // namespace

std::unique_ptr<Answer> show_baseline(const Backend& backend,
                                      const proto::BaselineRequest& request) {
  if (backend.baseline == nullptr || backend.baseline->counts().phase == baseline::Phase::Off) {
    return error_answer("nothing is learnt (the section baseline of the configuration)");
  }
  if (request.prefix().empty()) {
    proto::Response response;
    show_counts(backend.baseline->counts(), *response.mutable_baseline());
    return one_answer(std::move(response));
  }
  // An address is asked for what covers it.
  const auto prefix = parse_prefix_or_address(request.prefix());
  if (!prefix) return error_answer(not_a_prefix_or_address(request.prefix()));
  return std::make_unique<PrefixAnswer>(*backend.baseline, *prefix);
}

}  // namespace tern::api
