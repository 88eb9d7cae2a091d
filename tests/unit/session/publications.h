// The publications of a thread that watches files, for tests of such threads.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace tern::session {

template <typename Table>
class Publications {
 public:
  struct Publication {
    std::shared_ptr<const Table> table;
    std::vector<policy::PrefixRange> changed;
  };
  // Takes publications on the thread.
  auto take() {
    return [this](std::shared_ptr<const Table> table, std::vector<policy::PrefixRange> changed) {
      const std::lock_guard lock(mutex_);
      all_.push_back({std::move(table), std::move(changed)});
      change_.notify_all();
    };
  }
  // The publication of that number, from 1.
  Publication wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        change_.wait_for(lock, std::chrono::seconds(30), [&] { return all_.size() >= number; }));
    return all_.at(number - 1);
  }
  // The same, and leaves nothing in its place.
  Publication take_out(std::size_t number) {
    Publication publication = wait_for(number);
    const std::lock_guard lock(mutex_);
    all_.at(number - 1) = {};
    return publication;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::vector<Publication> all_;
};

}  // namespace tern::session
