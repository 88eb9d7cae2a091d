#include "bgpd/daemon/kept_filters.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "bgpd/session/loop.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/session/speaker.h"
#include "conf/small_file.h"
#include "conf/state_file.h"
#include "tests/unit/session/line_count.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

using session::FilterEdit;
using session::FilterEdits;
using session::FilterNote;
using session::RouteFilters;
using EditsByAddress = std::map<std::string, FilterEdits>;

const FilterNote kNote{1790000000, "alice (uid 1000, pid 7)", "ticket 71"};

FilterEdit edit_of(const char* community, bool adds, FilterNote note = kNote) {
  return {*policy::parse_filter_community(community), adds, std::move(note)};
}

RouteFilters::Edited shared_edits(const EditsByAddress& edited) {
  RouteFilters::Edited all;
  for (const auto& [address, edits] : edited) {
    all[address] = std::make_shared<const FilterEdits>(edits);
  }
  return all;
}

TEST(KeptFilters, AreReadAsTheyWereWritten) {
  EditsByAddress edited;
  edited["192.0.2.1"] = {kNote,
                         {edit_of("65000:200", true), edit_of("65000:1:*", false, {5, "", ""})}};
  edited["fe80::1%eth0"] = {{7, "bob", ""}, {}};
  const std::string text = filters_text(shared_edits(edited));
  EditsByAddress read;
  EXPECT_EQ(read_filters(text, read), BadLines{});
  ASSERT_EQ(read.size(), 2U);
  const FilterEdits& first = read["192.0.2.1"];
  EXPECT_EQ(first.last.owner, kNote.owner);
  EXPECT_EQ(first.last.because, kNote.because);
  ASSERT_EQ(first.edits.size(), 2U);
  EXPECT_EQ(first.edits[0].community.text, "65000:200");
  EXPECT_TRUE(first.edits[0].adds);
  EXPECT_EQ(first.edits[0].note.since, kNote.since);
  EXPECT_FALSE(first.edits[1].adds);
  EXPECT_EQ(first.edits[1].note.owner, "");
  EXPECT_TRUE(read["fe80::1%eth0"].edits.empty());
  EXPECT_EQ(filters_text(shared_edits(read)), text);
}

TEST(KeptFilters, BadLinesAreLeftOut) {
  EditsByAddress read;
  const BadLines bad = read_filters(
      "# comment\n"
      "add\t192.0.2.1\t65000:1\t5\t-\t-\n"
      "filter\t192.0.2.1\t-\t5\t-\t-\n"
      "filter\t192.0.2.1\t-\t5\t-\t-\n"
      "permit\t192.0.2.1\t65000:1\t5\t-\t-\n"
      "add\t192.0.2.1\t65000\t5\t-\t-\n"
      "add\t192.0.2.1\t65000:1\tx\t-\t-\n"
      "add\t192.0.2.1\t65000:1\t5\n"
      "add\t192.0.2.1\t65000:1\t5\tbob\twith\ttabs\n"
      "remove\t192.0.2.1\t65000:1\t5\t-\t-\n",
      read);
  EXPECT_EQ(bad, (BadLines{2, 7}));
  ASSERT_EQ(read.size(), 1U);
  ASSERT_EQ(read["192.0.2.1"].edits.size(), 1U);
  EXPECT_EQ(read["192.0.2.1"].edits[0].note.because, "with\ttabs");
}

// Of one neighbor in two spellings there is one entry, and a pattern counts once however written.
TEST(KeptFilters, AddressesAndCommunitiesAreTheirValues) {
  EditsByAddress read;
  const BadLines bad = read_filters(
      "filter\t2001:DB8:0::1\t-\t5\t-\t-\n"
      "add\t2001:db8::1\t65535:65281\t5\t-\t-\n"
      "add\t2001:db8:0:0::1\tno-export\t5\t-\t-\n"
      "filter\t2001:db8::1\t-\t5\t-\t-\n"
      "filter\tfe80::1%\t-\t5\t-\t-\n"
      "filter\t192.0.2.300\t-\t5\t-\t-\n"
      "filter\tas65001-ams\t-\t5\t-\t-\n",
      read);
  EXPECT_EQ(bad, (BadLines{3, 5}));
  ASSERT_EQ(read.size(), 1U);
  ASSERT_EQ(read.count("2001:db8::1"), 1U);
  EXPECT_EQ(read["2001:db8::1"].edits.size(), 1U);
}

TEST(KeptFilters, NoMoreAreReadThanThereMayBe) {
  const auto address = [](std::size_t i) { return "2001:db8::" + std::to_string(i); };
  std::string text;
  for (std::size_t i = 0; i <= RouteFilters::kMostNeighbors; ++i) {
    text += "filter\t" + address(i) + "\t-\t5\t-\t-\n";
  }
  EditsByAddress read;
  EXPECT_EQ(read_filters(text, read), (BadLines{RouteFilters::kMostNeighbors + 1, 1}));
  EXPECT_EQ(read.size(), RouteFilters::kMostNeighbors);

  text = "filter\t192.0.2.1\t-\t5\t-\t-\n";
  for (std::size_t i = 0; i <= RouteFilters::kMostEditsOfOne; ++i) {
    text += "add\t192.0.2.1\t65000:" + std::to_string(i) + "\t5\t-\t-\n";
  }
  read.clear();
  EXPECT_EQ(read_filters(text, read), (BadLines{RouteFilters::kMostEditsOfOne + 2, 1}));

  text.clear();
  for (std::size_t i = 0; i < 100; ++i) text += "filter\t" + address(i) + "\t-\t5\t-\t-\n";
  for (std::size_t i = 0; i <= RouteFilters::kMostEdits; ++i) {
    text += "add\t" + address(i % 100) + "\t65000:" + std::to_string(i) + "\t5\t-\t-\n";
  }
  read.clear();
  EXPECT_EQ(read_filters(text, read), (BadLines{100 + RouteFilters::kMostEdits + 1, 1}));
}

