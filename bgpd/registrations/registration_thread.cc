#include "bgpd/registrations/registration_thread.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <utility>

#include "bgpd/registrations/audit.h"
#include "bgpd/registrations/registration_files.h"
#include "bgpd/registrations/stored_registrations.h"
#include "bgpd/session/file_thread.h"
#include "conf/registration_text.h"
#include "policy/change.h"

namespace tern::registrations {
namespace {

using policy::RegistrationTable;

using Source = RegistrationFiles::Source;

constexpr std::size_t kPieceOctets = std::size_t{256} << 10U;  // of an export

bool same_listed(const RegistrationSettings& a, const RegistrationSettings& b) {
  return a.listed == b.listed || (a.listed->empty() && b.listed->empty());
}

// A CSV file with the lines.
std::vector<std::string> pieces_of(const CsvLines& lines) {
  std::vector<std::string> pieces{conf::registration_csv_head()};
  for (const auto& [prefix, line] : lines) {
    if (pieces.back().size() + line.size() > kPieceOctets) pieces.emplace_back();
    pieces.back() += line;
  }
  return pieces;
}

// VRPs and route objects that changed; nothing: they did not.
struct NewEvidence {
  std::optional<std::shared_ptr<const policy::VrpTable>> vrps;
  std::vector<policy::PrefixRange> changed;  // of the VRPs
  std::optional<std::shared_ptr<const policy::RouteObjects>> objects;
};

// The worker of the thread.
class RegistrationWorker {
 public:
  // post_slice: has the thread call run_slice() soon. audit: of the registrations in force.
  RegistrationWorker(Published published, DatabasePlace database, std::shared_ptr<Audit> audit,
                     std::function<void()> post_slice)
      : published_(std::move(published)),
        stored_(std::move(database)),
        audit_(std::move(audit)),
        post_slice_(std::move(post_slice)) {}

  // Reads the files of new paths and, where the names are others, all files.
  bool take(RegistrationSettings next) {
    audit_->use(next.requirements);
    post_slice_where_due();
    const bool same_names = next.names == settings_.names;
    if (same_names && next.paths == settings_.paths && next.actions == settings_.actions &&
        next.fallback == settings_.fallback && next.transit_free == settings_.transit_free &&
        same_listed(next, settings_) && is_in_use_) {
      settings_.requirements = std::move(next.requirements);
      return false;
    }
    settings_ = std::move(next);
    is_in_use_ = true;
    stored_.use(settings_.names);
    files_.use(settings_.paths, !same_names, settings_.names, before());
    return true;
  }

  bool look() {
    std::erase_if(replaced_, [](const auto& table) { return table.use_count() == 1; });
    audit_->look();
    const bool stored = stored_.look();
    return files_.look(settings_.names, before()) || stored;
  }

  // Carries out the writes, and publishes the new table before they are answered.
  void serve(StoredRegistrations::Requests requests) {
    using Served = StoredRegistrations::Served;
    if (stored_.open_for(requests)) publish();
    const std::size_t others = settings_.listed->size() + files_.registrations();
    const Served served =
        stored_.serve(std::move(requests), table_.get(), others, settings_.requirements);
    if (served != Served::Unchanged) publish();
    if (served == Served::Fewer) files_.expect_fewer_overlaps();
    stored_.answer();
  }
  [[nodiscard]] StoredRegistrations& stored() { return stored_; }

  void publish() {
    std::vector<Source> sources = before_files();
    for (Source& source : files_.sources()) sources.push_back(std::move(source));
    auto table = std::make_shared<const RegistrationTable>(
        std::move(sources), settings_.actions, settings_.fallback, settings_.transit_free);
    files_.note_left_out(*table);
    note_stored_left_out(*table);
    auto changed = RegistrationTable::difference(table_ ? *table_ : RegistrationTable(), *table);
    registrations_ = table->size();
    if (table_) replaced_.push_back(std::move(table_));
    table_ = table->size() == 0 ? nullptr : std::move(table);
    audit_->set_table(table_, changed);
    post_slice_where_due();
    published_(table_, std::move(changed));
  }

  void take_evidence(NewEvidence news) {
    if (news.vrps) audit_->set_vrps(*std::move(news.vrps), news.changed);
    if (news.objects) audit_->set_route_objects(*std::move(news.objects));
    post_slice_where_due();
  }
  void run_slice() {
    is_posted_ = false;
    audit_->run_slice();
    post_slice_where_due();
  }

  [[nodiscard]] RegistrationStatus status() const {
    RegistrationStatus status;
    status.files = files_.status();
    status.stored = stored_.status();
    status.stored.left_out = stored_left_out_;
    status.stored.overlap = stored_overlap_;
    status.listed = settings_.listed->size();
    status.registrations = registrations_;
    status.unmet = audit_->book()->size();
    return status;
  }

 private:
  void post_slice_where_due() {
    if (!audit_->is_due() || std::exchange(is_posted_, true)) return;
    post_slice_();
  }

  [[nodiscard]] std::vector<Source> before_files() const {
    std::vector<Source> sources{settings_.listed};
    for (Source& page : stored_.sources()) sources.push_back(std::move(page));
    return sources;
  }

  [[nodiscard]] RegistrationFiles::Before before() const {
    return [this] { return before_files(); };
  }

