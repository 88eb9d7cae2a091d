// A whole Speaker on its loop's thread and the others, between neighbours behind real sockets that
// send tables faster than one turn reads. Under the thread sanitizer this is the stress of all that
// threads share: the attribute table, loans of connections and of shards, deliveries, and the table
// that others read.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/speaker.h"
#include "rib/table_reader.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr Asn kOurAsn = 64999;

// Policy 1 writes a community, so that every path is another set than the one that came.
policy::Chain policy_of(int number) {
  if (number == 0) return pipeline::accept_all();
  policy::ActionSource actions;
  actions.add_communities.push_back(Community::of(65000, 1));
  return pipeline::accept_with(std::move(actions));
}

SpeakerSettings settings_of(std::uint16_t port, std::uint32_t neighbours,
                            const SpeakerThreads& threads, int policy) {
  SpeakerSettings settings;
  settings.asn = kOurAsn;
  settings.identifier = 0x0A0A0A0A;
  settings.listen = {{*IpAddress::parse("127.0.0.1"), port}};
  settings.threads = threads;
  settings.egress = std::make_shared<const policy::Egress>();
  for (std::uint32_t number = 1; number <= neighbours; ++number) {
    PeerSettings peer;
    peer.address = SocketNeighbour::address(number);
    peer.name = peer.address.to_string();
    peer.kind = PeerKind::RouteServerClient;
    peer.fsm.local.asn = kOurAsn;
    peer.fsm.local.identifier = settings.identifier;
    peer.fsm.expected.asns = {SocketNeighbour::asn(number)};
    peer.fsm.passive = true;
    peer.fsm.idle_hold = peer.fsm.idle_hold_max = fsm::Milliseconds(1);
    peer.import.egress = peer.exported.egress = settings.egress;
    peer.import.policies = policy_of(policy);
    peer.exported.policies = policy_of(policy);
    settings.peers.push_back(std::move(peer));
  }
  return settings;
}

class Flood : public testing::TestWithParam<SpeakerThreads> {
 protected:
  static constexpr std::uint32_t kNeighbours = 3;

  // Runs on the loop; returns what it returns.
  template <typename Fn>
  auto ask(Fn&& fn) {
    return on_loop(loop_, std::forward<Fn>(fn));
  }
  // The same with all shards at hand.
  template <typename Fn>
  auto look(Fn&& fn) {
    return session::look(loop_, *speaker_, std::forward<Fn>(fn));
  }
  Flood() : port_(free_port()), thread_([this] { loop_.run(); }) {
    ask([this] { speaker_ = std::make_unique<Speaker>(loop_, GetParam()); });
    apply(0);
    for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
      neighbours_.push_back(std::make_unique<SocketNeighbour>(number, port_));
    }
  }
  // As in the daemon: a speaker goes when its loop runs no more.
  ~Flood() override {
    loop_.stop();
    thread_.join();
  }

  void apply(int policy) {
    ask([&] {
      EXPECT_TRUE(speaker_
                      ->apply(plan(speaker_->running(),
                                   settings_of(port_, kNeighbours, GetParam(), policy)))
                      .ok());
    });
  }
  // Neighbours hear what comes until the condition holds in a look; false after a minute.
  template <typename Fn>
  bool settles(Fn&& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < end) {
      for (const auto& neighbour : neighbours_) neighbour->listen(5);  // at once when closed
      if (look(condition)) return true;
    }
    return false;
  }
  // Connects where need be, and announces prefixes [0, count) of the flavour.
  void announce_all(std::uint32_t count, std::uint32_t flavour) {
    for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
      std::vector<std::byte> messages;
      append_announcements(number, 0, count, flavour, messages);
      wire::encode_end_of_rib(Family::Ipv4Unicast, messages);
      SocketNeighbour& neighbour = *neighbours_[number - 1];
      ASSERT_TRUE(neighbour.open() || neighbour.connect());
      ASSERT_TRUE(neighbour.send(messages));
    }
  }
  void expect_everywhere(std::uint32_t count, std::uint32_t flavour) {
    ASSERT_TRUE(settles([&] { return holds(count); }));
    // Paths are equally long: the lower router id wins, and no one hears itself.
    for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
      SocketNeighbour& neighbour = *neighbours_[number - 1];
      std::vector<std::byte> octets;
      append_announcements(number == 1 ? 2 : 1, 0, count, flavour, octets);
      std::map<Prefix, std::string> wanted;
      wire::UpdateMessage update;
      for (wire::Bytes rest(octets); !rest.empty();) {
        const auto next = wire::next_message(rest, wire::kMaxMessage);
        const auto& frame = std::get<wire::Frame>(next);
        (void)wire::decode_update(frame.body, {}, update);
        for (const Nlri& nlri : update.announced) {
          wanted[nlri.prefix] = update.attributes.as_path.to_string();
        }
        rest = rest.subspan(frame.message.size());
      }
      EXPECT_TRUE(settles([&] { return neighbour.advertised() == wanted; }))
          << "neighbour " << number;
    }
  }
  bool holds(std::uint32_t count) const {
    for (PeerSlot slot = kOwnSlot + 1; slot <= kNeighbours; ++slot) {
      if (speaker_->shards().counts(slot).families[0].accepted != count) return false;
    }
    return speaker_->shards().table(Family::Ipv4Unicast).prefixes == count;
  }
  void expect_nothing_left() {
    for (const auto& neighbour : neighbours_) neighbour->close();
    EXPECT_TRUE(settles([&] {
      return speaker_->shards().table(Family::Ipv4Unicast).paths == 0 &&
             speaker_->shards().attributes().size() == 0;
    }));
  }

  const std::uint16_t port_;
  Loop loop_;
  std::unique_ptr<Speaker> speaker_;
  std::vector<std::unique_ptr<SocketNeighbour>> neighbours_;
  std::thread thread_;
};

