#include "rib/egress_moves.h"

#include <gtest/gtest.h>

namespace tern::rib {
namespace {

constexpr EgressMove move(MetroId metro, PopId from, PopId to) {
  return {metro, from, to, MoveCause::Routes};
}

// The last move of a metro is the one that people see.
TEST(EgressMoves, AreTakenInTheOrderOfTheLastOfEachKind) {
  EgressMoves moves;
  for (const EgressMove& each : {move(1, 1, 0), move(1, 0, 1), move(2, 0, 1), move(1, 1, 0)}) {
    moves.note(each);
  }
  EXPECT_EQ(moves.take(),
            (EgressMoves::Taken{{move(1, 0, 1), 1}, {move(2, 0, 1), 1}, {move(1, 1, 0), 2}}));
  EXPECT_TRUE(moves.take().empty());
  EXPECT_EQ(moves.counts()[static_cast<std::size_t>(MoveCause::Routes)], 4U);
}

TEST(EgressMoves, ManyKindsAreCountedByCauseAlone) {
  EgressMoves moves;
  for (std::size_t i = 0; i < EgressMoves::kMost + 10; ++i) {
    moves.note(move(static_cast<MetroId>(i), 0, 1));
  }
  EXPECT_EQ(moves.take().size(), EgressMoves::kMost);
  EXPECT_EQ(moves.counts()[0], EgressMoves::kMost + 10);
}

}  // namespace
}  // namespace tern::rib
