#include "bgpd/daemon/domains.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/domain.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "conf/domains.h"
#include "conf/last_good.h"
#include "rib/base/named_thread.h"
#include "rib/types/domain_socket.h"

namespace tern::daemon {
namespace {

// The log has a line for each of this many errors of a file.
constexpr std::size_t kMostErrorLines = 20;

void log_failure(const std::optional<std::string>& failure) {
  if (failure) spdlog::error("the domain cannot start: {}", *failure);
}

}  // namespace

// A domain and its thread. Members from any thread, but for what says otherwise.
class DomainThread {
 public:
  using State = api::DomainRow::State;

  // file: of the configuration of the domain; socket: of its API.
  DomainThread(std::string name, std::string file, std::string socket, Claims& claims)
      : name_(std::move(name)),
        file_(std::move(file)),
        socket_(std::move(socket)),
        claims_(claims) {}
  ~DomainThread() {
    if (thread_.joinable()) thread_.join();
  }
  DomainThread(const DomainThread&) = delete;
  DomainThread& operator=(const DomainThread&) = delete;

  // The thread calls `started` once, with the reason why the domain does not run, and `ended` once,
  // last.
  void begin(std::function<void(std::optional<std::string>)> started, std::function<void()> ended) {
    thread_ = rib::start_thread<std::thread>(
        "tern-domain", [this, started = std::move(started), ended = std::move(ended)] {
          rib::set_thread_label(name_);
          run(started);
          {
            const std::lock_guard lock(mutex_);
            ended_ = true;
          }
          ended();
        });
  }

  void hang_up() {
    on_loop([](Domain& domain) { domain.hang_up(); });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(told_to_end_, true) && domain_ != nullptr) end_domain();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    told_to_end_ = true;
    if (domain_ != nullptr) domain_->loop().stop();
  }
  void set_waits(bool waits) {
    const std::lock_guard lock(mutex_);
    waits_ = waits;
    if (domain_ != nullptr) domain_->set_waits(waits);
  }
  // The exporter's thread. No snapshot while the domain does not run.
  [[nodiscard]] std::optional<exporter::Snapshot> collect() {
    const std::lock_guard lock(use_);
    Domain* domain = nullptr;
    {
      const std::lock_guard short_lock(mutex_);
      domain = domain_;
    }
    return domain != nullptr ? std::optional(domain->collect()) : std::nullopt;
  }

  [[nodiscard]] bool hangs() const {
    const std::lock_guard lock(mutex_);
    return domain_ != nullptr &&
           std::chrono::nanoseconds(domain_->loop().age()) >= SnapshotSource::kHangs;
  }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  [[nodiscard]] bool was_told_to_end() const {
    const std::lock_guard lock(mutex_);
    return told_to_end_;
  }
  // Whether the domain starts or runs, and nobody has told it to end.
  [[nodiscard]] bool stays() const {
    const std::lock_guard lock(mutex_);
    return !ended_ && !told_to_end_;
  }
  [[nodiscard]] api::DomainRow row() const {
    const std::lock_guard lock(mutex_);
    return {name_, file_, socket_, state_, error_};
  }

 private:
  void run(const std::function<void(std::optional<std::string>)>& started) {
    ConfigThread thread;
    const auto loaded = thread.call([this] { return load(); });
    if (!loaded.ok()) return fail(errors_text(loaded.error()), started);
    const ServiceManager nobody("", std::nullopt);
    Domain domain(thread, *loaded, nobody, claims_);
    if (auto failure = domain.start()) return fail(*failure, started);
    {
      const std::lock_guard lock(mutex_);
      domain_ = &domain;
      state_ = State::Running;
      domain.set_waits(waits_);
      if (told_to_end_) end_domain();
    }
    started(std::nullopt);
    domain.run();
    domain.set_waits(false);
    const std::lock_guard in_use(use_);
    const std::lock_guard lock(mutex_);
    domain_ = nullptr;
    spdlog::info("the domain has ended");
  }

  // With mutex_. On its loop, the domain ends its sessions, and then the loop.
  void end_domain() {
    state_ = State::Ending;
    Domain& domain = *domain_;
    domain.loop().post([&domain] { domain.end([&domain] { domain.loop().stop(); }); });
  }

  void on_loop(std::function<void(Domain&)> work) {
    const std::lock_guard lock(mutex_);
    if (domain_ == nullptr || told_to_end_) return;
    domain_->loop().post([domain = domain_, work = std::move(work)] { work(*domain); });
  }

  [[nodiscard]] conf::LoadResult load() const {
    const conf::LastGood last_good(state_directory(), file_);
    const conf::LoadOptions::Domain place{name_, socket_};
    return conf::load_file(file_, {&last_good, nullptr, &place});
  }

  static std::string errors_text(const std::vector<conf::Error>& errors) {
    for (std::size_t i = 0; i < errors.size() && i < kMostErrorLines; ++i) {
      spdlog::error("{}", errors[i].to_string());
    }
    const std::size_t others = errors.size() - 1;
    return errors.front().to_string() +
           (others > 0 ? ", and " + std::to_string(others) + " further errors" : "");
  }