session::SpeakerSettings settings_with(const std::vector<std::string>& addresses) {
  session::SpeakerSettings settings;
  settings.egress = std::make_shared<const policy::Egress>();
  for (const std::string& address : addresses) {
    session::PeerSettings peer;
    peer.address = *IpAddress::parse(address);
    peer.name = "at-" + address;
    peer.shutdown = true;
    peer.import.egress = peer.exported.egress = settings.egress;
    settings.peers.push_back(peer);
  }
  return settings;
}

// A reload takes a neighbor with edits out of the configuration, and another one brings it back.
TEST(KeptFilters, AReloadNamesNeighborsThatAreGone) {
  const Folder folder;
  ::setenv("STATE_DIRECTORY", folder.path().c_str(), 1);
  const session::LineCount first("have edits: 192.0.2.1; the edits");
  const session::LineCount second("have edits: 192.0.2.2; the edits");
  {
    ConfigThread thread;
    session::Loop loop;
    session::Speaker speaker(loop, {});
    const auto reload = [&](const std::vector<std::string>& addresses) {
      const auto plan = session::plan(speaker.running(), settings_with(addresses));
      ASSERT_TRUE(speaker.apply(plan).ok());
    };
    reload({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
    KeptFilters filters(thread, loop, speaker, "/etc/tern/ternd.yml");
    filters.restore();
    for (const char* const address : {"192.0.2.1", "192.0.2.2"}) {
      session::FilterCommand command;
      command.action = session::FilterCommand::Action::Set;
      command.neighbor = address;
      EXPECT_TRUE(speaker.route_filters().apply(command).ok());
    }
    const auto warnings = [&](const std::vector<std::string>& addresses) {
      reload(addresses);
      filters.warn_of_unlisted();
      return std::pair{first.lines(), second.lines()};
    };
    EXPECT_EQ(warnings({"192.0.2.2", "192.0.2.3"}), (std::pair{1, 0}));
    EXPECT_EQ(warnings({"192.0.2.2", "192.0.2.3"}), (std::pair{1, 0})) << "once";
    EXPECT_EQ(warnings({"192.0.2.3"}), (std::pair{1, 1})) << "each with its name";
    EXPECT_EQ(warnings({"192.0.2.1", "192.0.2.3"}), (std::pair{1, 1}));
    EXPECT_EQ(warnings({"192.0.2.3"}), (std::pair{2, 1})) << "gone again";
    EXPECT_EQ(speaker.route_filters().edited().size(), 2U);
    thread.call([] { return true; });
  }
  ::unsetenv("STATE_DIRECTORY");
}

// A start with the edits of a neighbor that is configured, of one that may come from a range, and
// of one that is gone; then a command.
TEST(KeptFilters, OutlastARestart) {
  const Folder folder;
  ::setenv("STATE_DIRECTORY", folder.path().c_str(), 1);
  const std::string configuration = "/etc/tern/ternd.yml";
  const std::string path = conf::state_file(folder.path(), configuration, "filters", "txt");
  EditsByAddress edited;
  for (const char* const address : {"192.0.2.1", "198.51.100.7", "203.0.113.9"}) {
    edited[address] = {kNote, {edit_of("65000:200", true)}};
  }
  const std::string before = filters_text(shared_edits(edited)) + "from a later version\n";
  ASSERT_EQ(conf::replace_file(path, before), std::nullopt);
  const session::LineCount unknown(
      "the configuration does not list neighbors whose route filters have edits: 203.0.113.9; the "
      "edits stay kept");
  {
    ConfigThread thread;
    session::Loop loop;
    session::Speaker speaker(loop, {});
    session::SpeakerSettings settings;
    settings.egress = std::make_shared<const policy::Egress>();
    session::PeerSettings peer;
    peer.address = *IpAddress::parse("192.0.2.1");
    peer.name = "edge";
    peer.shutdown = true;
    peer.import.egress = peer.exported.egress = settings.egress;
    settings.peers.push_back(peer);
    session::DynamicRange range;
    range.prefix = *Prefix::parse("198.51.100.0/24");
    range.settings.import.egress = range.settings.exported.egress = settings.egress;
    settings.dynamic_ranges.push_back(range);
    ASSERT_TRUE(speaker.apply(session::plan(nullptr, std::move(settings))).ok());
    KeptFilters filters(thread, loop, speaker, configuration);
    filters.restore();
    ASSERT_EQ(speaker.route_filters().edited().size(), 3U);
    EXPECT_TRUE(
        speaker.route_filters().in_force(peer)->has(*policy::parse_filter_community("65000:200")));
    session::FilterCommand command;
    command.neighbor = "192.0.2.1";
    command.communities = {*policy::parse_filter_community("65000:300")};
    EXPECT_TRUE(speaker.route_filters().apply(command).ok());
    filters.warn_of_unlisted();        // named already
    thread.call([] { return true; });  // runs behind the write
  }
  ::unsetenv("STATE_DIRECTORY");
  EditsByAddress kept;
  EXPECT_EQ(read_filters(conf::read_file(path, 10'000).value(), kept), BadLines{});
  EXPECT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept["192.0.2.1"].edits.size(), 2U);
  EXPECT_EQ(unknown.lines(), 1);
  EXPECT_EQ(conf::read_file(path + ".bad", 10'000).value(), before)
      << "a line that nobody understood is not lost with the first write";
}

}  // namespace
}  // namespace tern::daemon
