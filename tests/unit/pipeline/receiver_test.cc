// The one way from an UPDATE to judged routes: when what was received is handed on.
#include "bgpd/pipeline/receiver.h"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

class Receive : public testing::Test {
 protected:
  [[nodiscard]] bool take(wire::Bytes message, std::uint64_t read_time, std::size_t most = 100) {
    return receive(neighbour.import.judge(), message.subspan(wire::kHeaderSize), read_time, most,
                   received);
  }
  std::vector<std::byte> announcement(const std::string& text) {
    std::vector<std::byte> message;
    (void)wire::encode_announcements(route(text).of(neighbour.import.facts()),
                                     std::vector<Nlri>{unicast(prefix(text))},
                                     {true, false, wire::kMaxMessage}, message);
    return message;
  }

  Speaker tern;
  Neighbour& neighbour = tern.add(ebgp(65001, 1));
  UpdateBatch received{1};
};

TEST_F(Receive, GathersUntilThereIsMuch) {
  EXPECT_TRUE(received.empty());
  EXPECT_FALSE(take(announcement("203.0.113.0/24"), 7, 2));
  EXPECT_TRUE(take(announcement("198.51.100.0/24"), 9, 2));
  EXPECT_EQ(received.updates, 2U);
  EXPECT_EQ(received.routes.read_time, 7U);
  EXPECT_EQ(received.routes.size(), 2U);
  received.clear();
  EXPECT_TRUE(received.empty());
  EXPECT_TRUE(received.routes.empty());
  EXPECT_FALSE(take(announcement("203.0.113.0/24"), 11));
  EXPECT_EQ(received.routes.read_time, 11U);
}

TEST_F(Receive, AnEndOfRibIsHandedOnAtOnce) {
  std::vector<std::byte> message;
  wire::encode_end_of_rib(Family::Ipv6Unicast, message);
  EXPECT_TRUE(take(message, 1));
  EXPECT_EQ(received.end_of_rib, Family::Ipv6Unicast);
}

TEST_F(Receive, ATreatAsWithdrawWaitsWithTheRoutes) {
  std::vector<std::byte> message = announcement("203.0.113.0/24");
  message[wire::kHeaderSize + 7] = std::byte{9};  // ORIGIN
  EXPECT_FALSE(take(message, 1));
  ASSERT_TRUE(received.fault.has_value());
  EXPECT_EQ(received.fault->treatment, wire::Treatment::TreatAsWithdraw);
  EXPECT_FALSE(received.reset.has_value());
}

TEST_F(Receive, AResetIsHandedOnAtOnce) {
  std::vector<std::byte> message = announcement("203.0.113.0/24");
  message[wire::kHeaderSize] = std::byte{0xFF};  // octets of withdrawn routes
  EXPECT_TRUE(take(message, 1));
  EXPECT_TRUE(received.reset.has_value());
}

}  // namespace
}  // namespace tern::pipeline