TEST_P(Flood, TablesAreStoredWholeAndTold) {
  constexpr std::uint32_t kPrefixes = 20'000;
  announce_all(kPrefixes, 0);
  expect_everywhere(kPrefixes, 0);
  announce_all(kPrefixes, 1);
  expect_everywhere(kPrefixes, 1);
  const std::uint64_t bulk_reads = ask([&] { return speaker_->bulk_reads(); });
  EXPECT_EQ(bulk_reads > 0, GetParam().readers > 0) << bulk_reads;
  const std::uint64_t hand_overs = ask([&] { return speaker_->hand_overs(); });
  EXPECT_TRUE(GetParam().tables > 0 || hand_overs == 0) << hand_overs;
  EXPECT_TRUE(GetParam().tables == 0 || GetParam().readers == 0 || hand_overs > 0);
  expect_nothing_left();
}

TEST_P(Flood, ALateClientsWalkIsLentAndALoneUpdateIsNot) {
  constexpr std::uint32_t kPrefixes = 20'000;
  announce_all(kPrefixes, 0);
  expect_everywhere(kPrefixes, 0);
  SocketNeighbour& late = *neighbours_[2];
  late.close();
  ASSERT_TRUE(settles([&] {
    return speaker_->shards().received(3, Family::Ipv4Unicast) == 0 && !speaker_->busy();
  }));
  const auto bulk_reads = [&] { return ask([&] { return speaker_->hand_overs(); }); };

  const std::uint64_t before_walk = bulk_reads();
  ASSERT_TRUE(late.connect());
  ASSERT_TRUE(settles([&] { return late.advertised().size() == kPrefixes; }));
  EXPECT_EQ(bulk_reads() > before_walk, GetParam().tables > 0);

  ASSERT_TRUE(settles([&] { return !speaker_->busy(); }));
  const std::uint64_t before_update = bulk_reads();
  const std::map<Prefix, std::string> advertised = late.advertised();
  ASSERT_TRUE(neighbours_[0]->announce(0, 1, 1));
  ASSERT_TRUE(settles([&] { return late.advertised() != advertised; }));
  EXPECT_EQ(bulk_reads(), before_update);
  expect_nothing_left();
}

constexpr int kTurns = 12;

