// The rules by which a path is unusual, and the table of usual paths.
#include "policy/usual_paths.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy_builders.h"

namespace tern::policy {
namespace {

UsualPath usual_of(std::string_view text) {
  UsualPath usual;
  usual.prefix = prefix(text);
  usual.origins = {3320, 3333};
  usual.origin_count = 2;
  usual.upstreams = {1299, kNoUpstream};
  usual.upstream_count = 2;
  usual.longest = 3;
  usual.longer_by = 4;
  return usual;
}

TEST(UsualPath, AnUpstreamIsNewThatWasNotLearnt) {
  UsualPath usual = usual_of("193.0.0.0/21");
  EXPECT_FALSE(is_new_upstream(usual, {3320, 1299, 2}));
  EXPECT_FALSE(is_new_upstream(usual, {3333, kNoUpstream, 1}));
  EXPECT_TRUE(is_new_upstream(usual, {3320, 174, 2}));
  EXPECT_FALSE(is_new_upstream(usual, {666, 174, 2})) << "of another origin";
  usual.upstream_count = 1;
  EXPECT_TRUE(is_new_upstream(usual, {3320, kNoUpstream, 1})) << "a free entry is no upstream";
  usual.upstream_count = 0;
  EXPECT_FALSE(is_new_upstream(usual, {3320, 174, 2})) << "none is usual";
  usual = usual_of("193.0.0.0/21");
  usual.many_upstreams = true;
  EXPECT_FALSE(is_new_upstream(usual, {3320, 174, 2}));
}

TEST(UsualPath, AFarLongerPathPassesTheLongestByMore) {
  UsualPath usual = usual_of("193.0.0.0/21");
  EXPECT_FALSE(is_far_longer(usual, {3320, 174, 7}));
  EXPECT_TRUE(is_far_longer(usual, {3320, 174, 8}));
  EXPECT_TRUE(is_far_longer(usual, {666, 174, 8})) << "of any origin";
  usual.longer_by = 255;
  EXPECT_FALSE(is_far_longer(usual, {3320, 174, 255}));
  usual = usual_of("193.0.0.0/21");
  usual.longest = 0;
  EXPECT_FALSE(is_far_longer(usual, {3320, 174, 255})) << "no length is known";
}

TEST(UsualPaths, FindThePrefixItself) {
  const UsualPaths paths({usual_of("2001:67c::/32"), usual_of("193.0.0.0/21"),
                          usual_of("193.0.0.0/22"), usual_of("193.0.0.0/21")});
  EXPECT_EQ(paths.size(), 3U);
  for (const char* const text : {"193.0.0.0/21", "193.0.0.0/22", "2001:67c::/32"}) {
    ASSERT_NE(paths.find(prefix(text)), nullptr) << text;
    EXPECT_EQ(paths.find(prefix(text))->prefix, prefix(text));
  }
  for (const char* const text : {"193.0.0.0/20", "193.0.0.0/23", "0.0.0.0/0", "2001:67d::/32"}) {
    EXPECT_EQ(paths.find(prefix(text)), nullptr) << text;
  }
  EXPECT_EQ(UsualPaths().find(prefix("193.0.0.0/21")), nullptr);
}

TEST(UsualPaths, DifferInSinglePrefixes) {
  const UsualPath one = usual_of("193.0.0.0/21");
  const UsualPath inside = usual_of("193.0.0.0/22");
  UsualPath other = inside;
  other.longest = 4;
  using Ranges = std::vector<PrefixRange>;
  const Ranges of_one{{one.prefix, 21, 21}};
  const Ranges of_inside{{inside.prefix, 22, 22}};
  const UsualPaths both({one, inside});
  EXPECT_EQ(UsualPaths::difference(both, UsualPaths({inside, one})), Ranges{});
  EXPECT_EQ(UsualPaths::difference(both, UsualPaths({one, other})), of_inside);
  EXPECT_EQ(UsualPaths::difference(both, UsualPaths({inside})), of_one);
  EXPECT_EQ(UsualPaths::difference(UsualPaths({inside}), both), of_one);
  EXPECT_EQ(UsualPaths::difference({}, both), (Ranges{of_one[0], of_inside[0]}));
}

}  // namespace
}  // namespace tern::policy
