// Lines of the log about refused commands.
#include "bgpd/api/refused_log.h"

#include <gtest/gtest.h>

#include <string>

#include "bgpd/api/control.pb.h"
#include "tests/unit/session/line_count.h"

namespace tern::api {
namespace {

constexpr std::uint64_t kBegin = 1'000'000'000;
constexpr std::uint64_t kMinute = session::LogLimiter::kInterval;

class RefusedLogTest : public testing::Test {
 protected:
  void note(const std::string& error, std::uint64_t now) {
    proto::Response answer;
    answer.set_error(error);
    log_.note("guard x", user_, answer, now);
  }
  // The lines that an action writes with the text.
  template <typename Action>
  static int lines(const std::string& text, Action action) {
    const session::LineCount count(text);
    action();
    return count.lines();
  }

  const User user_{4'000'000'000U, 7};  // without a name
  const session::LineCount all_{""};
  RefusedLog log_;
};

TEST_F(RefusedLogTest, ALineHasTheUserTheCommandAndTheReason) {
  EXPECT_EQ(lines("control API: uid 4000000000 (pid 7): guard x is refused: no?such prefix",
                  [&] { note("no\nsuch prefix", kBegin); }),
            1);
  proto::Response answer;
  answer.mutable_registration_write()->add_errors("10.0.0.0/8: overlaps");
  answer.mutable_registration_write()->add_errors("11.0.0.0/8: overlaps");
  EXPECT_EQ(lines("registration add is refused: 10.0.0.0/8: overlaps",
                  [&] { log_.note("registration add", user_, answer, kBegin); }),
            1);
  EXPECT_EQ(all_.lines(), 2);
}

TEST_F(RefusedLogTest, OtherAnswersHaveNoLine) {
  note("", kBegin);
  proto::Response answer;
  answer.mutable_registration_write()->set_added(1);
  log_.note("registration add", user_, answer, kBegin);
  EXPECT_EQ(all_.lines(), 0);
}

// Ten a minute; the next one has the number of the others.
TEST_F(RefusedLogTest, LinesAreBounded) {
  for (std::uint32_t i = 0; i < RefusedLog::kMostLines + 2; ++i) note("no", kBegin + i);
  EXPECT_EQ(all_.lines(), RefusedLog::kMostLines);
  EXPECT_EQ(
      lines("is refused: no (2 lines before were left out)", [&] { note("no", kBegin + kMinute); }),
      1);
  EXPECT_EQ(lines("left out", [&] { note("no", kBegin + kMinute + 1); }), 0);
  EXPECT_EQ(all_.lines(), RefusedLog::kMostLines + 2);
}

}  // namespace
}  // namespace tern::api
