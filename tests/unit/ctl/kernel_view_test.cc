// The views of the kernel's routes, letter by letter.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

TEST(KernelView, CountsAndReasons) {
  EXPECT_EQ("\n" + rendered({"show", "kernel"}, {response(R"(
      kernel { state: "waiting" table: 254 metric: 2048 protocol: 179 wanted: 1000003
               installed: 1000000 waiting: 1 failed: 2 unwanted: 7
               reasons { reason: "no-route" routes: 2 }
               reasons { reason: "foreign" refusals: 4 }
               next_hops: 40 unreachable_next_hops: 1 unanswered: 3 added: 1000000
               last_error: "10.0.0.0/8: File exists" last_error_seconds: 1799999940 }
      last: true)")}),
            R"(
waiting: older routes are kept until the neighbors have sent their tables
table 254, metric 2048, protocol 179

Routes
wanted                              1,000,003
installed                           1,000,000
waiting                                     1
failed                                      2
to be removed                               7
next hops                                  40
unreachable next hops                       1
questions without an answer                 3
added                               1,000,000
replaced                                    0
removed                                     0
found at the start                          0
changed by others and put right             0
resynchronizations with BGP                 0
resynchronizations with the kernel          0

Reason    Failed routes  Refusals
no-route              2         0
foreign               0         4

Last error, 1m ago: 10.0.0.0/8: File exists
)");
  EXPECT_EQ(rendered({"show", "kernel"}, {response(R"(kernel { state: "refreshing" } last: true)")})
                .substr(0, 68),
            "refreshing: all best routes are compared with the kernel's once more");
  EXPECT_EQ("\n" + rendered({"show", "kernel", "failed"}, {response(R"(
      kernel { failed: 3
               failed_routes { prefix: "10.0.0.0/8" reason: "no-route"
                               next_hops: "192.0.2.1" next_hops: "192.0.2.2" }
               failed_routes { prefix: "11.0.0.0/8" reason: "foreign" next_hops: "192.0.2.1" } }
      last: true)")}),
            R"(
Prefix      Reason    Next hop
10.0.0.0/8  no-route  192.0.2.1, 192.0.2.2
11.0.0.0/8  foreign   192.0.2.1
... and 1 route more
)");
  EXPECT_EQ(rendered({"show", "kernel", "failed"}, {response("kernel { } last: true")}),
            "All wanted routes are in the kernel, or on their way.\n");
}

}  // namespace
}  // namespace tern::ctl