  void fail(const std::string& why,
            const std::function<void(std::optional<std::string>)>& started) {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::Failed;
      error_ = why;
    }
    started(why);
  }

  const std::string name_;
  const std::string file_;
  const std::string socket_;
  Claims& claims_;

  std::mutex use_;            // the exporter uses the domain; taken before mutex_
  mutable std::mutex mutex_;  // of the members below
  Domain* domain_ = nullptr;  // null: the domain does not run
  State state_ = State::Starting;
  std::string error_;  // Failed
  bool told_to_end_ = false;
  bool ended_ = false;  // the thread uses the members no more
  bool waits_ = true;

  std::thread thread_;
};

Domains::Domains(session::Loop& loop, Claims& claims) : loop_(loop), claims_(claims) {}

Domains::~Domains() { stop(); }

std::optional<std::string> Domains::start(const conf::Config& first) {
  socket_ = first.file.api().socket();
  for (const conf::proto::Domain& domain : first.file.domains()) {
    std::promise<std::optional<std::string>> outcome;
    begin(domain.name(), conf::domain_file(first, domain),
          [&outcome](auto failure) { outcome.set_value(std::move(failure)); });
    if (auto failure = outcome.get_future().get()) {
      return "domain '" + domain.name() + "': " + *failure;
    }
  }
  return std::nullopt;
}

void Domains::take(const conf::Config& next) {
  std::map<std::string, std::string> wanted;  // files by name
  for (const conf::proto::Domain& domain : next.file.domains()) {
    wanted[domain.name()] = conf::domain_file(next, domain);
  }
  for (auto& [name, slot] : slots_) {
    const auto found = wanted.find(name);
    const bool same = found != wanted.end() && found->second == slot.thread->file();
    slot.next_file = found != wanted.end() ? found->second : std::string();
    if (found != wanted.end()) wanted.erase(found);
    if (same && slot.thread->stays()) {
      slot.next_file.clear();
      continue;
    }
    slot.thread->end();
    // The thread of a domain that failed has ended before.
    if (slot.thread->has_ended()) loop_.post([this, of = name] { ended(of); });
  }
  for (const auto& [name, file] : wanted) begin(name, file, log_failure);
}

void Domains::begin(const std::string& name, const std::string& file,
                    std::function<void(std::optional<std::string>)> started) {
  const auto thread =
      std::make_shared<DomainThread>(name, file, domain_socket(socket_, name), claims_);
  thread->begin(std::move(started), [this, name] { loop_.post([this, name] { ended(name); }); });
  const std::lock_guard lock(mutex_);
  slots_[name] = {thread, {}};
}

// The thread of the domain has ended, by order or because the domain could not start.
void Domains::ended(const std::string& name) {
  const auto slot = slots_.find(name);
  if (slot == slots_.end() || !slot->second.thread->has_ended()) return;
  const std::string next_file = std::exchange(slot->second.next_file, {});
  if (!done_ && !next_file.empty()) return begin(name, next_file, log_failure);
  // A domain that failed stays, for people to see it, until a reload ends it.
  if (slot->second.thread->was_told_to_end()) {
    const std::lock_guard lock(mutex_);
    slots_.erase(slot);
  }
  if (done_ && have_ended()) std::exchange(done_, nullptr)();
}

void Domains::hang_up() {
  for (const auto& [name, slot] : slots_) slot.thread->hang_up();
}

void Domains::end(std::function<void()> done) {
  for (const auto& [name, slot] : slots_) slot.thread->end();
  if (have_ended()) return done();
  done_ = std::move(done);
}

bool Domains::have_ended() const {
  return std::ranges::all_of(slots_,
                             [](const auto& slot) { return slot.second.thread->has_ended(); });
}

void Domains::stop() {
  for (const auto& [name, slot] : slots_) slot.thread->stop();
}

bool Domains::one_hangs() const {
  return std::ranges::any_of(slots_, [](const auto& slot) { return slot.second.thread->hangs(); });
}

std::vector<api::DomainRow> Domains::rows() const {
  std::vector<api::DomainRow> rows;
  for (const auto& thread : threads()) rows.push_back(thread->row());
  return rows;
}

void Domains::collect(exporter::Snapshot& numbers) {
  for (const auto& thread : threads()) {
    auto of_domain = thread->collect();
    const api::DomainRow row = thread->row();
    numbers.domain_up.emplace_back(row.name, of_domain.has_value());
    numbers.ready = numbers.ready && of_domain && of_domain->ready;
    if (of_domain) numbers.domains.push_back(*std::move(of_domain));
  }
}

void Domains::set_waits(bool waits) {
  for (const auto& thread : threads()) thread->set_waits(waits);
}

std::vector<std::shared_ptr<DomainThread>> Domains::threads() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<DomainThread>> all;
  for (const auto& [name, slot] : slots_) all.push_back(slot.thread);
  return all;
}

}  // namespace tern::daemon