  void note_stored_left_out(const RegistrationTable& table) {
    stored_left_out_ = 0;
    std::string first;
    for (const auto& overlap : table.left_out()) {
      if (overlap.left_out->stored() && stored_left_out_++ == 0) first = overlap.to_string();
    }
    if (!first.empty() && first != stored_overlap_) {
      spdlog::error("registrations {}; {} stored registrations are left out", first,
                    stored_left_out_);
    }
    stored_overlap_ = std::move(first);
  }

  Published published_;
  RegistrationSettings settings_;
  bool is_in_use_ = false;  // take() was called
  RegistrationFiles files_;
  StoredRegistrations stored_;
  std::size_t stored_left_out_ = 0;                 // stored registrations that the table left out
  std::string stored_overlap_;                      // the first of these
  std::shared_ptr<const RegistrationTable> table_;  // null: none
  // Until nobody else has them: the loop should not have to free a table of 200,000 registrations.
  std::vector<std::shared_ptr<const RegistrationTable>> replaced_;
  std::size_t registrations_ = 0;

  std::shared_ptr<Audit> audit_;
  std::function<void()> post_slice_;
  bool is_posted_ = false;  // a slice of the audit
};

}  // namespace

class RegistrationThread::Impl {
 public:
  Impl(Published published, DatabasePlace database)
      : Impl(std::move(published), std::move(database), std::make_shared<Audit>()) {}

  // add(evidence): adds what is new to what the thread has not taken yet.
  template <typename Add>
  void give(Add add) {
    {
      const std::lock_guard lock(mutex_);
      const bool waits = evidence_.vrps || evidence_.objects;
      add(evidence_);
      if (waits) return;  // the job that the first one posted takes all
    }
    thread_.post([this](RegistrationWorker& worker) {
      std::unique_lock lock(mutex_);
      NewEvidence news = std::exchange(evidence_, {});
      lock.unlock();
      worker.take_evidence(std::move(news));
    });
  }

  bool write(Write write, Written done) {
    {
      const std::lock_guard lock(mutex_);
      if (writes_.size() >= kMostWaitingWrites) return false;
      writes_.push_back({std::move(write), std::move(done)});
      if (writes_.size() > 1) return true;  // the job that the first one posted takes all
    }
    thread_.post([this](RegistrationWorker& worker) {
      std::unique_lock lock(mutex_);
      auto writes = std::exchange(writes_, {});
      lock.unlock();
      worker.serve(std::move(writes));
    });
    return true;
  }

  bool read(std::function<void(StoredRegistrations&)> job) {
    if (reads_.fetch_add(1) >= kMostWaitingReads) {
      --reads_;
      return false;
    }
    thread_.post([this, job = std::move(job)](RegistrationWorker& worker) {
      job(worker.stored());
      --reads_;
    });
    return true;
  }

  const std::shared_ptr<const UnmetBook> unmet_;
  std::mutex mutex_;
  StoredRegistrations::Requests writes_;  // with the lock, as the next one
  NewEvidence evidence_;
  std::atomic<std::size_t> reads_{0};  // that wait
  // Last: the thread uses the other members.
  session::FileThread<RegistrationWorker, RegistrationSettings, RegistrationStatus> thread_;

 private:
  Impl(Published published, DatabasePlace database, std::shared_ptr<Audit> audit)
      : unmet_(audit->book()),
        thread_("tern-register", RegistrationWorker(std::move(published), std::move(database),
                                                    std::move(audit), [this] { post_slice(); })) {}
  void post_slice() {
    thread_.post([](RegistrationWorker& worker) { worker.run_slice(); });
  }
};

RegistrationThread::RegistrationThread(Published published, DatabasePlace database)
    : impl_(std::make_unique<Impl>(std::move(published), std::move(database))) {}
RegistrationThread::~RegistrationThread() = default;
void RegistrationThread::reconfigure(RegistrationSettings settings) {
  impl_->thread_.reconfigure(std::move(settings));
}
void RegistrationThread::wait_until_taken() { impl_->thread_.wait_until_taken(); }
void RegistrationThread::set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                                  std::vector<policy::PrefixRange> changed) {
  impl_->give([&](NewEvidence& news) {
    news.vrps = std::move(vrps);
    const bool many = news.changed.size() + changed.size() > Audit::kMostTouched;
    if (many) {
      news.changed = policy::PrefixChange::all_prefixes();
    } else {
      std::ranges::move(changed, std::back_inserter(news.changed));
    }
  });
}
void RegistrationThread::set_route_objects(std::shared_ptr<const policy::RouteObjects> objects) {
  impl_->give([&](NewEvidence& news) { news.objects = std::move(objects); });
}
std::shared_ptr<const UnmetBook> RegistrationThread::unmet() const { return impl_->unmet_; }
bool RegistrationThread::write(Write write, Written done) {
  return impl_->write(std::move(write), std::move(done));
}
bool RegistrationThread::export_stored(const std::string& owner, std::function<void(Export)> done) {
  return impl_->read([owner, done = std::move(done)](StoredRegistrations& stored) {
    Export all;
    auto lines = stored.lines(owner);
    if (lines) {
      all.pieces = pieces_of(*lines);
    } else {
      all.error = lines.error();
    }
    done(std::move(all));
  });
}
bool RegistrationThread::read_log(const std::optional<Prefix>& prefix, std::size_t most,
                                  std::function<void(Log)> done) {
  return impl_->read([prefix, most, done = std::move(done)](StoredRegistrations& stored) {
    done(stored.log(prefix, most));
  });
}
RegistrationStatus RegistrationThread::status() const { return impl_->thread_.status(); }

}  // namespace tern::registrations
