// The thread shares a State with the LogWriter, because it can outlive it: a thread that hangs in
// write() on a dead disk cannot be waited for, and ends with the process.
#include "bgpd/daemon/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "rib/base/fault_point.h"
#include "rib/base/named_thread.h"

namespace tern::daemon {
namespace {

using Clock = std::chrono::steady_clock;
using Target = std::shared_ptr<const LogTarget>;

constexpr std::chrono::seconds kTargetPatience{1};
constexpr int kLookAround = 50;  // milliseconds between looks at the State while a target stalls
// The kernel promises that a pipe which is ready takes this much at once (POSIX: PIPE_BUF).
constexpr std::size_t kPiece = 4096;
constexpr std::size_t kLineOverhead = 64;  // what a waiting line costs beside its octets

struct Line {
  std::string text;
  Target target;
  std::uint64_t missing = 0;  // lines dropped just before it

  [[nodiscard]] std::size_t cost() const { return text.size() + kLineOverhead; }
};

class State {
 public:
  explicit State(Target target) : target_(std::move(target)) {}

  // What the LogWriter does.
  void queue(std::string text);
  void set_target(Target target);
  void end();  // waits for the thread, with patience; false: it hangs
  [[nodiscard]] bool has_ended();
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  // The thread.
  void run();

 private:
  [[nodiscard]] bool next(Line& line);
  void write(const Line& line);
  [[nodiscard]] bool report_missing(const LogTarget& target);
  [[nodiscard]] bool write_all(const LogTarget& target, std::string_view text);
  [[nodiscard]] bool wait_until_ready(const LogTarget& target, Clock::time_point since);
  [[nodiscard]] bool gives_up(const LogTarget& target, Clock::time_point since);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Line> lines_;
  std::size_t octets_ = 0;     // of the lines, and of the one that is being written
  std::uint64_t missing_ = 0;  // dropped since the last line that was queued
  Target target_;
  bool ending_ = false;
  Clock::time_point deadline_{};
  bool ended_ = false;

  std::atomic<std::uint64_t> dropped_{0};

  // The thread only.
  std::uint64_t unreported_ = 0;  // dropped lines that no notice speaks of yet
  bool torn_ = false;             // the target took the beginning of a line only
  Target given_up_;               // no longer wanted, and it takes nothing
};

void State::queue(std::string text) {
  const std::scoped_lock lock(mutex_);
  Line line{std::move(text), target_, missing_};
  if (ending_ || octets_ + line.cost() > LogWriter::kMostOctets) {
    ++missing_;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  missing_ = 0;
  octets_ += line.cost();
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

void State::set_target(Target target) {
  const std::scoped_lock lock(mutex_);
  target_ = std::move(target);
}

void State::end() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  deadline_ = Clock::now() + kTargetPatience;
  changed_.notify_all();
  changed_.wait_until(lock, deadline_ + kTargetPatience, [this] { return ended_; });
}

bool State::has_ended() {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

void State::run() {
  for (Line line; next(line);) write(line);
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// False at the end. A line without text stands for a gap behind which nothing came yet.
bool State::next(Line& line) {
  std::unique_lock lock(mutex_);
  if (!line.text.empty()) octets_ -= line.cost();
  changed_.wait(lock, [this] { return !lines_.empty() || ending_ || missing_ != 0; });
  if (ending_ && Clock::now() >= deadline_) return false;
  if (!lines_.empty()) {
    line = std::move(lines_.front());
    lines_.pop_front();
    return true;
  }
  if (missing_ == 0) return false;
  line = {{}, target_, std::exchange(missing_, 0)};
  return true;
}

void State::write(const Line& line) {
  unreported_ += line.missing;
  if (line.target != given_up_) {
    if (report_missing(*line.target) && write_all(*line.target, line.text)) return;
    const std::scoped_lock lock(mutex_);
    if (line.target != target_) given_up_ = line.target;
  }
  if (line.text.empty()) return;
  ++unreported_;
  dropped_.fetch_add(1, std::memory_order_relaxed);
}

bool State::report_missing(const LogTarget& target) {
  if (unreported_ == 0) return true;
  if (!write_all(target, (torn_ ? "\n" : "") + target.notice(unreported_))) return false;
  unreported_ = 0;
  return true;
}

bool State::write_all(const LogTarget& target, std::string_view text) {
  const Clock::time_point since = Clock::now();
  const bool whole_so_far = !torn_;
  const std::size_t size = text.size();
  while (!text.empty()) {
    if (!wait_until_ready(target, since)) break;
    if (fault::happens(fault::Point::SlowDisk)) std::this_thread::sleep_for(fault::kSlowDisk);
    const ssize_t written =
        ::write(target.descriptor(), text.data(), std::min(text.size(), kPiece));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) break;  // a full disk, a reader that went
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  torn_ = !text.empty() && (text.size() < size || !whole_so_far);
  return text.empty();
}

bool State::wait_until_ready(const LogTarget& target, Clock::time_point since) {
  pollfd ready{target.descriptor(), POLLOUT, 0};
  while (::poll(&ready, 1, kLookAround) <= 0) {
    if (gives_up(target, since)) return false;
  }
  return true;  // or an error, which write() will name
}

bool State::gives_up(const LogTarget& target, Clock::time_point since) {
  const std::scoped_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (ending_ && now >= deadline_) return true;
  return target_.get() != &target && now >= since + kTargetPatience;
}

}  // namespace

// ---- LogTarget

LogTarget::LogTarget(int descriptor, Notice notice)
    : descriptor_(descriptor), notice_(std::move(notice)) {}

Result<std::shared_ptr<const LogTarget>, std::string> LogTarget::open(const std::string& path,
                                                                      Notice notice) {
  constexpr mode_t kFileMode = 0666;  // cut by the umask
  // O_NONBLOCK: nobody waits for the reader of a FIFO.
  const int descriptor = ::open(
      path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kFileMode);
  if (descriptor < 0) {
    return "cannot open " + path + ": " + std::generic_category().message(errno);
  }
  auto target = std::make_shared<LogTarget>(descriptor, std::move(notice));
  target->owned_ = true;
  return std::shared_ptr<const LogTarget>(std::move(target));
}

LogTarget::~LogTarget() {
  if (owned_) ::close(descriptor_);
}

// ---- LogWriter

class LogWriter::Impl {
 public:
  explicit Impl(Target target) : state_(std::make_shared<State>(std::move(target))) {
    thread_ = rib::start_thread<std::thread>("tern-log", [state = state_] { state->run(); });
  }
  ~Impl() {
    state_->end();
    if (state_->has_ended()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] State& state() { return *state_; }

 private:
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

LogWriter::LogWriter(Target target) : impl_(std::make_unique<Impl>(std::move(target))) {}
LogWriter::~LogWriter() = default;

void LogWriter::write(std::string line) { impl_->state().queue(std::move(line)); }
void LogWriter::set_target(Target target) { impl_->state().set_target(std::move(target)); }
std::uint64_t LogWriter::dropped() const { return impl_->state().dropped(); }

}  // namespace tern::daemon
