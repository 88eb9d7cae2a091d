#include "bgpd/registrations/stored_registrations.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "bgpd/session/loop.h"
#include "conf/registration_text.h"

namespace tern::registrations {
namespace {

using policy::Registration;

constexpr unsigned kLooksBetweenTries = 30;

bool is_there(const std::string& path) {
  std::error_code none;
  return std::filesystem::exists(path, none);
}

// Whether another write may succeed although this one did not.
bool is_of_one_write(const store::Error& fault) {
  return fault.fault == store::Fault::Full || fault.fault == store::Fault::Constraint;
}

bool changes_any(const StoredRegistrations::Requests& requests) {
  return std::ranges::any_of(requests, [](const auto& one) { return !one.write.check_only; });
}

}  // namespace

// ---- The database

void StoredRegistrations::use(const conf::RegistrationNames& names) {
  const bool same_names = std::exchange(names_, names) == names;
  if (!std::exchange(in_use_, true)) {
    status_.path = place_.path;
    status_.aside = store::moved_aside(place_.path);
    (void)open(false);
  } else if (store_ != nullptr && !same_names) {
    (void)read();
  }
}

bool StoredRegistrations::look() {
  std::erase_if(status_.aside, [](const std::string& path) { return !is_there(path); });
  write_log_.look();
  if (status_.unread && !is_there(place_.path)) {
    status_.unread = false;
    status_.error.clear();
  }
  if (status_.error.empty()) return false;
  if (!status_.unread && ++looks_ < kLooksBetweenTries) return false;
  looks_ = 0;
  if (store_ == nullptr) return open(false);
  if (locked_ && store_->is_free()) status_.error.clear();
  return false;
}

bool StoredRegistrations::open(bool made) {
  const bool is_new = !is_there(place_.path);
  if (place_.path.empty() || damaged_ || (!made && is_new)) return false;
  status_.unread = !is_new && !was_read_;
  if (is_new && place_.have_folder) {
    if (const auto fault = place_.have_folder()) {
      note_fault({store::Fault::Disk, *fault});
      return false;
    }
  }
  auto opened = open_store();
  if (!opened) {
    note_fault(opened.error());
    return false;
  }
  store_ = std::move(*opened);
  status_.there = true;
  status_.error.clear();
  if (read()) return true;
  // Without its registrations, a write could not be compared with them.
  if (!was_read_) store_.reset();
  return false;
}

// Moves a damaged database aside, and begins another one.
Result<std::unique_ptr<RegistrationStore>, store::Error> StoredRegistrations::open_store() {
  auto opened = RegistrationStore::open(place_);
  if (opened || opened.error().fault != store::Fault::Corrupt) return opened;
  note_fault(opened.error());
  const auto moved = store::move_aside(place_.path, session::unix_seconds());
  if (!moved) return moved.error();
  spdlog::critical(
      "registrations: the database is damaged and was moved to {}; the stored registrations are "
      "NOT in force until they are restored",
      *moved);
  status_.aside = store::moved_aside(place_.path);
  return RegistrationStore::open(place_);
}

// Of a row that the configuration does not allow, a version that is in force stays so.
bool StoredRegistrations::read() {
  StoredPages::Changes changes;
  FaultyRows faulty;
  const auto fault = store_->for_each([&](std::string_view text) {
    const conf::RegistrationFields fields = conf::registration_fields(text);
    auto built = conf::build_registration(fields, names_);
    if (!built) {
      return faulty.add(conf::field_value(fields, "prefix").value_or(""), built.error().front());
    }
    Registration& one = built->registration;
    one.set_stored();
    changes[one.prefix] = std::move(one);
  });
  if (fault) {
    note_fault(*fault);
    return false;
  }
  faulty_ = std::move(faulty);
  was_read_ = true;
  status_.unread = false;
  pages_.change(std::move(changes));
  const std::string before = status_.fault;
  note_memory();
  spdlog::info("registrations {}: {} registrations", place_.path, pages_.size());
  if (status_.faulty != 0 && status_.fault != before) {
    spdlog::error("registrations {}: {} are not as the configuration has it; {}", place_.path,
                  status_.faulty, status_.fault);
  }
  return true;
}

// ---- Writes

bool StoredRegistrations::open_for(const Requests& requests) {
  if (store_ != nullptr) return false;
  return open(changes_any(requests)) && pages_.size() > 0;
}

StoredRegistrations::Served StoredRegistrations::serve(Requests requests,
                                                       const policy::RegistrationTable* table,
                                                       std::size_t others,
                                                       const Requirements& requirements) {
  if (store_ == nullptr && (changes_any(requests) || !status_.error.empty())) {
    refuse(requests, place_.path.empty() ? "this daemon has no database" : status_.error);
    return Served::Unchanged;
  }
  const PendingChanges::Beside beside{table,  pages_, faulty_,     store_.get(),
                                      others, names_, requirements};
  PendingChanges pending(beside);
  const auto fault = serve_together(requests, pending);
  if (!fault) return apply(std::move(pending).changes());
  note_fault(*fault);
  if (requests.size() == 1 || !is_of_one_write(*fault)) {
    refuse(requests, fault->message);
    return Served::Unchanged;
  }
  PendingChanges again(beside);
  serve_each(requests, again);
  return apply(std::move(again).changes());
}

std::optional<store::Error> StoredRegistrations::serve_together(Requests& requests,
                                                                PendingChanges& pending) {
  std::vector<WriteResult> results;
  std::vector<std::vector<Difference>> differences(requests.size());
  std::vector<RegistrationStore::Entry> entries;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Write& write = requests[i].write;
    results.push_back(pending.take(write, differences[i]));
    for (const Difference& one : differences[i]) entries.push_back({&write.user, &one});
  }
  if (pending.fault()) return pending.fault();
  if (auto fault = put(entries)) return fault;
  for (std::size_t i = 0; i < requests.size(); ++i) note(requests[i], std::move(results[i]));
  return std::nullopt;
}

