// Moves of best paths in the log, with the names of their exits.
#include "bgpd/session/moves.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

#include "bgpd/session/journal_subscription.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/line_count.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

std::shared_ptr<const policy::Egress> exits(std::vector<policy::PopSource> pops) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = std::move(pops);
  source.metros = {{"paris", "Paris", 1, {48.9, 2.4}}};
  source.community_asn = RunningSpeaker::kAsn;
  source.location_function = 10;
  source.egress_function = 11;
  auto built = policy::Egress::build(source);
  return std::make_shared<const policy::Egress>(std::move(built).value());
}

// A task keeps the shard busy until a reload has given the exits other numbers. The look of the
// housekeeping begins before the reload, and gets the shard after it.
TEST(Moves, ALookThatWaitsForAShardHasTheNamesBeforeAReload) {
  RunningSpeaker running{SpeakerThreads{0, 1, 1, {}}};
  const policy::PopSource ala{"ala", "", 3, {43.3, 76.9}};
  const policy::PopSource ams{"ams", "", 1, {52.3, 4.8}};
  const policy::PopSource lhr{"lhr", "", 2, {51.5, -0.5}};
  SpeakerSettings settings = running.settings();
  settings.egress = exits({ams, lhr});
  running.apply(settings);
  const LineCount count("1 prefix of metro Paris moved from ams to lhr");
  auto subscription = running.ask([&] {
    return JournalSubscription::make(running.speaker(), {}, false,
                                     JournalSubscription::Owner::Client);
  });
  std::promise<void> reloaded;
  const auto held = [until = reloaded.get_future().share()](rib::Rib& rib, const auto& /*from*/) {
    rib.note_move({0, 0, 1, rib::MoveCause::Rtt});
    until.wait();
  };
  running.look([&] { subscription->read(0, held, [] {}); });  // behind the visit, in the pool
  const std::uint64_t before = running.looks();
  EXPECT_TRUE(comes_true([&] { return running.looks() != before; }));
  settings.egress = exits({ala, ams, lhr});
  running.apply(settings);
  reloaded.set_value();
  EXPECT_TRUE(running.looks_again());
  EXPECT_EQ(count.lines(), 1);
  running.ask([&] { subscription.reset(); });
}

}  // namespace
}  // namespace tern::session
