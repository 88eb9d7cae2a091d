// Events as lines of JSON: written, rotated, read back; full disks and bad files.
#include "bgpd/events/event_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bgpd/events/event_line.h"
#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

Event sample(std::uint32_t id) {
  Event event;
  event.id = id;
  event.kind = Kind::OriginHijack;
  event.severity = Severity::Critical;
  event.key = "origin-hijack 203.0.113.0/24 64666";
  event.subject = {"203.0.113.0/24", "edge-1", 64666, "ams", ""};
  event.summary = "AS 64666 announces \"203.0.113.0/24\"";
  event.evidence = {{"as path", "64501 64666"}, {"expected", "64500"}};
  event.start = 1'800'000'000;
  event.last = event.end = 1'800'000'060;
  event.count = 2;
  event.members = 12;
  event.group = true;
  event.examples = {"203.0.113.0/25"};
  return event;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(EventLine, IsReadBackAsItWasWritten) {
  const Event event = sample(5);
  const std::string line = to_line(event);
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto read = parse_line(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_line(*read), line);
  EXPECT_EQ(read->subject, event.subject);
  EXPECT_EQ(read->evidence, event.evidence);
  EXPECT_EQ(read->examples, event.examples);
  EXPECT_EQ(read->members, 12U);
  EXPECT_TRUE(read->group);
}

TEST(EventLine, WhatIsNoEventIsNone) {
  for (const char* line : {"", "{}", "[]", "null", "{\"id\":1}", "not json", "{\"id\":",
                           R"({"id":1,"kind":"none","severity":"info","start":1,"key":"k"})",
                           R"({"id":-1,"kind":"session-up","severity":"info","start":1,"key":"k"})",
                           R"({"id":[],"kind":{},"severity":1,"start":"x","key":null})"}) {
    EXPECT_FALSE(parse_line(line)) << line;
  }
  EXPECT_TRUE(parse_line(R"({"id":1,"kind":"session-up","severity":"info","start":1,"key":"k",)"
                         R"("evidence":[1],"examples":{"a":1},"subject":7})"));
}

TEST(EventLine, OctetsThatAreNoTextAreReplaced) {
  Event event = sample(1);
  event.summary = "\xff\xfe";
  EXPECT_TRUE(parse_line(to_line(event)));
}

// An open event of a file with a long path goes on behind a restart.
TEST(EventLine, TheLongestKeyIsReadBack) {
  Event event;
  event.id = event.start = 1;
  event.kind = Kind::MoreSpecificHijack;
  event.key = event_key(event.kind, std::string(kMostText, 'x'));
  const auto read = parse_line(to_line(event));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, event.key);
}

TEST(EventLine, TextsAreCutBetweenCharacters) {
  Event event = sample(1);
  event.summary = event.examples[0] = std::string(kMostText - 1, 'x') + "\u00e4";
  const auto read = parse_line(to_line(event));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->summary, std::string(kMostText - 1, 'x'));
  EXPECT_EQ(read->examples[0], read->summary);
}

TEST(EventFile, KeepsTheLastLineOfEachEvent) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  {
    EventFile file(settings);
    Event open = sample(1);
    open.end = 0;
    EXPECT_EQ(file.append(to_line(open)), std::nullopt);
    EXPECT_EQ(file.append(to_line(sample(2))), std::nullopt);
    EXPECT_EQ(file.append(to_line(sample(1))), std::nullopt);
  }
  std::ofstream(settings.path, std::ios::app) << "{\"id\": 3, \"cut";
  std::size_t bad = 0;
  const auto events = EventFile::read_back(settings, 100, bad);
  EXPECT_EQ(bad, 1U);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].id, 2U) << "in the order of the last lines";
  EXPECT_EQ(events[1].id, 1U);
  EXPECT_FALSE(events[1].open());
  EXPECT_EQ(EventFile::read_back(settings, 1, bad).size(), 1U);
}

TEST(EventFile, IsRenamedWhenItIsFull) {
  const Folder folder;
  const std::size_t size = to_line(sample(10)).size();
  const FileSettings settings{folder.path("events.json"), 3 * size, 2};
  {
    EventFile file(settings);
    for (std::uint32_t id = 10; id < 31; ++id) {
      ASSERT_EQ(file.append(to_line(sample(id))), std::nullopt);
    }
  }
  EXPECT_EQ(text_of(settings.path).size(), 3 * size);
  EXPECT_EQ(text_of(settings.path + ".1").size(), 3 * size);
  EXPECT_EQ(text_of(settings.path + ".2").size(), 3 * size);
  EXPECT_FALSE(std::filesystem::exists(settings.path + ".3"));
  std::size_t bad = 0;
  const auto events = EventFile::read_back(settings, 1000, bad);
  ASSERT_EQ(events.size(), 9U);
  EXPECT_EQ(events.front().id, 22U);
  EXPECT_EQ(events.back().id, 30U);
  EXPECT_EQ(EventFile::read_back(settings, 5, bad).front().id, 26U);
}