// An error that is not of one write ends it.
void StoredRegistrations::serve_each(Requests& requests, PendingChanges& pending) {
  for (auto request = requests.begin(); request != requests.end(); ++request) {
    std::vector<Difference> differences;
    std::vector<RegistrationStore::Entry> entries;
    WriteResult result = pending.take(request->write, differences);
    for (const Difference& one : differences) entries.push_back({&request->write.user, &one});
    const auto fault = pending.fault() ? pending.fault() : put(entries);
    if (!fault) {
      note(*request, std::move(result));
      continue;
    }
    note_fault(*fault);
    pending.take_back();
    if (!is_of_one_write(*fault)) return refuse({request, requests.end()}, fault->message);
    refuse({request, request + 1}, fault->message);
  }
}

std::optional<store::Error> StoredRegistrations::put(
    std::span<const RegistrationStore::Entry> entries) {
  if (entries.empty()) return std::nullopt;
  if (auto fault = store_->write(entries, session::unix_seconds())) return fault;
  status_.error.clear();
  status_.writes += entries.size();
  return std::nullopt;
}

void StoredRegistrations::note(Request& request, WriteResult result) {
  write_log_.note(request.write, result);
  answers_.push_back({std::move(request.done), std::move(result)});
}

void StoredRegistrations::refuse(std::span<Request> requests, const std::string& why) {
  for (Request& request : requests) {
    WriteResult result;
    result.add_error(why);
    answers_.push_back({std::move(request.done), std::move(result)});
  }
}

StoredRegistrations::Served StoredRegistrations::apply(StoredPages::Changes changes) {
  if (changes.empty()) return Served::Unchanged;
  const bool fewer =
      std::ranges::any_of(changes, [](const auto& change) { return !change.second; });
  for (const auto& change : changes) faulty_.remove(change.first);
  pages_.change(std::move(changes));
  note_memory();
  return fewer ? Served::Fewer : Served::Changed;
}

void StoredRegistrations::answer() {
  for (Answer& answer : std::exchange(answers_, {})) answer.done(std::move(answer.result));
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
  if (status_.unread) {
    return spdlog::critical(
        "registrations: the database: {} ({}); the stored registrations are NOT in force",
        fault.message, to_string(fault.fault));
  }
  spdlog::error("registrations: the database: {} ({}); the registrations in force stay so",
                fault.message, to_string(fault.fault));
}

void StoredRegistrations::note_memory() {
  status_.registrations = pages_.size();
  status_.faulty = faulty_.size();
  status_.fault = faulty_.first_fault();
}

// ---- Readers

Result<CsvLines, std::string> StoredRegistrations::lines(const std::string& owner) {
  if (store_ != nullptr) {
    auto lines = csv_lines(*store_, owner);
    if (lines) return std::move(*lines);
    note_fault(lines.error());
    if (locked_) return std::string(lines.error().message);
  }
  if (status_.unread) return std::string(status_.error);
  return csv_lines(pages_, owner);
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
