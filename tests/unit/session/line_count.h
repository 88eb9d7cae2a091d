// Counts the lines of the log that contain a text.
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::session {

// Counts while it exists. Any thread may log meanwhile.
class LineCount {
 public:
  explicit LineCount(std::string text) : text_(std::move(text)) { sink_->add(this); }
  ~LineCount() { sink_->remove(this); }
  LineCount(const LineCount&) = delete;
  LineCount& operator=(const LineCount&) = delete;

  [[nodiscard]] int lines() const { return sink_->lines_of(*this); }

 private:
  // Of all counts. Loggers do not lock their list of sinks, so this one is in the list before any
  // thread logs.
  class Sink final : public spdlog::sinks::base_sink<std::mutex> {
   public:
    void add(LineCount* count) {
      const std::lock_guard lock(mutex_);
      counts_.push_back(count);
    }
    void remove(LineCount* count) {
      const std::lock_guard lock(mutex_);
      std::erase(counts_, count);
    }
    int lines_of(const LineCount& count) {
      const std::lock_guard lock(mutex_);
      return count.lines_;
    }

   private:
    void sink_it_(const spdlog::details::log_msg& line) override {
      const std::string_view text(line.payload.data(), line.payload.size());
      for (LineCount* const count : counts_) {
        if (text.find(count->text_) != std::string_view::npos) ++count->lines_;
      }
    }
    void flush_() override {}

    std::vector<LineCount*> counts_;
  };
  static std::shared_ptr<Sink> added_sink() {
    auto sink = std::make_shared<Sink>();
    spdlog::default_logger()->sinks().push_back(sink);
    return sink;
  }
  inline static const std::shared_ptr<Sink> sink_ = added_sink();

  const std::string text_;
  int lines_ = 0;  // with the lock of the sink
};

}  // namespace tern::session
