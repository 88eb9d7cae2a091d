#include "bgpd/registrations/stored_registrations.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "bgpd/registrations/difference_text.h"
#include "bgpd/session/loop.h"
#include "conf/registration_text.h"
#include "rib/types/one_line.h"

namespace tern::registrations {
namespace {

using policy::Registration;

constexpr unsigned kLooksBetweenTries = 30;
constexpr std::size_t kMostLoggedText = 400;  // octets of a text in a line of the log

bool is_there(const std::string& path) {
  std::error_code none;
  return std::filesystem::exists(path, none);
}

std::int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

// ---- The database

void StoredRegistrations::use(const std::string& path, const conf::RegistrationNames& names) {
  const bool same_names = std::exchange(names_, names) == names;
  if (path_ != path) {
    path_ = path;
    status_.path = path;
    status_.aside = store::moved_aside(path);
    (void)open(false);
  } else if (store_ != nullptr && !same_names) {
    read();
  }
}

bool StoredRegistrations::look() {
  note_aside();
  if (const auto count = lines_.take_left_out(session::steady_nanoseconds())) {
    spdlog::info(
        "registrations: {} lines about writes were left out; see 'ternctl registration log'",
        count);
  }
  if (status_.error.empty() || ++looks_ < kLooksBetweenTries) return false;
  looks_ = 0;
  if (store_ == nullptr) return open(false);
  if (locked_ && store_->is_free()) status_.error.clear();
  return false;
}

bool StoredRegistrations::open(bool made) {
  if (path_.empty() || damaged_ || (!made && !is_there(path_))) return false;
  auto opened = RegistrationStore::open(path_);
  if (!opened && opened.error().fault == store::Fault::Corrupt) {
    const store::Error fault = opened.error();
    note_fault(fault);
    const auto moved = store::move_aside(path_, unix_time());
    if (!moved) {
      note_fault(moved.error());
      return false;
    }
    spdlog::critical(
        "registrations: the database is damaged and was moved to {}; the stored registrations are "
        "not in force until they are restored",
        *moved);
    status_.aside = store::moved_aside(path_);
    opened = RegistrationStore::open(path_);
  }
  if (!opened) {
    note_fault(opened.error());
    return false;
  }
  store_ = std::move(*opened);
  status_.there = true;
  status_.error.clear();
  read();
  return store_ != nullptr;
}

// Of a row that the configuration does not allow, a version that is in force stays so.
void StoredRegistrations::read() {
  StoredPages::Changes changes;
  const std::size_t errors = status_.faulty;
  const std::string before = std::exchange(status_.fault, {});
  status_.faulty = 0;
  faulty_.clear();
  const auto fault = store_->for_each([&](std::string_view text) { take_row(text, changes); });
  if (fault) {
    status_.faulty = errors;
    status_.fault = before;
    return note_fault(*fault);
  }
  pages_.change(std::move(changes));
  status_.registrations = pages_.size();
  spdlog::info("registrations {}: {} registrations", path_, pages_.size());
  if (status_.faulty != 0 && status_.fault != before) {
    spdlog::error("registrations {}: {} are not as the configuration has it; {}", path_,
                  status_.faulty, status_.fault);
  }
}

void StoredRegistrations::take_row(std::string_view text, StoredPages::Changes& changes) {
  auto built = conf::build_registration(conf::registration_fields(text), names_);
  if (built) {
    Registration& one = built->registration;
    one.file = place_;
    one.line = one.column = 0;
    changes[one.prefix] = std::move(one);
    return;
  }
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::string_view name = line.substr(std::min(line.find('=') + 1, line.size()));
  if (status_.faulty++ == 0) {
    status_.fault =
        one_line(std::string(name) + ": " + built.error().front(), kMostLoggedText, Letters::Utf8);
  }
  if (const auto prefix = Prefix::parse(name)) {
    Registration& one = faulty_[*prefix];
    one.prefix = *prefix;
    one.file = place_;
  }
}

// ---- Writes

bool StoredRegistrations::serve(std::vector<Request>& requests,
                                const policy::RegistrationTable* table, std::size_t others,
                                Requirement requirement) {
  const bool writes =
      std::ranges::any_of(requests, [](const Request& one) { return !one.write.check_only; });
  if (store_ == nullptr && open(writes) && pages_.size() > 0) {
    refuse(std::exchange(requests, {}), "the stored registrations were read only now; try again");
    return true;
  }
  if (store_ == nullptr && (writes || !status_.error.empty())) {
    refuse(std::exchange(requests, {}),
           path_.empty() ? "this daemon has no database" : status_.error);
    return false;
  }
  const PendingChanges::Beside beside{table,  pages_, faulty_,     store_.get(),
                                      others, names_, requirement, place_};
  Served served = serve_together(requests, beside);
  if (served != Served::Retry) {
    requests.clear();
    return served == Served::Changed;
  }
  if (store_ == nullptr) return false;
  Requests first;
  first.push_back(std::move(requests.front()));
  requests.erase(requests.begin());
  return serve_together(first, beside) == Served::Changed;
}

// Retry: of several requests, none is answered, because the database has an error.
StoredRegistrations::Served StoredRegistrations::serve_together(
    const Requests& requests, const PendingChanges::Beside& beside) {
  PendingChanges pending(beside);
  std::vector<Answer> answers;
  std::vector<std::vector<Difference>> differences(requests.size());
  std::vector<RegistrationStore::Entry> entries;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    WriteResult result = pending.take(requests[i].write, differences[i]);
    for (const Difference& one : differences[i]) entries.push_back({&requests[i].write.user, &one});
    answers.push_back({requests[i].done, std::move(result), requests[i].write.user,
                       requests[i].write.check_only});
  }
  std::optional<store::Error> fault = pending.fault();
  if (!fault && !entries.empty()) fault = store_->write(entries, unix_time());
  if (fault) note_fault(*fault);
  if (fault && requests.size() > 1) return Served::Retry;
  const bool changed = !fault && !entries.empty();
  if (changed) {
    status_.error.clear();
    status_.writes += entries.size();
    apply(std::move(pending).changes());
  }
  for (Answer& answer : answers) {
    if (fault && answer.result.errors.empty()) {
      answer.result = {};
      answer.result.add_error(fault->message);
    }
    if (changed) log_result(answer);
    answers_.push_back(std::move(answer));
  }
  return changed ? Served::Changed : Served::Unchanged;
}

void StoredRegistrations::refuse(Requests requests, const std::string& why) {
  for (Request& request : requests) {
    WriteResult result;
    result.add_error(why);
    answers_.push_back({std::move(request.done), std::move(result), {}, false});
  }
}

void StoredRegistrations::apply(StoredPages::Changes changes) {
  for (const auto& change : changes) faulty_.erase(change.first);
  if (faulty_.size() < status_.faulty) status_.faulty = faulty_.size();
  if (faulty_.empty()) status_.fault.clear();
  pages_.change(std::move(changes));
  status_.registrations = pages_.size();
}

void StoredRegistrations::answer() {
  for (Answer& answer : std::exchange(answers_, {})) answer.done(std::move(answer.result));
}

void StoredRegistrations::log_result(const Answer& answer) {
  const WriteResult& result = answer.result;
  if (answer.check_only) return;
  const std::size_t all = result.added + result.changed + result.removed;
  for (const Difference& difference : result.differences) {
    if (!lines_.pass(session::steady_nanoseconds())) break;
    spdlog::info("{}", log_line(difference, answer.user));
  }
  if (all > 1) {
    spdlog::info("registrations: {} added, {} changed, {} removed by {}", result.added,
                 result.changed, result.removed, answer.user);
  }
}

// ---- Status

void StoredRegistrations::note_fault(const store::Error& fault) {
  ++status_.errors;
  status_.there = true;
  // The registrations in memory would not be in a new database.
  damaged_ |= fault.fault == store::Fault::Corrupt && store_ != nullptr;
  if (damaged_) store_.reset();
  locked_ = fault.fault == store::Fault::Locked;
  if (status_.error == fault.message) return;
  status_.error = fault.message;
  spdlog::error("registrations: the database: {} ({}); the registrations in force stay so",
                fault.message, to_string(fault.fault));
}

void StoredRegistrations::note_aside() {
  std::erase_if(status_.aside, [](const std::string& path) { return !is_there(path); });
}

// ---- Readers

std::optional<std::string> StoredRegistrations::for_each_line(
    const std::string& owner, const std::function<void(std::string_view)>& take) {
  take(conf::registration_csv_head());
  if (store_ == nullptr) return status_.error.empty() ? std::nullopt : std::optional(status_.error);
  std::map<Prefix, std::string> lines;
  const auto fault = store_->for_each([&](std::string_view text) {
    const auto fields = conf::registration_fields(text);
    const auto of = std::ranges::find(fields, "owner", &conf::RegistrationField::name);
    if (!owner.empty() && (of == fields.end() || of->value != owner)) return;
    const auto prefix = fields.empty() ? std::nullopt : Prefix::parse(fields.front().value);
    if (prefix) lines[*prefix] = conf::registration_csv_line(text);
  });
  if (fault) {
    note_fault(*fault);
    return fault->message;
  }
  for (const auto& [prefix, line] : lines) take(line);
  return std::nullopt;
}

Result<std::vector<LogEntry>, std::string> StoredRegistrations::log(
    const std::optional<Prefix>& prefix, std::size_t most) {
  if (store_ == nullptr) {
    if (status_.error.empty()) return std::vector<LogEntry>();
    return std::string(status_.error);
  }
  auto entries = store_->log(prefix, most);
  if (entries) return std::move(*entries);
  note_fault(entries.error());
  return std::string(entries.error().message);
}

}  // namespace tern::registrations
