#include "bgpd/baseline/keeper.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "bgpd/baseline/file.h"
#include "bgpd/session/loop.h"
#include "conf/state_file.h"
#include "rib/base/named_thread.h"

namespace tern::baseline {
namespace {

constexpr std::chrono::seconds kPatience{1};

}  // namespace

class Keeper::State {
 public:
  explicit State(HaveFolder have_folder) : have_folder_(std::move(have_folder)) {}

  // ---- Any thread

  void post(std::function<void()> job, std::size_t octets) {
    const std::lock_guard lock(mutex_);
    jobs_.emplace_back(std::move(job), octets);
    waiting_ += octets;
    changed_.notify_all();
  }
  [[nodiscard]] bool has_room() const {
    const std::lock_guard lock(mutex_);
    return waiting_ < kMostWaiting;
  }
  void block_taken() {
    const std::lock_guard lock(mutex_);
    --blocks_;
    changed_.notify_all();
  }
  [[nodiscard]] KeeperStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void fail(const std::string& error) {
    spdlog::error("baseline: {}", error);
    const std::lock_guard lock(mutex_);
    status_.error = error;
    ++status_.failures;
  }
  // True: the thread has ended.
  [[nodiscard]] bool end() {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, kPatience, [this] { return ended_; });
  }

  // ---- tern-usual

  void run() {
    while (work()) {
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  void read(const std::string& path, const TakeBlock& take, const Done& done) {
    path_ = path;
    KeptReader reader;
    const auto fault = read_blocks(path_, reader, [this, &take](std::vector<Record> records) {
      return pass(std::move(records), take);
    });
    if (is_ending()) return;
    if (!fault) return done(reader.clock());
    unreadable_ = fault->unreadable;
    if (!fault->missing) {
      fail(fault->text + "; the baseline is lost, and learning begins anew" +
           (fault->unreadable ? "" : move_aside()));
    }
    done(std::nullopt);
  }
  void begin_file() {
    const auto no_folder = have_folder_ == nullptr ? std::nullopt : have_folder_();
    if (no_folder) return fail_file(*no_folder);
    if (const auto fault = file_.begin(path_)) fail_file(path_ + ": " + fault->message);
  }
  void add(const std::string& piece) {
    if (const auto fault = file_.add(piece)) fail_file(path_ + ": " + fault->message);
  }
  void end_file() {
    if (!file_.is_open()) return;
    // A file that could not be read may be good.
    if (unreadable_ && has_file()) {
      if (const auto fault = conf::move_aside(path_)) {
        file_.drop();
        return fail_file(path_ + " could not be read, and cannot be renamed: " + fault->message);
      }
    }
    if (const auto fault = file_.commit()) return fail_file(path_ + ": " + fault->message);
    unreadable_ = false;
    const std::lock_guard lock(mutex_);
    status_.error.clear();
    status_.kept = session::unix_seconds();
  }

 private:
  void fail_file(const std::string& fault) {
    fail("the baseline is not kept over a restart: " + fault);
  }
  // Returns words for a log line.
  [[nodiscard]] std::string move_aside() const {
    const auto fault = conf::move_aside(path_);
    if (fault) return "; " + path_ + " cannot be renamed: " + fault->message;
    return "; it is kept as " + path_ + ".bad";
  }
  [[nodiscard]] bool has_file() const {
    std::error_code ignored;
    return std::filesystem::is_regular_file(std::filesystem::symlink_status(path_, ignored));
  }

  // False: the Keeper ends.
  bool pass(std::vector<Record> records, const TakeBlock& take) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return blocks_ < kMostBlocks || ending_; });
      if (ending_) return false;
      ++blocks_;
    }
    take(std::move(records));
    return true;
  }
  [[nodiscard]] bool is_ending() const {
    const std::lock_guard lock(mutex_);
    return ending_;
  }

  bool work() {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return false;
      job = std::move(jobs_.front().first);
    }
    job();
    const std::lock_guard lock(mutex_);
    waiting_ -= jobs_.front().second;
    jobs_.pop_front();
    return true;
  }

  const HaveFolder have_folder_;
  std::string path_;  // tern-usual, like the next one
  conf::NewFile file_;
  bool unreadable_ = false;  // the file that is there could not be read; tern-usual

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<std::pair<std::function<void()>, std::size_t>> jobs_;  // with their octets
  std::size_t waiting_ = 0;                                         // octets
  std::size_t blocks_ = 0;                                          // that were read and not taken
  KeeperStatus status_;
  bool ending_ = false;
  bool ended_ = false;
};

class Keeper::Thread {
 public:
  explicit Thread(std::shared_ptr<State> state) : state_(std::move(state)) {
    try {
      thread_ = rib::start_thread<std::thread>("tern-usual", [of = state_] { of->run(); });
    } catch (const std::exception& fault) {
      state_->fail(std::string("the thread of the file cannot begin: ") + fault.what());
    }
  }
  ~Thread() {
    if (!thread_.joinable()) return;
    if (state_->end()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

Keeper::Keeper(HaveFolder have_folder) : state_(std::make_shared<State>(std::move(have_folder))) {}
Keeper::~Keeper() = default;

void Keeper::read(const std::string& path, TakeBlock take, Done done) {
  state_->post([of = state_.get(), path, take = std::move(take),
                done = std::move(done)] { of->read(path, take, done); },
               0);
  if (thread_ == nullptr) thread_ = std::make_unique<Thread>(state_);
}
void Keeper::stop() { thread_.reset(); }
void Keeper::block_taken() { state_->block_taken(); }
void Keeper::begin_file() {
  state_->post([of = state_.get()] { of->begin_file(); }, 0);
}
bool Keeper::has_room() const { return state_->has_room(); }
void Keeper::add(std::string piece) {
  const std::size_t octets = piece.size();
  state_->post([of = state_.get(), piece = std::move(piece)] { of->add(piece); }, octets);
}
void Keeper::end_file() {
  state_->post([of = state_.get()] { of->end_file(); }, 0);
}
KeeperStatus Keeper::status() const { return state_->status(); }

}  // namespace tern::baseline
