// The thread shares a State with the EventWriter, because it can outlive it: a thread that hangs in
// write() cannot be waited for, and ends with the process.
#include "bgpd/events/event_writer.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "rib/base/named_thread.h"

namespace tern::events {
namespace {

using Clock = std::chrono::steady_clock;
using Target = std::shared_ptr<const FileSettings>;  // null: no file

constexpr std::chrono::seconds kPatience{1};
constexpr std::size_t kLineOverhead = 64;  // octets that a waiting line takes beside its text

}  // namespace

class EventWriter::State {
 public:
  explicit State(Found found) : found_(std::move(found)) {}

  void set_file(const FileSettings& settings);
  void read_back(std::size_t most);
  void append(std::string line);
  void tick();
  [[nodiscard]] std::uint64_t errors() const;
  void begin_end();
  [[nodiscard]] bool end();  // false: the thread hangs

  void run();  // the thread

 private:
  struct Line {
    std::string text;
    Target target;

    [[nodiscard]] std::size_t cost() const { return text.size() + kLineOverhead; }
  };
  struct Reading {
    Target target;
    std::size_t most = 0;
  };

  void read(const Reading& reading);
  void write(const Line& line);
  void note_failure(const std::string& failure);  // with the lock

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Line> lines_;
  std::size_t octets_ = 0;  // of lines_, and of the line that is being written
  Target target_;
  std::optional<Reading> reading_;
  std::uint64_t errors_ = 0;
  session::LogLimiter failures_{1};  // a minute
  bool ending_ = false;
  Clock::time_point deadline_{};
  bool ended_ = false;

  std::mutex found_mutex_;  // held while found_ is called
  Found found_;

  // The thread alone.
  Target present_;  // the target of file_
  std::unique_ptr<EventFile> file_;
};

void EventWriter::State::set_file(const FileSettings& settings) {
  const std::lock_guard lock(mutex_);
  target_ = settings.path.empty() ? nullptr : std::make_shared<const FileSettings>(settings);
}

void EventWriter::State::read_back(std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (target_ == nullptr) return;
  reading_ = Reading{target_, most};
  changed_.notify_all();
}

void EventWriter::State::append(std::string text) {
  const std::lock_guard lock(mutex_);
  if (target_ == nullptr || ending_) return;
  Line line{std::move(text), target_};
  if (octets_ + line.cost() > kMostOctets) {
    return note_failure(target_->path + ": too many lines wait for the disk");
  }
  octets_ += line.cost();
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

void EventWriter::State::tick() {
  const std::lock_guard lock(mutex_);
  if (const auto left_out = failures_.take_left_out(session::steady_nanoseconds())) {
    spdlog::error("events: {} more lines were not written into the file", left_out);
  }
}

// The log may be gone when the thread was left behind.
void EventWriter::State::note_failure(const std::string& failure) {
  ++errors_;
  if (ending_ || !failures_.pass(session::steady_nanoseconds())) return;
  spdlog::error("events: a line was not written: {}", failure);
}

std::uint64_t EventWriter::State::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

void EventWriter::State::begin_end() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(ending_, true)) deadline_ = Clock::now() + kPatience;
  changed_.notify_all();
}

bool EventWriter::State::end() {
  begin_end();
  {
    const std::lock_guard lock(found_mutex_);
    found_ = nullptr;
  }
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline_ + kPatience, [this] { return ended_; });
}

void EventWriter::State::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || reading_ || !lines_.empty(); });
    if (ending_ && (lines_.empty() || Clock::now() >= deadline_)) break;
    if (reading_ && !ending_) {
      const Reading reading = *std::exchange(reading_, std::nullopt);
      lock.unlock();
      read(reading);
      lock.lock();
      continue;
    }
    const Line line = std::move(lines_.front());
    lines_.pop_front();
    lock.unlock();
    write(line);
    lock.lock();
    octets_ -= line.cost();
  }
  ended_ = true;
  changed_.notify_all();
}

void EventWriter::State::read(const Reading& reading) {
  const auto history = std::make_shared<History>();
  history->path = reading.target->path;
  history->events = EventFile::read_back(*reading.target, reading.most, history->bad);
  const std::lock_guard lock(found_mutex_);
  if (found_) found_(history);
}

void EventWriter::State::write(const Line& line) {
  if (present_ != line.target) {
    file_ = std::make_unique<EventFile>(*line.target);
    present_ = line.target;
  }
  if (const auto failure = file_->append(line.text)) {
    const std::lock_guard lock(mutex_);
    note_failure(*failure);
  }
}

class EventWriter::Impl {
 public:
  explicit Impl(Found found) : state_(std::make_shared<State>(std::move(found))) {
    thread_ = rib::start_thread<std::thread>("tern-eventfile", [state = state_] { state->run(); });
  }
  ~Impl() { end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void end() {
    if (!thread_.joinable()) return;
    if (state_->end()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  [[nodiscard]] State& state() { return *state_; }

 private:
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

EventWriter::EventWriter(Found found) : impl_(std::make_unique<Impl>(std::move(found))) {}
EventWriter::~EventWriter() = default;

void EventWriter::set_file(const FileSettings& settings) { impl_->state().set_file(settings); }
void EventWriter::read_back(std::size_t most) { impl_->state().read_back(most); }
void EventWriter::append(std::string line) { impl_->state().append(std::move(line)); }
void EventWriter::tick() { impl_->state().tick(); }
std::uint64_t EventWriter::errors() const { return impl_->state().errors(); }
void EventWriter::begin_end() { impl_->state().begin_end(); }
void EventWriter::end() { impl_->end(); }

}  // namespace tern::events
