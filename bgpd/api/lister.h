// The thread on which listings of the table are made, beside the threads that change it.
//
// It is as nice as a thread can be: it has a processor to itself where one is idle, and a few
// hundredths of one where routes keep all of them busy. Internal to bgpd/api.
#pragma once

#include <functional>
#include <memory>

namespace tern::api {

class Lister {
 public:
  Lister();
  ~Lister();
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;

  // Any thread. In the order in which they come.
  void post(std::function<void()> work);
  // Waits for the work under way; what was not begun is dropped.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::api
