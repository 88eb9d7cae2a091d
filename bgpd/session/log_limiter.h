// Bounds how often lines of one kind are logged that remote hosts can cause without limit, and
// counts the lines that were left out. A LogLimiter is used by one thread at a time.
//
//     if (refused_lines_.pass(now)) spdlog::info("refused {}", who);
//     ...
//     // once a second
//     if (const auto count = refused_lines_.take_left_out(now)) spdlog::info("{} more", count);
#pragma once

#include <cstdint>
#include <utility>

namespace tern::session {

class LogLimiter {
 public:
  static constexpr std::uint64_t kInterval = 60'000'000'000;  // nanoseconds

  // most: lines in an interval, which begins with the first of them.
  explicit LogLimiter(std::uint32_t most = 1) : most_(most) {}

  // Whether a line may be written. now: steady nanoseconds.
  [[nodiscard]] bool pass(std::uint64_t now) {
    if (written_ == 0 || now - begin_ >= kInterval) {
      begin_ = now;
      written_ = 0;
    }
    if (written_ < most_) {
      ++written_;
      return true;
    }
    if (left_out_++ == 0) report_at_ = begin_ + kInterval;
    return false;
  }

  // How many lines were left out, once the interval of the first of them is over; 0 before that,
  // and on a second call.
  [[nodiscard]] std::uint64_t take_left_out(std::uint64_t now) {
    return left_out_ != 0 && now >= report_at_ ? std::exchange(left_out_, 0) : 0;
  }

 private:
  std::uint32_t most_;
  std::uint32_t written_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t left_out_ = 0;
  std::uint64_t report_at_ = 0;
};

}  // namespace tern::session
