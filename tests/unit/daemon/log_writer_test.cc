// A log whose reader stalls: real pipes and files. That a test ends shows that nothing waited.
#include "bgpd/daemon/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "rib/base/fault_point.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

std::string missing(std::uint64_t lines) { return "missing " + std::to_string(lines) + "\n"; }

// A blocking pipe, as a supervisor gives one for standard error.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  // The next line, without its line feed; waits for it.
  std::string line() {
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      std::array<char, 4096> bytes{};
      const ssize_t count = ::read(ends_[0], bytes.data(), bytes.size());
      if (count <= 0) return "end";
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  std::string buffer_;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class LogWriterTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
  [[nodiscard]] std::shared_ptr<const LogTarget> file(const std::string& name) const {
    auto opened = LogTarget::open(path(name), missing);
    EXPECT_TRUE(opened.ok());
    return *opened;
  }
  [[nodiscard]] std::shared_ptr<const LogTarget> to(const Pipe& pipe) const {
    return std::make_shared<LogTarget>(pipe.writer(), missing);
  }

  Folder folder_;
};

TEST_F(LogWriterTest, LinesArriveInOrder) {
  Pipe pipe;
  LogWriter writer(to(pipe));
  for (int i = 0; i < 100; ++i) writer.write("line " + std::to_string(i) + "\n");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pipe.line(), "line " + std::to_string(i));
  EXPECT_EQ(writer.dropped(), 0U);
}

TEST_F(LogWriterTest, AFullPipeHoldsUpNobodyAndTheGapIsCounted) {
  const std::string text(1000, 'x');
  Pipe pipe;
  LogWriter writer(to(pipe));
  std::uint64_t written = 0;
  while (writer.dropped() < 100) {
    writer.write(std::to_string(written) + " " + text + "\n");
    ++written;
  }
  // Bounded: what the pipe and the queue hold, and no more.
  EXPECT_LT(written, (LogWriter::kMostOctets + (std::size_t{1} << 20U)) / text.size() + 100);
  const std::uint64_t kept = written - writer.dropped();
  for (std::uint64_t i = 0; i < kept; ++i) {
    ASSERT_EQ(pipe.line(), std::to_string(i) + " " + text);
  }
  EXPECT_EQ(pipe.line() + "\n", missing(writer.dropped()));
  writer.write("flows again\n");
  EXPECT_EQ(pipe.line(), "flows again");
}

TEST_F(LogWriterTest, ASlowDiskLosesNothing) {
  const fault::Armed slow(fault::Point::SlowDisk, 1);
  {
    LogWriter writer(file("log"));
    for (int i = 0; i < 8; ++i) writer.write(std::to_string(i) + "\n");
  }
  EXPECT_GT(slow.count(), 0U);
  EXPECT_EQ(content(path("log")), "0\n1\n2\n3\n4\n5\n6\n7\n");
}

TEST_F(LogWriterTest, AStalledPipeDoesNotHoldUpTheEnd) {
  Pipe pipe;
  LogWriter writer(to(pipe));
  while (writer.dropped() == 0) writer.write(std::string(4000, 'x') + "\n");
}

TEST_F(LogWriterTest, TheEndWritesWhatWaits) {
  {
    LogWriter writer(file("log"));
    for (int i = 0; i < 1000; ++i) writer.write("line\n");
  }
  EXPECT_EQ(content(path("log")).size(), 5000U);
}

TEST_F(LogWriterTest, AReaderThatWentIsCounted) {
  Pipe pipe;
  pipe.close_reader();
  ::signal(SIGPIPE, SIG_IGN);
  LogWriter writer(to(pipe));
  writer.write("lost\n");
  ASSERT_TRUE(comes_true([&] { return writer.dropped() > 0; }));
  writer.set_target(file("log"));
  writer.write("kept\n");
  EXPECT_TRUE(comes_true([&] { return content(path("log")) == "missing 1\nkept\n"; }));
}

TEST_F(LogWriterTest, AFileThatWasRenamedIsOpenedAnew) {
  LogWriter writer(file("log"));
  writer.write("before\n");
  std::filesystem::rename(path("log"), path("log.1"));
  writer.write("still before\n");
  writer.set_target(file("log"));
  writer.write("after\n");
  EXPECT_TRUE(comes_true([&] { return content(path("log")) == "after\n"; }));
  EXPECT_EQ(content(path("log.1")), "before\nstill before\n");
}

// However much waits for the old target, the new one does not.
TEST_F(LogWriterTest, AStalledTargetIsLeftWhenAnotherComes) {
  Pipe pipe;
  LogWriter writer(to(pipe));
  std::uint64_t written = 0;
  for (; writer.dropped() == 0; ++written) writer.write(std::string(1000, 'x') + "\n");
  writer.set_target(file("log"));
  ASSERT_TRUE(comes_true([&] { return writer.dropped() > written / 2; }));
  writer.write("after\n");  // finds room now
  EXPECT_TRUE(
      comes_true([&] { return content(path("log")) == missing(writer.dropped()) + "after\n"; }));
}

TEST_F(LogWriterTest, AFifoWithoutAReaderIsAnError) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  auto opened = LogTarget::open(path("fifo"), missing);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().find("No such device"), std::string::npos);
}

TEST_F(LogWriterTest, NoFolderIsMade) {
  EXPECT_FALSE(LogTarget::open(path("no/such/log"), missing).ok());
  EXPECT_FALSE(std::filesystem::exists(path("no")));
}

}  // namespace
}  // namespace tern::daemon
