// `ingress report`.
#include <gtest/gtest.h>

#include "bgpd/session/settings_plan.h"
#include "policy/registrations.h"
#include "running_server.h"
#include "tests/unit/policy/egress_network.h"

namespace tern::api {
namespace {

class ApiIngress : public RunningServer {
 protected:
  void begin() {
    serve();
    const auto egress =
        std::make_shared<const policy::Egress>(policy::egress_of(policy::network("ams")));
    policy::Registrations all(1);
    all[0].prefix = Prefix::parse("193.0.0.0/21").value();
    all[0].max_length = 21;
    all[0].origins = {3333};
    auto source = std::make_shared<const policy::Registrations>(std::move(all));
    auto table = std::make_shared<const policy::RegistrationTable>(std::vector{std::move(source)},
                                                                   policy::kQuarantineAll);
    on_loop([&] {
      session::SpeakerSettings settings = speaker_->settings();
      settings.egress = egress;
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
      speaker_->set_registrations(std::move(table), {});
    });
  }
  proto::Response report(const std::string& totals) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("ingress_report { " + totals + " }")));
    const auto answer = client.hear();
    EXPECT_TRUE(answer);
    return answer.value_or(proto::Response());
  }
};

TEST_F(ApiIngress, TotalsAreThoseOfTheRegistration) {
  begin();
  const auto answer = report(
      "totals { prefix: '193.0.1.0/24' pop: 'ams' octets: 7 } "
      "totals { prefix: '198.51.100.1' pop: 'ams' octets: 9 }");
  EXPECT_EQ(answer.error(), "");
  EXPECT_EQ(answer.ingress_report().taken(), 1U);
  EXPECT_EQ(answer.ingress_report().unregistered(), 1U);
  on_loop([&] {
    ASSERT_EQ(ingress_.size(), 1U);
    EXPECT_EQ(ingress_[0].registered.to_string(), "193.0.0.0/21");
    EXPECT_EQ(ingress_[0].pop, "ams");
    EXPECT_EQ(ingress_[0].octets, 7U);
  });
}

TEST_F(ApiIngress, WhereOneIsWrongNoneIsTaken) {
  begin();
  EXPECT_EQ(report("totals { prefix: '193.0.0.0/21' pop: 'ams' } "
                   "totals { prefix: '193.0.0.0/21' pop: 'nowhere' }")
                .error(),
            "there is no PoP 'nowhere'");
  EXPECT_EQ(report("totals { prefix: 'x' pop: 'ams' }").error(),
            "'x' is neither a prefix nor an address");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "totals { prefix: '193.0.0.0/21' pop: 'ams' } ";
  EXPECT_EQ(report(many).error(), "more than 1000 totals");
  on_loop([&] { EXPECT_TRUE(ingress_.empty()); });
  on_loop([&] { takes_ingress_ = false; });
  EXPECT_EQ(report("totals { prefix: '193.0.0.0/21' pop: 'ams' }").error(),
            "too many reports wait; send these again later");
}

}  // namespace
}  // namespace tern::api
