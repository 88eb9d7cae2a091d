// The memory that a registered prefix takes in the book of states.
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "bgpd/states/state_book.h"
#include "found.h"

namespace tern::states {
namespace {

std::size_t in_use() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

// Octets of one of `count` registrations, once each has had these findings in turn.
std::size_t octets_each(std::uint32_t count, const std::vector<Findings>& findings) {
  policy::Registrations all;
  for (std::uint32_t i = 0; i < count; ++i) {
    policy::Registration one = registered_prefix("10.0.0.0/32");
    one.prefix = Prefix(IpAddress::v4(0x0A000000U + i), 32);
    all.push_back(std::move(one));
  }
  const auto table = table_of(std::move(all));
  const PeerTable peers;
  StateBook book([](const events::Report&) {});
  book.set_hold(0);
  const std::size_t before = in_use();
  (void)book.take_table(table);
  for (const Findings& found : findings) {
    for (std::size_t i = 0; i < table->size(); ++i) (void)book.take(i, found, peers, 1'800'000'000);
  }
  const std::size_t after = in_use();
  EXPECT_GT(after, before);
  return (after - before) / count;
}

TEST(StateBookMemory, OfRegistrationsThatNeverChanged) {
  EXPECT_LE(octets_each(100'000, {absent()}), 100U);
  EXPECT_LE(octets_each(100'000, {healthy()}), 100U);
}

TEST(StateBookMemory, OfRegistrationsWithEvidenceAndAWholeHistory) {
  Findings bad = hijacked();
  bad.evidence = {{State::Hijacked, std::string(80, 'x')},
                  {State::MissingTag, std::string(80, 'y')}};
  std::vector<Findings> changes;
  for (std::size_t i = 0; i < StateBook::kHistory; ++i) {
    changes.push_back(i % 2 == 0 ? healthy() : bad);
  }
  changes.push_back(healthy());
  changes.push_back(bad);
  EXPECT_LE(octets_each(10'000, changes), 640U);
}

}  // namespace
}  // namespace tern::states
