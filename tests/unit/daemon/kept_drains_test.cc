#include "bgpd/daemon/kept_drains.h"

#include <gtest/gtest.h>

namespace tern::daemon {
namespace {

TEST(KeptDrains, AreReadAsTheyWereWritten) {
  const session::DrainList list{true, {"192.0.2.1", "fe80::1%eth0"}, {"192.0.2.1"}};
  std::vector<std::size_t> bad;
  EXPECT_EQ(drain_list_of(to_text(list), bad), list);
  EXPECT_EQ(drain_list_of(to_text({}), bad), session::DrainList{});
  EXPECT_TRUE(bad.empty());
}

TEST(KeptDrains, ABadLineCostsNoOther) {
  std::vector<std::size_t> bad;
  const auto list = drain_list_of("pop\nneighbour 192.0.2.1\n\nneighbor 192.0.2.2\npo", bad);
  EXPECT_TRUE(list.pop);
  EXPECT_EQ(list.drained, std::vector<std::string>{"192.0.2.2"});
  EXPECT_EQ(bad, (std::vector<std::size_t>{2, 5}));
}

}  // namespace
}  // namespace tern::daemon
