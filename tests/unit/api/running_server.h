// A speaker and its control API on a loop of their own, with neighbours behind real sockets.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/latency/latency_watch.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/state_watch.h"
#include "tests/unit/api/api_client.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/types/folder.h"

namespace tern::api {

class RunningServer : public testing::Test {
 protected:
  static constexpr Asn kOurAsn = 64999;
  static constexpr std::uint32_t kNeighbours = 3;

  RunningServer();
  ~RunningServer() override;

  // Before serve(): keeps the states of registered prefixes.
  void keep_states();
  // Before serve(): keeps the latency of registered prefixes, metros and neighbors.
  void keep_latency(const latency::BookSettings& settings, latency::Pace pace = {});
  // Before serve(): switches the baseline on, with days of a second.
  void keep_baseline();
  // Opens both sockets.
  void serve(const ServerLimits& limits = {});
  // Ends the API, while the loop goes on.
  void stop_serving();

  // Runs on the loop; returns what it returns.
  template <typename Fn>
  auto on_loop(Fn&& fn) {
    return session::on_loop(loop_, std::forward<Fn>(fn));
  }
  // The same with all shards at hand.
  template <typename Fn>
  auto look(Fn&& fn) {
    return session::look(loop_, *speaker_, std::forward<Fn>(fn));
  }
  // Neighbours hear what comes until the condition holds; false after a minute.
  bool settles(const std::function<bool()>& condition);

  // Clients of a route server with the addresses and AS numbers of SocketNeighbour; adds_community:
  // import and export policy change every route. All sessions have the families.
  void start_neighbours(bool adds_community, FamilySet families = {Family::Ipv4Unicast});
  session::SocketNeighbour& neighbour(std::uint32_t number) { return *neighbours_[number - 1]; }
  // The neighbour of that number announces a prefix with an AS path of its own AS and these.
  void announce(std::uint32_t number, const std::string& prefix, std::vector<Asn> behind,
                Family family = Family::Ipv4Unicast);
  [[nodiscard]] std::uint64_t received(std::uint32_t number, Family family = Family::Ipv4Unicast);

  // What `show routes` has, whole or not at all.
  [[nodiscard]] std::vector<proto::Route> routes(const std::string& request_text);

  const Folder folder_;
  const std::string socket_ = folder_.path("full.sock");
  const std::string read_only_socket_ = folder_.path("read-only.sock");
  const std::uint16_t port_;
  int reloads_ = 0;
  vrps::RpkiStatus rpki_;
  probes::ProbeStatus probes_;
  kernel::KernelStatus kernel_;
  registrations::RegistrationStatus registrations_;
  RegistrationAccess access_;  // of serve()
  std::shared_ptr<const registrations::UnmetBook> unmet_;
  std::chrono::milliseconds history_time_{10'000};  // of serve()
  session::Loop loop_;
  events::HistoryDatabase::HaveFolder have_folder_;  // of the history of events_; may be null
  // Ends before the loop, to which its reads answer.
  events::EventStage events_{[this]() -> std::optional<std::string> {
    return have_folder_ ? have_folder_() : std::nullopt;
  }};
  std::unique_ptr<session::Speaker> speaker_;
  std::unique_ptr<kernel::NextHopWatch> next_hops_;
  std::unique_ptr<states::StateWatch> states_;
  states::CircuitBook circuits_;  // of the loop
  // Of the loop: what was reported, and whether more is taken.
  std::vector<states::IngressReport> ingress_;
  bool takes_ingress_ = true;
  std::unique_ptr<latency::LatencyWatch> latency_;
  std::unique_ptr<baseline::BaselineWatch> baseline_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<session::SocketNeighbour>> neighbours_;
  std::thread thread_;
};

}  // namespace tern::api