// One neighbour: floods, withdrawals, and every now and then a connection that just ends. Counts
// its turns.
void live(SocketNeighbour& neighbour, std::uint32_t number, std::uint32_t seed,
          std::atomic<int>& turns) {
  constexpr std::uint32_t kPrefixes = 4000;
  std::minstd_rand random(seed);
  std::vector<std::byte> messages;
  for (int turn = 0; turn < kTurns; ++turn) {
    EXPECT_TRUE(neighbour.open() || neighbour.connect());
    const std::uint32_t first = static_cast<std::uint32_t>(random()) % kPrefixes;
    messages.clear();
    append_announcements(number, first, kPrefixes, static_cast<std::uint32_t>(random()) % 8,
                         messages);
    if (random() % 2 == 0) append_withdrawals(first, first + kPrefixes / 8, messages);
    if (random() % 3 == 0) {
      // Within a message, most likely.
      (void)neighbour.send(std::span(messages).first(random() % messages.size()));
      neighbour.close();
    } else if (neighbour.send(messages)) {
      neighbour.listen(static_cast<int>(random() % 20));
    }
    ++turns;
    turns.notify_one();
  }
}

TEST_P(Flood, ResetsAndReloadsInTheMiddleLoseNothing) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::thread> lives;
  std::atomic<int> turns{0};
  for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
    lives.emplace_back(
        [&, number] { live(*neighbours_[number - 1], number, seed + number, turns); });
  }
  // A reload with each turn that somebody has done, and a reset with every fourth.
  for (int seen = 0; seen < kTurns * static_cast<int>(kNeighbours); seen = turns) {
    turns.wait(seen);
    apply(turns % 2);
    if (turns % 4 == 3) {
      (void)ask([&] { return speaker_->command("127.0.1.2", NeighborAction::Reset, ""); });
    }
  }
  for (std::thread& thread : lives) thread.join();
  apply(0);
  for (const auto& neighbour : neighbours_) neighbour->close();
  constexpr std::uint32_t kPrefixes = 5000;
  announce_all(kPrefixes, 3);
  expect_everywhere(kPrefixes, 3);
  expect_nothing_left();
}

// What a reader beside the others can know: the sets of a path say which neighbour it is from.
void expect_whole(const rib::Shards& shards, const rib::Destination& destination,
                  rib::AttributeSet& set) {
  bool accepted = true;
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    pipeline::read(shards.attributes()[destination.received(i)], set);
    ASSERT_EQ(set.attributes.as_path.neighbour(), SocketNeighbour::asn(path.peer()));
    ASSERT_TRUE(accepted || !path.accepted());
    accepted = path.accepted();
  }
  for (const rib::Advertised& advertised : destination.advertised) {
    pipeline::read(shards.attributes()[advertised.set], set);
    ASSERT_TRUE(set.attributes.as_path.neighbour());
  }
}

TEST_P(Flood, ReadersBesideItSeeWholeDestinations) {
  constexpr std::uint32_t kPrefixes = 10'000;
  std::atomic<bool> over{false};
  std::uint64_t seen = 0;
  std::thread reader([&] {
    rib::AttributeSet set;
    while (!over) {
      auto share = look([&] { return std::make_unique<TableShare>(*speaker_); });
      const rib::Shards& shards = speaker_->shards();
      for (std::size_t shard = 0; shard < shards.size(); ++shard) {
        const rib::TableReader table(shards[shard]);
        for (rib::DestId id = 0; id < table.end(); ++id) {
          const rib::TableReader::Section section(table);
          const rib::Destination destination = table.destination(id);
          expect_whole(shards, destination, set);
          seen += destination.in_use ? 1 : 0;
        }
      }
      ask([&] { share.reset(); });
    }
  });
  for (std::uint32_t flavour = 0; flavour < 3; ++flavour) {
    announce_all(kPrefixes, flavour);
    expect_everywhere(kPrefixes, flavour);
    apply(static_cast<int>(flavour) % 2);
  }
  over = true;
  reader.join();
  EXPECT_GT(seen, kPrefixes);
  expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Threads, Flood,
                         testing::Values(SpeakerThreads{0, 0, 1}, SpeakerThreads{1, 0, 1},
                                         SpeakerThreads{0, 1, 2}, SpeakerThreads{1, 2, 2},
                                         SpeakerThreads{2, 3, 6}),
                         [](const auto& threads) {
                           return "Readers" + std::to_string(threads.param.readers) + "Tables" +
                                  std::to_string(threads.param.tables);
                         });

}  // namespace
}  // namespace tern::session
