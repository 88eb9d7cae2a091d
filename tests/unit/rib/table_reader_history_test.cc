// Random histories of a table that is sometimes shared, beside the same of one that never is.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/rib/session_ends.h"
#include "tests/unit/rib/shown.h"

namespace tern::rib {
namespace {

constexpr std::uint32_t kHistorySeed = 20261121;
constexpr std::array<const char*, 4> kPrefixes{"203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32",
                                               "2001:db8:1::/48"};

struct Step {
  enum class Kind : std::uint8_t { Announce, Reject, Withdraw, Tell, Revise, Rank, Leave, Take };
  Kind kind = Kind::Announce;
  PeerSlot peer = 0;
  Nlri nlri;
  std::array<std::uint32_t, 4> draws{};
};

class HistoryTable {
 public:
  HistoryTable() {
    rib.set_peer(kAmsterdam, ebgp_peer(10, 10));
    rib.set_peer(kLondon, ebgp_peer(20, 20));
    rib.set_peer(kBackbone, ibgp_peer(30, 30));
  }
  void apply(const Step& step) {
    const std::optional<DestId> id = rib.find_id(step.nlri);
    if (step.kind == Step::Kind::Announce || step.kind == Step::Kind::Reject) announce(step);
    if (step.kind == Step::Kind::Withdraw) rib.withdraw(step.peer, step.nlri);
    if (step.kind == Step::Kind::Tell && id) tell(*id, step);
    if (step.kind == Step::Kind::Revise && id) revise(*id, step);
    if (step.kind == Step::Kind::Rank) rank(step);
    if (step.kind == Step::Kind::Leave) leave(step.peer);
    if (step.kind == Step::Kind::Take) take_changes(rib);
  }
  void leave(PeerSlot peer) {
    end_session(rib, peer);
    for (DestId id = 0; id < rib.end(); ++id) rib.sweep(id);
  }
  // By prefix, whatever sets are called.
  [[nodiscard]] std::vector<Shown> all() const {
    std::vector<Shown> all;
    for (const char* text : kPrefixes) {
      const auto id = rib.find_id(unicast(prefix(text)));
      Shown& one = all.emplace_back(id ? shown(rib, *id) : Shown{});
      for (ShownPath& path : one.paths) path.effective = path.received = AttrRef::None;
      for (ShownTold& advertised : one.advertised) advertised.set = AttrRef::None;
    }
    return all;
  }

  AttrTable attributes;
  Rib rib{attributes};

 private:
  [[nodiscard]] AttrHandle set(std::uint32_t draw) {
    PathBuilder built = path().as_path({65001 + draw % 3, 65100}).med(draw / 3 % 3);
    if (draw / 9 % 4 == 0) built.local_pref(100 + draw / 36 % 2);
    if (draw / 128 % 2 == 0) built.place(0, static_cast<PopId>(draw / 256 % 2), draw / 512 % 3);
    return built.intern(attributes);
  }
  void announce(const Step& step) {
    const AttrHandle came = set(step.draws[0]);
    const AttrHandle made = step.draws[2] % 3 == 0 ? set(step.draws[1]) : AttrHandle();
    const AttrRef effective = step.draws[2] % 3 == 0 ? made.ref() : came.ref();
    const bool accept = step.kind == Step::Kind::Announce;
    rib.announce(
        step.peer, step.nlri,
        {came.ref(), accept ? effective : AttrRef::None, accept ? Reason::None : Reason::Policy, 0},
        step.draws[3]);
  }
  void revise(DestId id, const Step& step) {
    const std::size_t count = rib.destination(id).paths.size();
    if (count == 0) return;
    const std::size_t at = step.draws[0] % count;
    const AttrRef came = rib.destination(id).received(at);
    const AttrHandle made = set(step.draws[1]);
    const bool accept = step.draws[2] % 3 != 0;
    rib.revise(
        id, at,
        {came, accept ? made.ref() : AttrRef::None, accept ? Reason::None : Reason::Policy, 0});
  }
  void tell(DestId id, const Step& step) {
    std::vector<Advertised> advertised;
    std::vector<std::uint32_t> ids;
    std::vector<AttrHandle> sets;
    const std::uint32_t count = step.draws[0] % 4;
    for (std::uint32_t i = 0; i < count; ++i) {
      ClientSet clients;
      for (std::uint32_t k = 0; k < 3; ++k) clients.insert((step.draws[1] >> (8 * k)) % 40);
      clients.insert(i);
      sets.push_back(set(step.draws[2] >> i));
      advertised.push_back({sets.back().ref(), rib.audiences().intern(clients)});
      if (step.draws[0] / 4 % 2 == 0) ids.push_back(step.draws[3] + i);
    }
    rib.set_advertised(id, advertised, ids);
    for (const Advertised& each : advertised) rib.audiences().release(each.audience);
  }
  void rank(const Step& step) {
    const auto position = static_cast<EgressPosition>(step.draws[0] % 3);
    rib.set_config({step.draws[1] % 2 == 0, position});
    for (DestId id = 0; id < rib.end(); ++id) rib.rank(id);
    if (step.draws[2] % 2 == 0) return;
    rib.set_peer(step.peer, ebgp_peer(step.draws[3] % 50, 10 * (step.peer + 1)));
    for (DestId id = 0; id < rib.end(); ++id) rib.rank(id, only(step.peer));
  }
};

class TableReaderHistory : public testing::Test {
 protected:
  TableReaderHistory() { std::printf("seed %u\n", kHistorySeed); }
  std::uint32_t random(std::uint32_t bound) {
    return static_cast<std::uint32_t>(engine_() % bound);
  }

