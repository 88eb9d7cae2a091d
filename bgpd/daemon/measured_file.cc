#include "bgpd/daemon/measured_file.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <chrono>
#include <utility>

#include "bgpd/daemon/directories.h"
#include "bgpd/session/timer.h"

namespace tern::daemon {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
// A program may write the file each second.
constexpr std::uint64_t kKeepEvery = 60'000'000'000;  // nanoseconds

}  // namespace

struct MeasuredFile::Found {
  Content content;
  std::string error;
  std::string not_kept;  // why
  bool is_new = true;    // the content was not taken before
};

bool MeasuredFile::Watched::keeps_later(const conf::FileMark& mark) const {
  return not_kept == mark && session::steady_nanoseconds() - kept_at >= kKeepEvery;
}

MeasuredFile::MeasuredFile(ConfigThread& thread, session::Loop& loop, api::DaemonFacts& all,
                           api::DaemonFacts::RttFile& facts, conf::LastGood::Content kind,
                           std::string what)
    : thread_(thread),
      loop_(loop),
      all_(all),
      facts_(facts),
      kind_(kind),
      what_(std::move(what)),
      timer_(std::make_unique<session::Timer>(loop.context(), [this] { look(); })) {}

MeasuredFile::~MeasuredFile() = default;

void MeasuredFile::apply(std::optional<Source> source) {
  timer_->stop();
  watched_.reset();
  facts_.path.clear();
  facts_.error.clear();
  if (!source) return;
  watched_ = std::make_shared<Watched>();
  watched_->source = *std::move(source);
  facts_.path = watched_->source.path;
  // A stale file is read again.
  if (watched_->source.was_bad) {
    facts_.error = "bad at the start; its last good content counts";
  } else if (watched_->source.taken) {
    watched_->watch.note_read(*watched_->source.taken);
  }
  timer_->start(kLookEvery);
}

void MeasuredFile::look() {
  thread_.post([this, &loop = loop_, watched = watched_, kind = kind_] {
    const conf::FileMark mark = conf::mark_of(watched->source.path);
    std::optional<Found> result;
    const bool due = watched->watch.due(mark);
    if (due || watched->keeps_later(mark)) {
      result = read(*watched, mark, kind);
      result->is_new = due;
    }
    loop.post([this, watched, result = std::move(result)]() mutable {
      if (watched != watched_) return;  // apply() starts the timer
      if (result) found(*watched, *std::move(result));
      timer_->start(kLookEvery);
    });
  });
}

// On ConfigThread.
MeasuredFile::Found MeasuredFile::read(Watched& watched, const conf::FileMark& mark,
                                       conf::LastGood::Content kind) {
  Found found;
  watched.not_kept.reset();
  auto content = watched.source.read(mark);
  if (!content) {
    found.error = std::move(content.error());
    return found;
  }
  found.content = *std::move(content);
  const std::uint64_t now = session::steady_nanoseconds();
  if (watched.kept_at != 0 && now - watched.kept_at < kKeepEvery) {
    watched.not_kept = mark;
    return found;
  }
  watched.kept_at = now;
  const conf::LastGood last_good(state_directory(), watched.source.configuration);
  auto failure = have_directory(last_good.directory());
  if (!failure) {
    const auto fault =
        last_good.keep(kind, watched.source.path, found.content.text, mark.written());
    if (fault) failure = last_good.directory() + ": " + fault->message;
  }
  if (failure) found.not_kept = *failure;
  return found;
}

void MeasuredFile::found(const Watched& watched, Found found) {
  const std::string& path = watched.source.path;
  const std::uint64_t now = session::steady_nanoseconds();
  const bool was_bad = !std::exchange(facts_.error, found.error).empty();
  if (const auto count = lines_.take_left_out(now)) {
    spdlog::info("egress: {} more lines about {} were left out", count, path);
  }
  if (!found.error.empty()) {
    ++facts_.errors;
    if (lines_.pass(now)) {
      spdlog::error("egress: {}; the last good {} count", found.error, what_);
    }
    return;
  }
  if (!found.not_kept.empty() && lines_.pass(now)) {
    spdlog::warn("{} is not kept for a start with a bad one: {}", path, found.not_kept);
  }
  if (!found.is_new) return;
  ++facts_.reads;
  std::erase_if(all_.stale_files,
                [&](const api::DaemonFacts::StaleFile& stale) { return stale.name == path; });
  // Most contents have the same pairs as the one before.
  const std::size_t count = found.content.count;
  if ((std::exchange(count_, count) != count || was_bad) && lines_.pass(now)) {
    spdlog::info("egress: {}: {} {}", path, count, what_);
  }
  found.content.take();
}

}  // namespace tern::daemon
