#include "bgpd/api/commands.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/api/api_client.h"

namespace tern::api {
namespace {

using google::protobuf::FieldDescriptor;

// A command of control.proto, empty.
proto::Request with(const FieldDescriptor* command) {
  proto::Request made;
  (void)made.GetReflection()->MutableMessage(&made, command);
  return made;
}

// Whoever adds a command decides here, too, that it is safe on a socket for everyone.
TEST(Commands, OnlyTheseAreLooks) {
  const std::set<std::string> looks{
      "version", "status",   "neighbors", "routes",        "monitor",    "explain",
      "egress",  "places",   "rpki",      "originated",    "conditions", "rtts",
      "probes",  "kernel",   "next_hops", "registrations", "guard",      "filters",
      "events",  "webhooks", "circuits",  "latency",       "baseline",   "registration_export",
      "domains"};
  const auto* commands = proto::Request::descriptor()->FindOneofByName("command");
  ASSERT_EQ(commands->field_count(), proto::Request::descriptor()->field_count())
      << "a request is one command and nothing else";
  for (int i = 0; i < commands->field_count(); ++i) {
    const FieldDescriptor* command = commands->field(i);
    EXPECT_EQ(changes(with(command)), looks.count(command->name()) == 0) << command->name();
  }
}

// A file of registrations comes in more than a thousand requests, and a visit of the shards waits
// for each of them.
TEST(Commands, OnlyTheseNeedNoTable) {
  const std::set<std::string> without{"registration_write",
                                      "registration_import",
                                      "registration_export",
                                      "registration_log",
                                      "events",
                                      "webhooks",
                                      "circuits",
                                      "ingress_report",
                                      "latency",
                                      "latency_report",
                                      "baseline",
                                      "domains"};
  const auto* commands = proto::Request::descriptor()->FindOneofByName("command");
  for (int i = 0; i < commands->field_count(); ++i) {
    const FieldDescriptor* command = commands->field(i);
    EXPECT_EQ(needs_table(with(command)), without.count(command->name()) == 0) << command->name();
  }
}

// A collector of flows sends a batch every few seconds.
TEST(Commands, ReportsOfIngressAreNotLogged) {
  EXPECT_FALSE(is_logged(request("ingress_report {}")));
}

TEST(Commands, WritesOfRegistrationsAreLoggedWhereTheyAreCarriedOut) {
  EXPECT_FALSE(is_logged(request("registration_write {}")));
  EXPECT_TRUE(is_logged(request("registration_write { check_only: true }")));
  EXPECT_FALSE(is_logged(request("registration_import { last: true }")));
  EXPECT_FALSE(is_logged(request("registration_import { check_only: true }")));
  EXPECT_TRUE(is_logged(request("registration_import { last: true check_only: true }")));
  EXPECT_TRUE(is_logged(request("pop_action {}")));
  EXPECT_FALSE(is_logged(request("latency_report {}"))) << "comes again and again";
}

TEST(Commands, WhatIsNotNamedIsAChange) {
  EXPECT_TRUE(changes(proto::Request()));
  EXPECT_TRUE(changes(request("reload { check_only: true }"))) << "it reads what may be secret";
}

// The answer of a read-only socket says them.
TEST(Commands, ChangesHaveWords) {
  const auto* commands = proto::Request::descriptor()->FindOneofByName("command");
  for (int i = 0; i < commands->field_count(); ++i) {
    const proto::Request one = with(commands->field(i));
    if (!changes(one)) continue;
    EXPECT_NE(in_words(one).rfind("command ", 0), 0U) << commands->field(i)->name();
  }
}

TEST(Commands, ReadAsInTernctl) {
  EXPECT_EQ(in_words(request("reload {}")), "reload");
  EXPECT_EQ(in_words(request("reload { confirmed: true }")), "reload --yes");
  EXPECT_EQ(in_words(request("reload { check_only: true }")), "reload check");
  EXPECT_EQ(
      in_words(request("neighbor_action { neighbor: 'edge' action: DISABLE message: 'till 4' }")),
      "neighbor edge disable 'till 4'");
  EXPECT_EQ(in_words(request("neighbor_action { neighbor: '192.0.2.1' action: REFRESH_OUT }")),
            "neighbor 192.0.2.1 refresh out");
  EXPECT_EQ(in_words(request("neighbor_action { neighbor: 'edge' action: DRAIN "
                             "drain { shut_down_within_seconds: 60 } }")),
            "neighbor edge drain shutdown within 60");
  EXPECT_EQ(in_words(request("neighbor_action { neighbor: 'edge' action: UNDRAIN }")),
            "neighbor edge undrain");
  EXPECT_EQ(in_words(request("pop_action { drain: true }")), "pop drain");
  EXPECT_EQ(in_words(request("pop_action { }")), "pop undrain");
  EXPECT_EQ(in_words(request("pop_action { degrade_microseconds: 20000 }")),
            "pop degrade 20000 us");
  EXPECT_EQ(in_words(request("pop_action { degrade_microseconds: 0 }")), "pop restore");
  EXPECT_EQ(in_words(request("neighbor_action { neighbor: 'a' action: DEGRADE microseconds: 9 }")),
            "neighbor a degrade 9 us");
  EXPECT_EQ(in_words(request("neighbor_action { neighbor: 'a' action: RESTORE }")),
            "neighbor a restore");
  EXPECT_EQ(in_words(request("rtt_action { action: SET pop: 'ams' to: 'lhr' microseconds: 5 "
                             "for_seconds: 60 }")),
            "rtt set ams lhr 5 us for 60s");
  EXPECT_EQ(in_words(request("rtt_action { action: SET pop: 'ams' for_seconds: 60 "
                             "prefixes { prefix: '10.0.0.0/8' microseconds: 5 } "
                             "prefixes { prefix: '11.0.0.0/8' microseconds: 6 } }")),
            "rtt set ams 10.0.0.0/8 5 us and 1 more for 60s");
  EXPECT_EQ(in_words(request("rtt_action { action: CLEAR pop: 'ams' "
                             "prefixes { prefix: '10.0.0.0/8' } }")),
            "rtt clear ams 10.0.0.0/8");
  EXPECT_EQ(in_words(request("rtt_action { action: CLEAR pop: 'ams' to: 'lhr' }")),
            "rtt clear ams lhr");
  EXPECT_EQ(in_words(request("rtt_action { action: CLEAR_ALL }")), "rtt clear all");
  EXPECT_EQ(in_words(request("latency_report {}")), "latency report");
  EXPECT_EQ(in_words(request("guard_action { action: RELEASE prefix: '10.0.0.0/8' from: 'AS7' "
                             "for_seconds: 60 because: 'a leak' }")),
            "guard release 10.0.0.0/8 from AS7 for 60s because a leak");
  EXPECT_EQ(in_words(request("guard_action { action: CLEAR prefix: '10.0.0.0/8' }")),
            "guard clear 10.0.0.0/8");
}

TEST(Commands, OfRouteFiltersReadAsInTernctl) {
  EXPECT_EQ(in_words(request("filter_action { action: ADD neighbor: 'edge' communities: '65000:1' "
                             "communities: '65000:1:*' because: 'ticket 71' }")),
            "filter add edge 65000:1 65000:1:* because ticket 71");
  EXPECT_EQ(in_words(request("filter_action { action: REMOVE neighbor: 'edge' communities: 'a' }")),
            "filter remove edge a");
  EXPECT_EQ(in_words(request("filter_action { action: SET neighbor: 'edge' }")),
            "filter set edge none");
  EXPECT_EQ(in_words(request("filter_action { action: RESET neighbor: 'edge' }")),
            "filter reset edge");
  EXPECT_FALSE(is_logged(request("filter_action {}")));
}

TEST(Commands, RefusedChangesHaveALine) {
  for (const char* const text :
       {"filter_action {}", "guard_action {}", "registration_write {}", "registration_import {}"}) {
    EXPECT_TRUE(is_logged_if_refused(request(text))) << text;
    EXPECT_FALSE(is_logged(request(text))) << text;
  }
  for (const char* const text :
       {"filters {}", "guard {}", "neighbor_action {}", "ingress_report {}",
        "registration_write { check_only: true }", "registration_import { check_only: true }"}) {
    EXPECT_FALSE(is_logged_if_refused(request(text))) << text;
  }
}

TEST(Commands, OfOwnRoutesReadAsInTernctl) {
  EXPECT_EQ(in_words(request("originate { prefix: '203.0.113.0/24' communities: '65000:1' med: 5 "
                             "local_pref: 90 for_seconds: 60 keep: true }")),
            "originate 203.0.113.0/24 community 65000:1 med 5 local-pref 90 for 60s keep");
  EXPECT_EQ(in_words(request("withdraw { prefix: '2001:db8::/32' }")), "withdraw 2001:db8::/32");
}

TEST(Commands, CannotFakeALineOfTheLog) {
  const auto forged =
      in_words(request("neighbor_action { neighbor: 'a\\n2026-01-01 info' action: RESET }"));
  EXPECT_EQ(forged, "neighbor a?2026-01-01 info reset");
  proto::Request longest;
  longest.mutable_neighbor_action()->set_message(std::string(60'000, 'x'));
  EXPECT_LT(in_words(longest).size(), 400U);
}

}  // namespace
}  // namespace tern::api
