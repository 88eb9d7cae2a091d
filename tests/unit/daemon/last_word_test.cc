#include "bgpd/daemon/last_word.h"

#include <gtest/gtest.h>

#include <new>

#include "rib/base/huge_memory.h"

namespace tern::daemon {
namespace {

// Octets. No machine has addresses for so many.
constexpr std::size_t kTooMuch = std::size_t{1} << 50U;

TEST(LastWordDeathTest, TheLineNamesTheUseAndTheSize) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        install_last_word();
        (void)rib::map_huge(kTooMuch);
      },
      "ternd: out of memory: the system refuses 1125899[0-9]* octets of memory for an index");
}

}  // namespace
}  // namespace tern::daemon
