// `show probes`.
#include <gtest/gtest.h>

#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiProbes : public RunningServer {
 protected:
  proto::Probes shown() {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("probes {}")));
    const auto answer = client.hear();
    return answer ? answer->probes() : proto::Probes{};
  }
};

TEST_F(ApiProbes, AreNoneWithoutTargets) {
  serve();
  EXPECT_EQ(shown().targets_size(), 0);
}

TEST_F(ApiProbes, HaveTheirLastRoundTripWhereTheyAnswer) {
  probes_.interval = std::chrono::seconds(10);
  probes_.timeout = std::chrono::milliseconds(2000);
  probes::ProbeStatus::Target& near = probes_.targets.emplace_back();
  near.settings = {"near", "berlin", *IpAddress::parse("2001:db8::1"), probes::Method::Tcp, 443};
  near.state = probes::TargetState::Answered;
  near.round_trip = 11'800;
  near.since = 1'700'000'000;
  near.recent = 16;
  near.recently_lost = 2;
  near.answered = 38;
  near.lost = 2;
  probes::ProbeStatus::Target& gone = probes_.targets.emplace_back();
  gone.settings = {"gone", "lhr", *IpAddress::parse("192.0.2.1"), probes::Method::Icmp, 0};
  gone.state = probes::TargetState::Failed;
  gone.error = "no sockets";
  gone.failed = 1;
  serve();
  EXPECT_EQ(shown().ShortDebugString(),
            "interval_seconds: 10 timeout_milliseconds: 2000 "
            "targets { name: \"near\" address: \"2001:db8::1\" method: \"tcp\" port: 443 "
            "to: \"berlin\" state: \"answered\" since_seconds: 1700000000 rtt_us: 11800 "
            "recent: 16 recently_lost: 2 answered: 38 lost: 2 } "
            "targets { name: \"gone\" address: \"192.0.2.1\" method: \"icmp\" to: \"lhr\" "
            "state: \"failed\" error: \"no sockets\" failed: 1 }");
}

}  // namespace
}  // namespace tern::api
