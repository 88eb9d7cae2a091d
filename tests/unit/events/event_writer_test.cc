// The thread of the file: lines that wait, lines that are lost, and a reading before them.
#include "bgpd/events/event_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "bgpd/events/event_line.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

std::string line_of(std::uint32_t id) {
  Event event;
  event.id = id;
  event.kind = Kind::SessionUp;
  event.key = "session-up edge-" + std::to_string(id);
  event.start = event.end = event.last = 1'800'000'000;
  event.count = 1;
  return to_line(event);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class EventWriterTest : public testing::Test {
 protected:
  // Holds the thread of the file, as a disk that hangs does, until go_ is set.
  void hang() {
    writer_.read_back(1);
    hangs_.get_future().wait();
  }

  const Folder folder_;
  const FileSettings settings_{folder_.path("events.json")};
  std::promise<void> hangs_;
  std::promise<void> go_;
  EventWriter writer_{[this](const std::shared_ptr<EventWriter::History>&) {
    hangs_.set_value();
    go_.get_future().wait();
  }};
};

TEST_F(EventWriterTest, WritesWhatWaitsAtTheEnd) {
  writer_.set_file(settings_);
  std::string all;
  for (std::uint32_t id = 1; id <= 1000; ++id) {
    writer_.append(line_of(id));
    all += line_of(id);
  }
  writer_.end();
  EXPECT_EQ(content_of(settings_.path), all);
  EXPECT_EQ(writer_.errors(), 0U);
}

TEST_F(EventWriterTest, ADiskThatHangsHoldsUpNobodyAndLosesWhatFindsNoRoom) {
  writer_.set_file(settings_);
  hang();
  const std::string line(1 << 20U, 'x');
  for (int i = 0; i < 10; ++i) writer_.append(line);
  EXPECT_EQ(writer_.errors(), 7U) << "with their overhead, three lines find room";
  EXPECT_FALSE(std::filesystem::exists(settings_.path));
  go_.set_value();
  EXPECT_TRUE(comes_true([&] { return content_of(settings_.path).size() == 3 * line.size(); }));
  writer_.append("last\n");
  EXPECT_TRUE(comes_true([&] { return content_of(settings_.path).ends_with("last\n"); }));
  EXPECT_EQ(writer_.errors(), 7U);
}

TEST_F(EventWriterTest, LinesGoToTheFileOfTheirTime) {
  writer_.set_file(settings_);
  hang();
  writer_.append("one\n");
  writer_.set_file(FileSettings{folder_.path("other.json")});
  writer_.append("two\n");
  writer_.set_file(FileSettings{});
  writer_.append("three\n");
  go_.set_value();
  EXPECT_TRUE(comes_true([&] { return content_of(folder_.path("other.json")) == "two\n"; }));
  EXPECT_EQ(content_of(settings_.path), "one\n");
}

TEST_F(EventWriterTest, AFileThatWasRenamedIsMadeAnewByTheNextSettings) {
  writer_.set_file(settings_);
  writer_.append("one\n");
  EXPECT_TRUE(comes_true([&] { return content_of(settings_.path) == "one\n"; }));
  std::filesystem::rename(settings_.path, folder_.path("rotated.json"));
  writer_.set_file(settings_);
  writer_.append("two\n");
  EXPECT_TRUE(comes_true([&] { return content_of(settings_.path) == "two\n"; }));
  EXPECT_EQ(content_of(folder_.path("rotated.json")), "one\n");
}

TEST(EventWriter, ReadsBeforeFurtherLines) {
  const Folder folder;
  const FileSettings settings{folder.path("events.json")};
  std::ofstream(settings.path) << line_of(1) << line_of(2) << "no event\n";
  std::promise<std::shared_ptr<EventWriter::History>> found;
  EventWriter writer(
      [&](std::shared_ptr<EventWriter::History> history) { found.set_value(std::move(history)); });
  writer.set_file(settings);
  writer.read_back(100);
  writer.append(line_of(3));
  const auto history = found.get_future().get();
  EXPECT_EQ(history->path, settings.path);
  EXPECT_EQ(history->events.size(), 2U);
  EXPECT_EQ(history->bad, 1U);
}

TEST(EventWriter, FindsNothingAfterItsEnd) {
  const Folder folder;
  bool found = false;
  EventWriter writer([&](const std::shared_ptr<EventWriter::History>&) { found = true; });
  writer.end();
  writer.set_file(FileSettings{folder.path("events.json")});
  writer.read_back(1);
  writer.append(line_of(1));
  writer.end();
  EXPECT_FALSE(found);
  EXPECT_TRUE(folder.empty());
}

}  // namespace
}  // namespace tern::events
