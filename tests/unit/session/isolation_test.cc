// Two speakers in one process, as two routing domains have them: random histories of both at once,
// with neighbors that have the same addresses and prefixes. No route passes from one to the other.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kPrefixes = 400;
constexpr std::uint32_t kFlavours = 3;  // of a domain; append_announcements() has seven last ASes

// A domain: a speaker, a neighbor that announces, one that hears, and what it should hear.
class Side {
 public:
  Side(std::uint32_t domain, const SpeakerThreads& threads) : domain_(domain), speaker_(threads) {
    speaker_.apply({1, 2});
    EXPECT_TRUE(sender_.connect());
    EXPECT_TRUE(hearer_.connect());
  }

  // A random history, and then whether the hearer has what the sender announced last, no more, and
  // all of this domain.
  void live(std::uint32_t seed) {
    std::minstd_rand random(seed);
    for (int step = 0; step < 40; ++step) {
      act(random);
      hearer_.listen(static_cast<int>(random() % 3));
      expect_own();
    }
    EXPECT_TRUE(hearer_.hears_until([this] { return has_all(); }));
    expect_own();
  }

 private:
  void act(std::minstd_rand& random) {
    const std::uint32_t first = static_cast<std::uint32_t>(random()) % kPrefixes;
    const std::uint32_t last = first + static_cast<std::uint32_t>(random()) % (kPrefixes - first);
    std::vector<std::byte> messages;
    switch (random() % 8) {
      case 0:  // the sender goes without a word
        sender_.close();
        due_.clear();
        EXPECT_TRUE(sender_.connect());
        break;
      case 1:  // the hearer begins anew
        hearer_.close();
        EXPECT_TRUE(hearer_.connect());
        break;
      case 2:
      case 3:
        append_withdrawals(first, last, messages);
        EXPECT_TRUE(sender_.send(messages));
        for (std::uint32_t i = first; i < last; ++i) due_.erase(prefix_of(i));
        break;
      default: {
        const std::uint32_t flavour =
            domain_ * kFlavours + static_cast<std::uint32_t>(random()) % kFlavours;
        EXPECT_TRUE(sender_.announce(first, last, flavour));
        for (std::uint32_t i = first; i < last; ++i) due_[prefix_of(i)] = last_as(flavour);
      }
    }
  }

  static std::string last_as(std::uint32_t flavour) { return ' ' + std::to_string(200 + flavour); }

  [[nodiscard]] bool has_all() const {
    if (hearer_.advertised().size() != due_.size()) return false;
    for (const auto& [prefix, end] : due_) {
      const auto heard = hearer_.advertised().find(prefix);
      if (heard == hearer_.advertised().end() || !heard->second.ends_with(end)) return false;
    }
    return true;
  }

  void expect_own() const {
    for (const auto& [prefix, path] : hearer_.advertised()) {
      bool own = false;
      for (std::uint32_t i = 0; i < kFlavours; ++i) {
        own = own || path.ends_with(last_as(domain_ * kFlavours + i));
      }
      ASSERT_TRUE(own) << "domain " << domain_ << " heard " << prefix.to_string() << " by " << path;
    }
  }

  const std::uint32_t domain_;
  RunningSpeaker speaker_;
  SocketNeighbour sender_{1, speaker_.port()};
  SocketNeighbour hearer_{2, speaker_.port()};
  std::map<Prefix, std::string> due_;  // the last AS of the path, by prefix
};

TEST(Isolation, RandomHistoriesOfTwoDomains) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::array<std::unique_ptr<Side>, 2> sides;
  for (std::uint32_t i = 0; i < sides.size(); ++i) {
    sides[i] = std::make_unique<Side>(i, SpeakerThreads{1, 2, 2, {}});
  }
  std::vector<std::thread> lives;
  for (std::uint32_t i = 0; i < sides.size(); ++i) {
    lives.emplace_back([&, i] {
      for (std::uint32_t round = 0; round < 3; ++round) sides[i]->live(seed + 2 * round + i);
    });
  }
  for (std::thread& thread : lives) thread.join();
}

}  // namespace
}  // namespace tern::session
