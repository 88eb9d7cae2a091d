// From the section `kernel` to the settings of its thread.
#include "bgpd/daemon/kernel.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::daemon {
namespace {

std::optional<kernel::KernelSettings> kernel_settings_of(const std::string& section,
                                                         const std::string& router = {}) {
  const auto loaded = conf::load_text("router: { asn: 64512, id: 10.0.0.1" + router +
                                          " }\n"
                                          "policies: { few: { terms: [ { accept: {} } ] } }\n" +
                                          section,
                                      "t.yml");
  EXPECT_TRUE(loaded.ok());
  return loaded.ok() ? compose_kernel(**loaded) : std::nullopt;
}

TEST(ComposeKernel, NoSectionIsNone) { EXPECT_EQ(kernel_settings_of(""), std::nullopt); }

TEST(ComposeKernel, Defaults) {
  kernel::KernelSettings expected;
  expected.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  EXPECT_EQ(kernel_settings_of("kernel: {}\n"), expected);
}

TEST(ComposeKernel, EveryField) {
  const auto settings = kernel_settings_of(
      "kernel: { families: [ipv6-unicast], table: 1000, metric: 20, protocol: 200, policies: "
      "[few],\n          blackhole_policies: [few], ecmp: 4, keep_on_exit: true, own: blackhole "
      "}\n");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->place, (kernel::Place{1000, 20, 200}));
  EXPECT_EQ(settings->families, FamilySet{Family::Ipv6Unicast});
  EXPECT_FALSE(settings->policies.empty());
  EXPECT_FALSE(settings->blackholes.empty());
  EXPECT_EQ(settings->ecmp, 4U);
  EXPECT_TRUE(settings->keep_on_exit);
  EXPECT_TRUE(settings->own_blackhole);
}

// The decision process decides which paths tie, and the journal has no entry for a best path that
// stays.
TEST(ComposeKernel, WithEcmpANewDecisionPassesAllRoutesAgain) {
  const std::string ecmp = "kernel: { ecmp: 2 }\n";
  const std::string med = ", always_compare_med: true";
  EXPECT_FALSE(kernel_settings_of(ecmp)->same_choice(*kernel_settings_of(ecmp, med)));
  EXPECT_TRUE(kernel_settings_of(ecmp, med)->same_choice(*kernel_settings_of(ecmp, med)));
  EXPECT_TRUE(
      kernel_settings_of("kernel: {}\n")->same_choice(*kernel_settings_of("kernel: {}\n", med)));
  const std::string position =
      "egress: { pop: ams, pops: { ams: { latitude: 52.37, longitude: 4.9, code: 1 } },"
      " position: after-as-path }\n";
  EXPECT_FALSE(kernel_settings_of(ecmp)->same_choice(*kernel_settings_of(ecmp + position)));
}

TEST(SampleKernel, OnlyWhereThereIsASection) {
  kernel::KernelStatus status;
  EXPECT_FALSE(sample_kernel(status));
  status.state = kernel::KernelState::Running;
  status.counts.wanted = 3;
  status.counts.failed[static_cast<std::size_t>(fib::Failure::NoRoute)] = 2;
  status.counts.refused[static_cast<std::size_t>(fib::Failure::ForeignRoute)] = 1;
  const auto sample = sample_kernel(status);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->wanted, 3U);
  const std::pair<std::string, std::uint64_t> no_route{"no-route", 2};
  const std::pair<std::string, std::uint64_t> foreign{"foreign", 1};
  EXPECT_NE(std::ranges::find(sample->failed, no_route), sample->failed.end());
  EXPECT_EQ(sample->refused.front(), foreign) << "no reason that the kernel does not give";
  EXPECT_EQ(sample->refused.back().first, "other");
}

}  // namespace
}  // namespace tern::daemon