  Step draw() {
    using StepKind = Step::Kind;
    constexpr std::array kKinds{StepKind::Announce, StepKind::Announce, StepKind::Announce,
                                StepKind::Announce, StepKind::Withdraw, StepKind::Withdraw,
                                StepKind::Reject,   StepKind::Tell,     StepKind::Tell,
                                StepKind::Tell,     StepKind::Revise,   StepKind::Take};
    Step step;
    step.kind = kKinds[random(kKinds.size())];
    if (random(150) == 0) step.kind = random(2) == 0 ? StepKind::Rank : StepKind::Leave;
    step.peer = random(3);
    const std::uint32_t path_id = random(2) == 0 ? 0 : random(3);
    step.nlri = unicast(prefix(kPrefixes[random(kPrefixes.size())]), path_id);
    for (std::uint32_t& number : step.draws) number = static_cast<std::uint32_t>(engine_());
    return step;
  }
  // Readers come, look, look again after what happened meanwhile, and go.
  void read() {
    if (readers_ > 0) look();
    if (random(40) == 0 && readers_ < 3) {
      shared.rib.share();
      ++readers_;
    } else if (random(60) == 0 && readers_ > 0) {
      leave_section();
      unshare();
    }
  }
  void look() {
    if (section_ && random(30) == 0) leave_section();
    if (!section_ && random(10) == 0) section_.emplace(reader_);
    if (!section_) return;
    const DestId id = random(shared.rib.end() + 1);
    if (id == shared.rib.end()) return;
    const Destination destination = reader_.destination(id);
    const Shown now = shown(reader_, shared.attributes, destination);
    ASSERT_EQ(now, shown(shared.rib, id));
    found_.emplace_back(destination, now);
    ++looks_;
  }
  void leave_section() {
    for (const auto& [destination, before] : found_) {
      ASSERT_EQ(shown(reader_, shared.attributes, destination), before);
    }
    found_.clear();
    section_.reset();
  }
  void unshare() {
    shared.rib.unshare();
    if (--readers_ > 0) return;
    ++rounds_;
    if (random(2) == 0) expect_nothing_left_over();
  }
  // Of having been shared.
  void expect_nothing_left_over() {
    take_changes(shared.rib);
    take_changes(plain.rib);
    shared.rib.free_idle(kMostChanges);
    EXPECT_EQ(shared.rib.memory().blocks, plain.rib.memory().blocks);
    EXPECT_EQ(shared.rib.audiences().size(), plain.rib.audiences().size());
    EXPECT_EQ(shared.attributes.size(), plain.attributes.size());
    EXPECT_EQ(shared.all(), plain.all());
    for (const char* text : kPrefixes) {
      EXPECT_EQ(shared.rib.find(unicast(prefix(text))).has_value(),
                plain.rib.find(unicast(prefix(text))).has_value());
    }
  }

  HistoryTable shared;
  HistoryTable plain;
  std::size_t readers_ = 0;
  std::uint64_t looks_ = 0;
  std::uint64_t rounds_ = 0;

 private:
  std::mt19937 engine_{kHistorySeed};
  TableReader reader_{shared.rib};
  std::vector<std::pair<Destination, Shown>> found_;
  std::optional<TableReader::Section> section_;
};

TEST_F(TableReaderHistory, SharingLeavesNothingBehind) {
  for (int step = 0; step < 20000; ++step) {
    const Step next = draw();
    shared.apply(next);
    plain.apply(next);
    ASSERT_NO_FATAL_FAILURE(read()) << "step " << step;
    ASSERT_FALSE(HasNonfatalFailure()) << "step " << step;
  }
  leave_section();
  while (readers_ > 0) unshare();
  for (HistoryTable* table : {&shared, &plain}) {
    for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) table->leave(peer);
    for (DestId id = 0; id < table->rib.end(); ++id) {
      if (table->rib.destination(id).in_use) table->rib.set_advertised(id, {}, {});
    }
  }
  expect_nothing_left_over();
  EXPECT_EQ(shared.rib.memory().blocks, 0U);
  EXPECT_EQ(shared.rib.audiences().size(), 0U);
  EXPECT_EQ(shared.attributes.size(), 0U);
  EXPECT_GT(looks_, 1000U);
  EXPECT_GT(rounds_, 20U);
}

}  // namespace
}  // namespace tern::rib
