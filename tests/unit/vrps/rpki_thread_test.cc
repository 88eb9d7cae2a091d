// The thread with files as sources, and its settings over time. Caches are in tests/interop.
#include "bgpd/vrps/rpki_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tests/unit/types/folder.h"
#include "tests/unit/vrps/support.h"

namespace tern::vrps {
namespace {

using test::roas;

// Waits for the thread's publications.
class Published {
 public:
  void take(std::shared_ptr<const policy::VrpTable> table) {
    const std::lock_guard lock(mutex_);
    tables_.push_back(std::move(table));
    change_.notify_all();
  }
  // The table of the publication of that number, from 1.
  std::shared_ptr<const policy::VrpTable> wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        change_.wait_for(lock, std::chrono::seconds(30), [&] { return tables_.size() >= number; }));
    return tables_.at(number - 1);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return tables_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::vector<std::shared_ptr<const policy::VrpTable>> tables_;
};

RpkiSettings files(std::vector<std::string> paths) {
  RpkiSettings settings;
  settings.files = std::move(paths);
  return settings;
}

TEST(RpkiThread, SourcesComeAndGoWithTheSettings) {
  const Folder folder;
  const std::string a = folder.write("a.json", roas({"192.0.2.0/24"}));
  const std::string b = folder.write("b.json", roas({"192.0.2.0/24", "10.0.0.0/8"}));
  Published published;
  RpkiThread thread([&](auto table, auto) { published.take(std::move(table)); });
  thread.reconfigure(files({a, b}));
  EXPECT_EQ(published.wait_for(1)->size(), 1U);
  thread.reconfigure(files({a, b}));  // nothing to publish
  thread.reconfigure(files({b, a}));  // the first in order counts
  EXPECT_EQ(published.wait_for(2)->size(), 2U);
  thread.reconfigure(files({a}));
  EXPECT_EQ(published.wait_for(3)->size(), 1U);
  RpkiSettings settings = files({a});
  settings.slurm = {folder.write("s.json", test::slurm(R"({"asn": 64496})", ""))};
  thread.reconfigure(settings);
  EXPECT_EQ(published.wait_for(4)->size(), 0U);
  thread.reconfigure({});
  EXPECT_EQ(published.wait_for(5), nullptr);
  EXPECT_EQ(published.count(), 5U);
}

TEST(RpkiThread, AFileIsReadAgainWhenItHasChanged) {
  const Folder folder;
  const std::string a = folder.write("a.json", roas({"192.0.2.0/24"}));
  Published published;
  RpkiThread thread([&](auto table, auto) { published.take(std::move(table)); });
  thread.reconfigure(files({a}));
  published.wait_for(1);
  folder.write("a.json", roas({"192.0.2.0/24", "10.0.0.0/8"}));
  EXPECT_EQ(published.wait_for(2)->size(), 2U);
}

TEST(RpkiThread, TheStatusHasEverySource) {
  const Folder folder;
  RpkiSettings settings = files({folder.write("a.json", roas({"192.0.2.0/24"}))});
  settings.slurm = {folder.path("none.json")};
  CacheSettings cache;
  cache.name = "nobody";
  cache.address = *IpAddress::parse("192.0.2.1");
  cache.local_address = IpAddress::parse("192.0.2.254");  // not an address of this host
  settings.caches = {cache};
  Published published;
  RpkiThread thread([&](auto table, auto) { published.take(std::move(table)); });
  thread.reconfigure(settings);
  published.wait_for(1);
  RpkiStatus status = thread.status();
  while (status.caches.empty() || status.caches[0].last_error.empty() || !status.files[0].in_use) {
    status = thread.status();
  }
  ASSERT_EQ(status.caches.size(), 1U);
  EXPECT_EQ(status.caches[0].name, "nobody");
  EXPECT_EQ(status.caches[0].connects, 0U);
  EXPECT_FALSE(status.caches[0].in_use);
  EXPECT_EQ(status.caches[0].last_error.rfind("cannot use local address 192.0.2.254", 0), 0U)
      << status.caches[0].last_error;
  ASSERT_EQ(status.files.size(), 1U);
  EXPECT_TRUE(status.files[0].in_use);
  EXPECT_EQ(status.files[0].vrps, (Count{1, 0}));
  ASSERT_EQ(status.slurm.size(), 1U);
  EXPECT_EQ(status.slurm[0].state, FileState::Bad);
  EXPECT_TRUE(status.table.validated);
  EXPECT_EQ(status.table.source, folder.path("a.json"));
  EXPECT_EQ(status.table.vrps, (Count{1, 0}));
}

}  // namespace
}  // namespace tern::vrps
