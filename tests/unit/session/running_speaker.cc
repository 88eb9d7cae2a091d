#include "tests/unit/session/running_speaker.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <numeric>

#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::session {

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

namespace {

std::shared_ptr<const policy::Egress> no_egress() {
  static const auto kNone = std::make_shared<const policy::Egress>();
  return kNone;
}

PeerSettings anybody() {
  PeerSettings peer;
  peer.kind = PeerKind::RouteServerClient;
  peer.fsm.local.asn = RunningSpeaker::kAsn;
  peer.fsm.local.identifier = 0x0A0A0A0A;
  peer.fsm.passive = true;
  peer.fsm.idle_hold = peer.fsm.idle_hold_max = fsm::Milliseconds(1);
  peer.import.egress = peer.exported.egress = no_egress();
  peer.import.policies = peer.exported.policies = pipeline::accept_all();
  return peer;
}

}  // namespace

RunningSpeaker::RunningSpeaker(const SpeakerThreads& threads)
    : threads_(threads), port_(free_port()), thread_([this] { loop_.run(); }) {
  ask([this] { speaker_ = std::make_unique<Speaker>(loop_, threads_); });
}

// As in the daemon: a speaker goes when its loop runs no more.
RunningSpeaker::~RunningSpeaker() {
  loop_.stop();
  thread_.join();
}

SpeakerSettings RunningSpeaker::settings() const {
  SpeakerSettings settings;
  settings.asn = kAsn;
  settings.identifier = 0x0A0A0A0A;
  settings.listen = {{*IpAddress::parse("127.0.0.1"), port_}};
  settings.threads = threads_;
  settings.egress = no_egress();
  return settings;
}

PeerSettings RunningSpeaker::listed(std::uint32_t number) const {
  PeerSettings peer = anybody();
  peer.address = SocketNeighbour::address(number);
  peer.name = peer.address.to_string();
  peer.fsm.expected.asns = {SocketNeighbour::asn(number)};
  return peer;
}

DynamicRange RunningSpeaker::range(const char* prefix) const {
  DynamicRange range;
  range.prefix = *Prefix::parse(prefix);
  range.settings = anybody();
  return range;
}

void RunningSpeaker::apply(SpeakerSettings settings) {
  ask([&] { EXPECT_TRUE(speaker_->apply(plan(speaker_->running(), std::move(settings))).ok()); });
}

void RunningSpeaker::apply(std::initializer_list<std::uint32_t> listed) {
  SpeakerSettings made = settings();
  for (const std::uint32_t number : listed) made.peers.push_back(this->listed(number));
  apply(std::move(made));
}

const Peer* RunningSpeaker::find(std::uint32_t number) const {
  return speaker_->find(SocketNeighbour::address(number).to_string());
}

// Each look notes the time for which the loop stood still.
std::uint64_t RunningSpeaker::looks() {
  return ask([this] {
    const auto& counts = speaker_->times().loop_stall.counts;
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  });
}

bool RunningSpeaker::looks_again(std::uint64_t times) {
  const std::uint64_t before = looks();
  return comes_true([&] { return looks() >= before + times; }) && look([] { return true; });
}

std::string RunningSpeaker::state(std::uint32_t number) {
  return ask([&] {
    const Peer* peer = find(number);
    return peer != nullptr ? std::string(fsm::to_string(peer->state())) : std::string();
  });
}

std::string RunningSpeaker::last_error(std::uint32_t number) {
  return ask([&] {
    const Peer* peer = find(number);
    return peer != nullptr ? peer->status().last_error : std::string();
  });
}

bool RunningSpeaker::settles_in(std::uint32_t number, fsm::State state) {
  return settles([&] {
    const Peer* peer = find(number);
    return peer != nullptr && peer->state() == state;
  });
}

}  // namespace tern::session
