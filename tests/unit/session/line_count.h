// Counts the lines of the log that contain a text.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace tern::session {

// A sink that a test adds to the default logger for a while.
class LineCount final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineCount(std::string word) : word_(std::move(word)) {}
  int lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (std::string_view(line.payload.data(), line.payload.size()).find(word_) !=
        std::string_view::npos) {
      ++lines_;
    }
  }
  void flush_() override {}

  const std::string word_;
  int lines_ = 0;
};

}  // namespace tern::session
