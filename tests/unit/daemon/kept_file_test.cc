// KeptFile over a file of an earlier run that cannot be read.
#include "bgpd/daemon/kept_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "bgpd/session/loop.h"
#include "conf/small_file.h"
#include "conf/state_file.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

class KeptFileTest : public testing::Test {
 protected:
  KeptFileTest() : runner_([this] { loop_.run(); }) {
    ::setenv("STATE_DIRECTORY", folder_.path().c_str(), 1);
  }
  ~KeptFileTest() override {
    loop_.stop();
    runner_.join();
    ::unsetenv("STATE_DIRECTORY");
  }

  // Until the file, and then the loop, have done what they had to do.
  void write() {
    session::on_loop(loop_, [this] { file_->save(); });
    thread_.call([] { return true; });
    session::on_loop(loop_, [] {});
  }
  static std::string text_of(const std::string& path) {
    const auto text = conf::read_file(path, 1000);
    return text ? *text : text.error().message;
  }

  const Folder folder_;
  ConfigThread thread_;
  session::Loop loop_;
  std::unique_ptr<KeptFile> file_;
  std::thread runner_;
};

TEST_F(KeptFileTest, WhatCannotBeMovedAsideIsNotWrittenOver) {
  file_ = std::make_unique<KeptFile>(thread_, loop_, "/etc/tern/ternd.yml", "drains", "txt",
                                     "drains", [] { return [] { return std::string("new"); }; });
  const std::string before(100, 'x');
  ASSERT_EQ(conf::replace_file(file_->path(), before), std::nullopt);
  const std::string aside = file_->path() + ".bad";
  ASSERT_TRUE(std::filesystem::create_directory(aside));
  EXPECT_EQ(file_->read(10), "") << "longer than it may be";
  write();
  EXPECT_EQ(text_of(file_->path()), before);
  write();
  EXPECT_EQ(text_of(file_->path()), before) << "nor by the next write";
  ASSERT_TRUE(std::filesystem::remove(aside));
  write();
  EXPECT_EQ(text_of(file_->path()), "new");
  EXPECT_EQ(text_of(aside), before);
}

}  // namespace
}  // namespace tern::daemon
