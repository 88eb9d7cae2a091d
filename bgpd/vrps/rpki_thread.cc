#include "bgpd/vrps/rpki_thread.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"
#include "bgpd/vrps/cache_session.h"
#include "bgpd/vrps/files.h"
#include "rib/base/named_thread.h"

namespace tern::vrps {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);

UnixTime unix_now() { return UnixTime{session::unix_seconds()}; }

}  // namespace

class RpkiThread::Impl final : public CacheSession::Events {
 public:
  explicit Impl(Published published)
      : work_(context_.get_executor()),
        selection_(std::move(published), unix_now()),
        poll_(context_, [this] { look(); }) {
    poll_.start(kLookEvery);
    update_status();
    thread_ = rib::start_thread<std::thread>("tern-rpki", [this] { context_.run(); });
  }

  ~Impl() override {
    context_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void reconfigure(RpkiSettings settings) {
    boost::asio::post(context_, [this, next = std::move(settings)] { take(next); });
  }

  RpkiStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  struct File {
    rpki::CacheId id = 0;
    VrpFileSource source;
  };

  void take(const RpkiSettings& next) {
    take_caches(next.caches);
    take_files(next.files);
    slurm_.set_paths(next.slurm);
    look();
  }

  void take_caches(const std::vector<CacheSettings>& next) {
    std::vector<std::unique_ptr<CacheSession>> before = std::exchange(caches_, {});
    for (const CacheSettings& cache : next) {
      const auto known = std::ranges::find_if(before, [&](const auto& session) {
        return session && session->settings().address == cache.address &&
               session->settings().port == cache.port;
      });
      if (known != before.end()) {
        caches_.push_back(std::move(*known));
        selection_.set_source(caches_.back()->id(), cache.preference, cache.name);
        caches_.back()->reconfigure(cache);
        continue;
      }
      const rpki::CacheId id = next_id_++;
      selection_.set_source(id, cache.preference, cache.name);
      caches_.push_back(std::make_unique<CacheSession>(context_, id, cache, *this));
      caches_.back()->start();
    }
    for (const auto& gone : before) {
      if (gone) selection_.remove_source(gone->id(), unix_now(), gone->status(true).expires);
    }
  }

  void take_files(const std::vector<std::string>& next) {
    std::vector<File> before = std::exchange(files_, {});
    std::uint32_t preference = kFilePreference;
    for (const std::string& path : next) {
      const auto known = std::ranges::find_if(
          before, [&](const File& file) { return file.source.status().path == path; });
      files_.push_back(known != before.end() ? std::move(*known)
                                             : File{next_id_++, VrpFileSource(path)});
      if (known != before.end()) before.erase(known);
      selection_.set_source(files_.back().id, preference++, path);
    }
    for (const File& gone : before) selection_.remove_source(gone.id, unix_now(), std::nullopt);
  }

  // Once a second, and behind new settings.
  void look() {
    for (File& file : files_) {
      if (file.source.look(unix_now())) selection_.set_data(file.id, file.source.data());
    }
    if (slurm_.look(unix_now())) selection_.set_slurm(slurm_.slurm());
    on_settled();
    poll_.start(kLookEvery);
  }

  // ---- CacheSession::Events

  void on_data(rpki::CacheId id, const rpki::CacheData& data) override {
    selection_.set_data(id, data);
  }

  void on_settled() override {
    selection_.settle(unix_now());
    update_status();
  }

  void update_status() {
    RpkiStatus next;
    for (const auto& cache : caches_) {
      next.caches.push_back(cache->status(selection_.in_use(cache->id())));
    }
    for (const File& file : files_) {
      next.files.push_back(file.source.status());
      next.files.back().in_use = selection_.in_use(file.id);
    }
    next.slurm = slurm_.status();
    next.table = selection_.status();
    const std::lock_guard lock(mutex_);
    std::swap(status_, next);
  }

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  // The thread only.
  Selection selection_;
  std::vector<std::unique_ptr<CacheSession>> caches_;
  std::vector<File> files_;
  SlurmFiles slurm_;
  rpki::CacheId next_id_ = 0;
  session::Timer poll_;

  mutable std::mutex mutex_;
  RpkiStatus status_;  // with the lock

  std::thread thread_;  // last: the thread uses the other members
};

RpkiThread::RpkiThread(Published published) : impl_(std::make_unique<Impl>(std::move(published))) {}
RpkiThread::~RpkiThread() = default;
void RpkiThread::reconfigure(RpkiSettings settings) { impl_->reconfigure(std::move(settings)); }
RpkiStatus RpkiThread::status() const { return impl_->status(); }

}  // namespace tern::vrps
