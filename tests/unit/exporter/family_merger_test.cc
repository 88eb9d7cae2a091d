#include "exporter/family_merger.h"

#include <gtest/gtest.h>

namespace tern::exporter {
namespace {

TEST(FamilyMerger, AFamilyStandsOnce) {
  FamilyMerger merger;
  merger.add(
      "# HELP a The first\n# TYPE a gauge\na 1\n# HELP b The second\n# TYPE b counter\nb{x=\"y\"} "
      "2\n");
  merger.add("# HELP b The second\n# TYPE b counter\nb{domain=\"d\"} 3\n");
  merger.add(
      "# HELP c New\n# TYPE c gauge\nc{domain=\"e\"} 4\n# HELP a The first\n# TYPE a gauge\n"
      "a{domain=\"e\"} 5\n");
  merger.add("");
  EXPECT_EQ(std::move(merger).text(),
            "# HELP a The first\n# TYPE a gauge\na 1\na{domain=\"e\"} 5\n"
            "# HELP b The second\n# TYPE b counter\nb{x=\"y\"} 2\nb{domain=\"d\"} 3\n"
            "# HELP c New\n# TYPE c gauge\nc{domain=\"e\"} 4\n");
}

}  // namespace
}  // namespace tern::exporter
