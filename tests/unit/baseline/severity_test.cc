// Findings that become worse, as an EventLog counts and says them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "detecting.h"
#include "policy/vrp.h"
#include "policy/vrp_table.h"

namespace tern::baseline {
namespace {

using events::Kind;
using events::Severity;

constexpr std::uint32_t kNow = 1'800'000'000;

class SeverityTest : public testing::Test {
 protected:
  SeverityTest() { detecting_.around.vrps = policy::VrpTable::build(vrps()); }
  static std::vector<policy::Vrp> vrps() {
    std::vector<policy::Vrp> all;
    for (std::uint32_t i = 0; i < 30; ++i) all.push_back({numbered(i), 24, 300});
    return all;
  }
  // The prefix has these routes, a second later.
  void now(std::uint32_t i, std::vector<Route> routes) {
    detecting_.see(numbered(i), std::move(routes), 7);
    detecting_.pass(log_, now_);
  }
  void learn(std::uint32_t i) { detecting_.learn(numbered(i), {route({100, 300})}); }
  std::uint64_t begun(Severity severity) const {
    return log_.counts()
        .total[static_cast<std::size_t>(Kind::OriginChanged)][static_cast<std::size_t>(severity)];
  }
  std::uint64_t open() const {
    return log_.counts().open[static_cast<std::size_t>(Kind::OriginChanged)];
  }

  std::uint32_t now_ = kNow;
  Detecting detecting_;
  std::string lines_;  // the severities of beginnings, "info;critical;"
  events::EventLog log_{100, [this](const events::Event& event, events::EventLog::Change change) {
                          if (change == events::EventLog::Change::Ended) return;
                          lines_ += std::string(to_string(event.severity)) + ";";
                        }};
};

TEST_F(SeverityTest, InfoThenCriticalCountsACriticalBeginning) {
  learn(0);
  const Route rejected = route({666, 999}, 1, false);
  now(0, {rejected});
  EXPECT_EQ(begun(Severity::Info), 1U);
  now(0, {rejected, route({666, 999}, 2)});
  EXPECT_EQ(begun(Severity::Critical), 1U);
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(lines_, "info;critical;") << "at once, and not behind the pause of lines";
  now(0, {rejected, route({666, 999}, 2)});
  now(0, {rejected});
  EXPECT_EQ(begun(Severity::Critical), 1U);
  EXPECT_EQ(open(), 1U) << "the event goes on, and is info";
  now(0, {rejected, route({666, 999}, 2)});
  EXPECT_EQ(begun(Severity::Critical), 2U);
}

// Rejected routes of the same neighbor, far more than are events of their own.
TEST_F(SeverityTest, ACriticalOneIsNoMemberOfAGroupThatIsInfo) {
  for (std::uint32_t i = 0; i < 30; ++i) learn(i);
  for (std::uint32_t i = 0; i < 29; ++i) now(i, {route({666, 999}, 2, false)});
  EXPECT_EQ(open(), 11U) << "ten, and a group";
  now(29, {route({666, 999}, 2)});
  EXPECT_EQ(begun(Severity::Critical), 1U);
  EXPECT_EQ(open(), 12U);
  now(28, {route({666, 999}, 2)});
  EXPECT_EQ(begun(Severity::Critical), 2U) << "a member of the group that becomes critical";
  for (std::uint32_t i = 0; i < 30; ++i) now(i, {route({100, 300})});
  EXPECT_EQ(open(), 0U);
}

}  // namespace
}  // namespace tern::baseline