TEST(EventFile, AFileThatCannotBeWrittenIsAnErrorAndIsTriedAgain) {
  const Folder folder;
  const FileSettings settings{folder.path("missing/events.json")};
  EventFile file(settings);
  const auto failure = file.append(to_line(sample(1)));
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->find("No such file or directory"), std::string::npos);
  std::filesystem::create_directory(folder.path("missing"));
  EXPECT_EQ(file.append(to_line(sample(1))), std::nullopt);
  EventFile device(FileSettings{"/dev/full"});
  EXPECT_TRUE(device.append(to_line(sample(1)))) << "no regular file";
}

TEST(EventFile, ALineBehindAPartOfALineIsWhole) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  std::ofstream(settings.path) << to_line(sample(1)) << "{\"id\": 3, \"cut";
  EXPECT_EQ(EventFile(settings).append(to_line(sample(2))), std::nullopt);
  std::size_t bad = 0;
  const auto events = EventFile::read_back(settings, 100, bad);
  EXPECT_EQ(bad, 1U);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].id, 2U);
}

// The kernel takes a part of the line. Exits with 0 where all went as it should.
[[noreturn]] void fill_up(const FileSettings& settings) {
  const std::string line = to_line(sample(1));
  const rlimit most{line.size() + 10, line.size() + 10};
  std::signal(SIGXFSZ, SIG_IGN);
  if (::setrlimit(RLIMIT_FSIZE, &most) != 0) std::_Exit(2);
  EventFile file(settings);
  if (file.append(line)) std::_Exit(3);
  const auto failure = file.append(to_line(sample(2)));
  if (!failure || failure->find("a part of a line is left") != std::string::npos) std::_Exit(4);
  std::_Exit(text_of(settings.path) == line ? 0 : 5);
}

TEST(EventFile, APartOfALineIsTakenBackWhenTheDiskIsFull) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  EXPECT_EXIT(fill_up(settings), testing::ExitedWithCode(0), "");
  EXPECT_EQ(EventFile(settings).append(to_line(sample(2))), std::nullopt);
  EXPECT_EQ(text_of(settings.path), to_line(sample(1)) + to_line(sample(2)));
}

TEST(EventFile, IsMadeAnewWhenItWasRemoved) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  EventFile file(settings);
  EXPECT_EQ(file.append(to_line(sample(1))), std::nullopt);
  std::filesystem::remove(settings.path);
  EXPECT_EQ(file.append(to_line(sample(2))), std::nullopt);
  EXPECT_EQ(text_of(settings.path), to_line(sample(2)));
}

TEST(EventFile, FilesOfSettingsThatKeptMoreGoWithTheNextRenaming) {
  const Folder folder;
  const std::string line = to_line(sample(10));
  FileSettings settings{folder.path("events.json"), line.size(), 4};
  {
    EventFile file(settings);
    for (int i = 0; i < 10; ++i) ASSERT_EQ(file.append(line), std::nullopt);
  }
  EXPECT_TRUE(std::filesystem::exists(settings.path + ".4"));
  settings.older = 1;
  EXPECT_EQ(EventFile(settings).append(line), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(settings.path + ".1"));
  EXPECT_FALSE(std::filesystem::exists(settings.path + ".2"));
  EXPECT_FALSE(std::filesystem::exists(settings.path + ".4"));
  settings.older = 0;
  EXPECT_EQ(EventFile(settings).append(line), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(settings.path + ".1"));
  EXPECT_EQ(text_of(settings.path), line);
}

TEST(EventFile, EventsOfTwoRunsWithTheSameIdAreTwo) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  {
    EventFile file(settings);
    Event event = sample(1);
    EXPECT_EQ(file.append(to_line(event)), std::nullopt);
    event.start += 1000;
    EXPECT_EQ(file.append(to_line(event)), std::nullopt);
  }
  std::size_t bad = 0;
  EXPECT_EQ(EventFile::read_back(settings, 100, bad).size(), 2U);
}

TEST(EventFile, ReadsABoundedPartOfALargeFile) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  const std::string line = to_line(sample(1));
  std::ofstream(settings.path) << line;
  std::filesystem::resize_file(settings.path, EventFile::kMostRead);
  std::ofstream(settings.path, std::ios::app) << "\n" << to_line(sample(2));
  std::size_t bad = 0;
  const auto events = EventFile::read_back(settings, 100, bad);
  ASSERT_EQ(events.size(), 1U) << "the first line is too far away";
  EXPECT_EQ(events[0].id, 2U);
}

}  // namespace
}  // namespace tern::events
