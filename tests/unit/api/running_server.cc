#include "tests/unit/api/running_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::api {
namespace {

using session::SocketNeighbour;

std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  EXPECT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&any), size), 0);
  EXPECT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&any), &size), 0);
  ::close(probe);
  return ntohs(any.sin_port);
}

policy::Chain policy_of(bool adds_community) {
  if (!adds_community) return pipeline::accept_all();
  policy::ActionSource actions;
  actions.add_communities.push_back(Community::of(65000, 1));
  return pipeline::accept_with(std::move(actions));
}

session::SpeakerSettings settings_of(Asn asn, std::uint16_t port, std::uint32_t neighbours,
                                     bool adds_community, FamilySet families) {
  session::SpeakerSettings settings;
  settings.asn = asn;
  settings.identifier = 0x0A0A0A0A;
  settings.listen = {{*IpAddress::parse("127.0.0.1"), port}};
  settings.egress = std::make_shared<const policy::Egress>();
  for (std::uint32_t number = 1; number <= neighbours; ++number) {
    session::PeerSettings peer;
    peer.address = SocketNeighbour::address(number);
    peer.name = "member-" + std::to_string(number);
    peer.kind = PeerKind::RouteServerClient;
    peer.fsm.local.asn = asn;
    peer.fsm.local.identifier = settings.identifier;
    peer.fsm.local.families = families;
    peer.fsm.expected.asns = {SocketNeighbour::asn(number)};
    peer.fsm.passive = true;
    peer.fsm.idle_hold = peer.fsm.idle_hold_max = fsm::Milliseconds(1);
    peer.import.peer.address = peer.exported.peer.address = peer.address;
    peer.import.egress = peer.exported.egress = settings.egress;
    peer.import.policies = peer.exported.policies = policy_of(adds_community);
    settings.peers.push_back(std::move(peer));
  }
  return settings;
}

}  // namespace

RunningServer::RunningServer() : port_(free_port()), thread_([this] { loop_.run(); }) {
  on_loop([this] {
    speaker_ = std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{});
    next_hops_ = std::make_unique<kernel::NextHopWatch>(loop_, *speaker_, [] {});
  });
}

RunningServer::~RunningServer() {
  stop_serving();
  if (latency_) {
    on_loop([this] { latency_->freeze(); });
    on_loop([] {});  // parts of a look that were posted before
    on_loop([] {});
  }
  on_loop([this] {
    next_hops_.reset();
    states_.reset();
    latency_.reset();
    baseline_.reset();
    speaker_.reset();
  });
  loop_.stop();
  thread_.join();
  EXPECT_TRUE(folder_.empty()) << "a socket was left behind";
}

void RunningServer::keep_states() {
  on_loop([this] {
    states_ = std::make_unique<states::StateWatch>(loop_, *speaker_, events_);
    states_->apply(1);
  });
}

void RunningServer::keep_latency(const latency::BookSettings& settings, latency::Pace pace) {
  on_loop([&] {
    latency_ = std::make_unique<latency::LatencyWatch>(loop_, *speaker_, events_, std::move(pace));
    latency_->apply(settings);
  });
}

void RunningServer::keep_baseline() {
  on_loop([this] {
    baseline_ = std::make_unique<baseline::BaselineWatch>(loop_, *speaker_, events_, nullptr);
    baseline::WatchSettings settings;
    settings.rules.learn_for = 7;
    settings.rules.forget_after = 7000;
    settings.path = folder_.path("baseline.bin");
    baseline_->apply(settings);
  });
}

void RunningServer::serve(const ServerLimits& limits) {
  on_loop([&] {
    server_ = std::make_unique<Server>(
        loop_,
        Backend{*speaker_,
                [] { return DaemonFacts{}; },
                [this](const proto::ReloadRequest&, const Backend::Reloaded& done) {
                  ++reloads_;
                  auto result = std::make_shared<proto::ReloadResult>();
                  result->set_ok(true);
                  loop_.post([done, result] { done(result); });
                },
                [this] { return rpki_; },
                {},
                [this] { return probes_; },
                [this] { return kernel_; },
                next_hops_.get(),
                [this] { return registrations_; },
                access_,
                &events_,
                states_ ? &states_->book() : nullptr,
                [this](std::int64_t before, events::HistoryFilter filter,
                       const Backend::HistoryRead& done) {
                  return events_.read_history(before, std::move(filter),
                                              [this, done](const events::HistoryPage& page) {
                                                loop_.post([done, page] { done(page); });
                                              });
                },
                &circuits_,
                states_ ? &states_->ingress() : nullptr,
                [this](std::vector<states::IngressReport> reports) {
                  if (takes_ingress_) ingress_ = std::move(reports);
                  return takes_ingress_;
                },
                latency_.get(),
                baseline_.get(),
                [this] { return unmet_; },
                history_time_},
        limits);
    EXPECT_EQ(server_->listen(Access::Full, socket_, 0600), std::nullopt);
    EXPECT_EQ(server_->listen(Access::ReadOnly, read_only_socket_, 0666), std::nullopt);
  });
}

void RunningServer::stop_serving() {
  on_loop([this] { server_.reset(); });
}

bool RunningServer::settles(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    for (const auto& one : neighbours_) one->listen(5);  // at once when closed
  }
  return false;
}

void RunningServer::start_neighbours(bool adds_community, FamilySet families) {
  on_loop([&] {
    const session::SpeakerSettings settings =
        settings_of(kOurAsn, port_, kNeighbours, adds_community, families);
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
  });
  for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
    neighbours_.push_back(std::make_unique<SocketNeighbour>(number, port_));
    for (const Family family : kFamilies) {
      if (!families.contains(family)) continue;
      neighbour(number).capabilities().families.push_back(afi_safi(family));
    }
    ASSERT_TRUE(neighbour(number).connect());
  }
}

void RunningServer::announce(std::uint32_t number, const std::string& prefix,
                             std::vector<Asn> behind, Family family) {
  PathAttributes attributes;
  attributes.next_hop.global = IpAddress::v4(0xC6336400U + number);  // 198.51.100.number
  behind.insert(behind.begin(), SocketNeighbour::asn(number));
  attributes.as_path = AsPath::sequence(std::move(behind));
  std::vector<std::byte> octets;
  const std::vector<Nlri> prefixes{{*Prefix::parse(prefix), family}};
  (void)wire::encode_announcements(attributes, prefixes, {true, false, wire::kMaxMessage}, octets);
  ASSERT_FALSE(octets.empty());
  ASSERT_TRUE(neighbour(number).send(octets));
}

std::uint64_t RunningServer::received(std::uint32_t number, Family family) {
  return look([&] { return speaker_->shards().counts(number).families[index(family)].received; });
}

std::vector<proto::Route> RunningServer::routes(const std::string& request_text) {
  ApiClient client(socket_);
  EXPECT_TRUE(client.ask(request("routes { " + request_text + " }")));
  std::vector<proto::Route> found;
  const auto responses = client.hear_all();
  if (responses.empty() || !responses.back().last()) {
    ADD_FAILURE() << "no whole answer to " << request_text;
    return found;
  }
  for (const proto::Response& response : responses) {
    EXPECT_EQ(response.error(), "");
    for (const proto::Route& route : response.routes().routes()) found.push_back(route);
  }
  return found;
}

}  // namespace tern::api
