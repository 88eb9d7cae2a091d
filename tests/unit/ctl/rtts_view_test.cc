// How show rtts, rtt set and rtt clear look on a terminal.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

TEST(RttsView, RoundTripsShowTheCostInUse) {
  const auto rtts = response(R"(rtts { file: '/etc/tern/rtts.csv' rtts {
    pop: 'ams' to: 'paris' source: 'file' latest_us: 21000 average_us: 12000 age_seconds: 5
    state: 'waits' waits_seconds: 42 used_us: 8100 used_source: 'file' used_for_seconds: 18 }
    rtts { pop: 'ams' to: 'lhr' backbone: true source: 'api' latest_us: 6000 average_us: 6000
    age_seconds: 240 expires_in_seconds: 60 state: 'stale' used_us: 6200 used_source: 'distance'
    used_for_seconds: 420 } } last: true)");
  EXPECT_EQ(rendered({"show", "rtts"}, {rtts}), R"(File /etc/tern/rtts.csv: good

From  To          Latest  Average  Source  Age  Expires  State      Cost in use        For
ams   paris      21.0 ms  12.0 ms  file     5s           waits 42s  8.1 ms (file)      18s
ams   lhr (PoP)   6.0 ms   6.0 ms  api      4m  in 1m    stale      6.2 ms (distance)   7m
)");
  EXPECT_EQ(rendered({"show", "rtts"}, {response(R"(rtts { prefix_file: '/etc/tern/prefixes.csv'
    prefix_file_error: 'prefixes.csv:2:1: no' prefixes: 1 } last: true)")}),
            "File /etc/tern/prefixes.csv: prefixes.csv:2:1: no, 1 round trip to prefixes\n\n"
            "Nothing is measured: costs are of the configuration.\n");
  EXPECT_EQ(rendered({"show", "rtts"}, {response("rtts { } last: true")}),
            "Nothing is measured: costs are of the configuration.\n");
  EXPECT_EQ(rendered({"rtt", "set", "ams", "paris", "21"}, {response(R"(rtts { rtts {
    pop: 'ams' to: 'paris' state: 'waits' waits_seconds: 42 used_us: 8100 used_source: 'file' } }
    last: true)")}),
            "ams to paris: the cost is 8.1 ms (file); it waits 42s for the end of the dwell\n");
  EXPECT_EQ(rendered({"rtt", "set", "ams", "paris", "21"}, {response(R"(rtts { rtts {
    pop: 'ams' to: 'paris' latest_us: 21000 average_us: 12000 state: 'waits' used_us: 8100
    used_source: 'api' } } last: true)")}),
            "ams to paris: the cost is 8.1 ms (api); the average with earlier measurements is "
            "12.0 ms; it counts within a second\n");
  // The measurement is no part of the average of those before.
  EXPECT_EQ(rendered({"rtt", "set", "iad", "paris", "30"}, {response(R"(rtts { rtts {
    pop: 'iad' to: 'paris' latest_us: 30000 average_us: 80000 state: 'implausible'
    shortest_us: 60100 used_us: 80000 used_source: 'api' } } last: true)")}),
            "iad to paris: the cost is 80.0 ms (api); the measurement does not count, because "
            "light in fibre needs 60.1 ms\n");
  EXPECT_EQ(rendered({"rtt", "clear", "all"}, {response("rtts { cleared: 3 } last: true")}),
            "3 measurements cleared\n");
}

TEST(RttsView, RoundTripsToPrefixesShowTheirSource) {
  EXPECT_EQ(rendered({"rtt", "set", "ams", "10.0.0.0/8", "4"}, {response(R"(rtts { rtts {
    pop: 'ams' to: '10.0.0.0/8' to_prefix: true latest_us: 4000 average_us: 4000 state: 'waits'
    used_source: 'metro' } } last: true)")}),
            "ams to 10.0.0.0/8: the cost is that of the metro; it counts within a second\n");
  EXPECT_EQ(rendered({"rtt", "clear", "ams", "10.0.0.0/8", "11.0.0.0/8"},
                     {response("rtts { cleared: 2 } last: true")}),
            "ams to 10.0.0.0/8: cleared\nams to 11.0.0.0/8: cleared\n");
  EXPECT_EQ(rendered({"show", "rtts", "10.0.0.0/8"}, {response(R"(rtts { rtts { pop: 'ams'
    to: '10.0.0.0/8' to_prefix: true source: 'api' latest_us: 4000 average_us: 4000 age_seconds: 5
    state: 'stale' used_source: 'metro' } } last: true)")}),
            R"(From  To          Latest  Average  Source  Age  State  Cost in use   For
ams   10.0.0.0/8  4.0 ms   4.0 ms  api      5s  stale  of the metro
)");
  EXPECT_EQ(rendered({"show", "rtts", "10.0.0.0/8"}, {response("rtts { } last: true")}),
            "10.0.0.0/8 is not measured: paths have the cost of their metro.\n");
}

}  // namespace
}  // namespace tern::ctl
