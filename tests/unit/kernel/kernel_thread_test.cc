// KernelThread and the kernel of this machine, in a network namespace of the test.
#include "bgpd/kernel/kernel_thread.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/base/comes_true.h"
#include "tests/unit/fib/fake_kernel.h"
#include "tests/unit/kernel/installer_lab.h"
#include "tests/unit/rib/rib_fixture.h"

namespace tern::kernel {
namespace {

using test::run;

class KernelThreadTest : public rib::RibTest {
 protected:
  KernelThreadTest() {
    settings_.families = {Family::Ipv4Unicast};
    announce(rib::kAmsterdam, "10.0.0.0/8", rib::path().next_hop(fib::test::address("192.0.2.1")));
  }

  // Calls fn() in a namespace with a thread that has the settings and no routes.
  template <typename Fn>
  void with_thread(Fn&& fn, const std::shared_ptr<pipeline::NextHopFinder>& finder = nullptr) {
    test::in_namespace([&] {
      thread_ = std::make_unique<KernelThread>(finder);
      thread_->reconfigure(settings_);
      fn();
      thread_.reset();
    });
  }
  [[nodiscard]] std::shared_ptr<Batch> read_all() {
    const auto all = std::make_shared<rib::Journal::Subscriber>(rib::Journal::Interest{});
    rib.subscribe(all, true);
    const auto batch = std::make_shared<Batch>();
    batch->fill(rib, *all, settings_.families, settings_.ecmp);
    rib.unsubscribe(*all);
    return batch;
  }
  void give(const std::shared_ptr<Batch>& batch) {
    const auto taken = std::make_shared<std::promise<void>>();
    thread_->take(batch, [taken] { taken->set_value(); });
    ASSERT_EQ(taken->get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready)
        << "tern-kernel does not take the batch";
  }
  // Passes all routes, but does not end the refresh.
  void begin_refresh() {
    thread_->begin_refresh();
    give(read_all());
  }
  void refresh() {
    begin_refresh();
    thread_->end_refresh();
  }
  void reconfigure(const Place& place) {
    settings_.place = place;
    thread_->reconfigure(settings_);
  }
  // Waits for the status. Before each look the thread has taken a batch without rows: a turn of its
  // work, which ends with a new status.
  template <typename Fn>
  void wait_for(Fn&& condition) {
    const auto empty = std::make_shared<Batch>();
    empty->attributes = &attributes;
    KernelStatus status;
    const auto holds = [&] {
      give(empty);
      status = thread_->status();
      return condition(status);
    };
    EXPECT_TRUE(comes_true(holds))
        << "state " << to_string(status.state) << ", added " << status.counts.added << ", removed "
        << status.counts.removed << ", installed " << status.counts.installed << '\n'
        << run("ip route show proto 179");
  }
  void wait_for_route() {
    wait_for([](const KernelStatus& status) {
      return status.state == KernelState::Running && status.counts.installed == 1;
    });
  }

  KernelSettings settings_;
  std::unique_ptr<KernelThread> thread_;
};

constexpr Place kOtherMetric{254, 3000, 179};

// A received route leads to 198.51.100.1, with another next hop than before.
TEST_F(KernelThreadTest, RoutesFollowTheGatewayBehindTheirNextHop) {
  class Finder final : public pipeline::NextHopFinder {
   public:
    pipeline::NextHopAnswer find(const IpAddress&, PeerSlot) override { return {}; }
    std::optional<IpAddress> behind(const IpAddress&) override {
      return fib::test::address(moved ? "192.0.2.2" : "192.0.2.1");
    }
    std::atomic<bool> moved{false};
  };
  const auto finder = std::make_shared<Finder>();
  announce(rib::kAmsterdam, "10.0.0.0/8", rib::path().next_hop(fib::test::address("198.51.100.1")));
  const auto leads_over = [](const char* gateway) {
    return run("ip route show 10.0.0.0/8").find(gateway) != std::string::npos;
  };
  with_thread(
      [&] {
        refresh();
        wait_for_route();
        EXPECT_TRUE(leads_over("via 192.0.2.1 "));
        finder->moved = true;
        thread_->look_again();
        wait_for([&](const KernelStatus&) { return leads_over("via 192.0.2.2 "); });
      },
      finder);
}

// The next process removes the routes of the former metric when its own are in the kernel.
TEST_F(KernelThreadTest, TheFormerMetricStaysWithKeepOnExit) {
  settings_.keep_on_exit = true;
  with_thread([&] {
    refresh();
    wait_for_route();
    reconfigure(kOtherMetric);
    begin_refresh();
    thread_.reset();
    const std::string left = run("ip route show 10.0.0.0/8");
    EXPECT_NE(left.find("metric 2048"), std::string::npos) << left;
  });
}

TEST_F(KernelThreadTest, AFormerTableIsNotLeftBehind) {
  settings_.keep_on_exit = true;
  with_thread([&] {
    refresh();
    wait_for_route();
    reconfigure({100, 2048, 179});
    begin_refresh();
    thread_.reset();
    EXPECT_EQ(run("ip route show proto 179"), "") << "no other process would remove the routes";
  });
}

TEST_F(KernelThreadTest, NumbersGrowWhenTheMetricChanges) {
  with_thread([&] {
    refresh();
    wait_for_route();
    reconfigure(kOtherMetric);
    refresh();
    wait_for([](const KernelStatus& status) {
      return status.counts.added == 2 && status.counts.removed == 1;
    });
    thread_->stop();
    wait_for([](const KernelStatus& status) {
      return status.state == KernelState::Off && status.counts.removed == 2;
    });
    EXPECT_EQ(thread_->status().counts.added, 2U);
  });
}

TEST_F(KernelThreadTest, ALaterRefreshIsNoStart) {
  const auto is = [](KernelState state) {
    return [state](const KernelStatus& status) { return status.state == state; };
  };
  with_thread([&] {
    begin_refresh();
    wait_for(is(KernelState::Waiting));
    thread_->end_refresh();
    wait_for(is(KernelState::Running));
    begin_refresh();
    wait_for(is(KernelState::Refreshing));
    thread_->end_refresh();
    wait_for(is(KernelState::Running));
  });
}

// The thread is the last that holds the sets, and frees them within a second.
TEST_F(KernelThreadTest, GivesTheMemoryOfAttributesBack) {
  const std::size_t before = attributes.octets_left();
  with_thread([&] {
    std::vector<Nlri> gone;
    for (std::uint32_t i = 0; i < 512; ++i) {  // sets are freed in groups of 256
      gone.push_back(unicast(Prefix(IpAddress::v4(0x0B000000 + (i << 8U)), 24)));
      // These sets are longer than the set that stays, and so are in other pages.
      announce(rib::kAmsterdam, gone.back(),
               rib::path().as_path(std::vector<Asn>(100, 65001)).med(i));
    }
    const auto batch = read_all();
    for (const Nlri& each : gone) rib.withdraw(rib::kAmsterdam, each);
    EXPECT_LT(attributes.octets_left(), before);
    give(batch);
    EXPECT_TRUE(comes_true([&] {
      (void)attributes.tidy();
      return attributes.octets_left() == before;
    }));
  });
}

}  // namespace
}  // namespace tern::kernel
