#include "bgpd/registrations/audit.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "bgpd/registrations/requirement.h"
#include "bgpd/registrations/session_addresses.h"
#include "bgpd/session/loop.h"

namespace tern::registrations {

using policy::PrefixRange;
using policy::Registration;
using policy::RegistrationTable;

// ---- What changes

void Audit::use(const Requirements& requirements) {
  if (requirements != requirements_) {
    requirements_ = requirements;
    if (!requires_any()) book_->clear();
    if (is_ready_) begin_lap();
  }
  settle();
}

void Audit::set_table(std::shared_ptr<const RegistrationTable> table,
                      const std::vector<PrefixRange>& changed) {
  table_ = std::move(table);
  if (table_ == nullptr) book_->clear();
  for (const PrefixRange& range : changed) {
    if (book_->size() == 0) break;
    for (const Prefix& prefix : book_->inside(range.prefix)) {
      const auto* const entry = table_->find(prefix);
      if (entry == nullptr || entry->prefix != prefix) (void)book_->remove(prefix);
    }
  }
  // The ranges say nothing about owners.
  if (is_ready_ && requirements_.owned_sessions) return begin_lap();
  touch(changed);
}

void Audit::set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                     const std::vector<PrefixRange>& changed) {
  vrps_ = std::move(vrps);
  settle();
  touch(changed);
}

void Audit::set_route_objects(std::shared_ptr<const policy::RouteObjects> objects) {
  objects_ = std::move(objects);
  if (is_ready_) begin_lap();
  settle();
}

// Notes whether registrations can be checked now; if so for the first time, all are due.
void Audit::settle() {
  const bool was_ready = std::exchange(is_ready_, requires_any() && has_evidence());
  if (is_ready_ && !was_ready) begin_lap();
}

bool Audit::requires_any() const {
  return requirements_.origins != Requirement::None || requirements_.owned_sessions;
}

bool Audit::has_evidence() const {
  const bool reads_objects = requirements_.origins == Requirement::IrrValid ||
                             requirements_.origins == Requirement::RoaOrIrrValid ||
                             requirements_.owned_sessions;
  if (requirements_.awaits_vrps && vrps_ == nullptr) return false;
  return !requirements_.awaits_objects || !reads_objects || objects_ != nullptr;
}

// ---- What is due

void Audit::begin_lap() {
  due_.clear();
  stop_ = lap_ ? position_ : std::nullopt;
  if (!lap_) position_.reset();
  lap_ = true;
  wrapped_ = false;
}

void Audit::touch(const std::vector<PrefixRange>& changed) {
  if (!is_ready_ || table_ == nullptr || changed.empty()) return;
  if (requirements_.owned_sessions) return begin_lap();
  std::size_t touched = 0;
  for (const PrefixRange& range : changed) {
    if (++touched > kMostTouched) return begin_lap();
    for (std::size_t i = table_->lower_bound(range.prefix); i < table_->size(); ++i) {
      const Prefix& prefix = (*table_)[i].prefix;
      if (!range.prefix.covers(prefix)) break;
      if (++touched > kMostTouched) return begin_lap();
      if (range.ge <= prefix.length() && prefix.length() <= range.le) due_.insert(prefix);
    }
  }
  if (due_.size() > kMostTouched) begin_lap();
}

void Audit::run_slice(std::uint64_t nanoseconds) {
  const std::uint64_t end = session::steady_nanoseconds() + nanoseconds;
  do {
    if (is_due()) step();
  } while (is_due() && session::steady_nanoseconds() < end);
}

void Audit::step() {
  if (due_.empty()) return step_of_lap();
  const Prefix prefix = *due_.begin();
  due_.erase(due_.begin());
  const auto* const entry = table_ == nullptr ? nullptr : table_->find(prefix);
  if (entry != nullptr && entry->prefix == prefix) check(*entry);
}

// The table may be another one than at the step before.
void Audit::step_of_lap() {
  std::size_t next = 0;
  const std::size_t size = table_ == nullptr ? 0 : table_->size();
  if (position_ && table_ != nullptr) {
    next = table_->lower_bound(*position_);
    if (next < size && (*table_)[next].prefix == *position_) ++next;
  }
  if (next >= size) {
    if (!stop_ || wrapped_) {
      lap_ = false;
      return;
    }
    wrapped_ = true;
    position_.reset();
    return;
  }
  const RegistrationTable::Entry& entry = (*table_)[next];
  if (wrapped_ && *stop_ < entry.prefix) {
    lap_ = false;
    return;
  }
  position_ = entry.prefix;
  check(entry);
}

// ---- The check

void Audit::check(const RegistrationTable::Entry& entry) {
  const Registration& one = *entry.registration;
  const Evidence evidence{vrps_.get(), objects_.get()};
  WriteResult found;
  check_origins(one, evidence, requirements_.origins, "", found);
  const auto is_owned = [&](const Prefix& address) {
    const auto* const covering = table_->find(address);
    return covering != nullptr && covering->registration->owner == one.owner;
  };
  check_sessions(one, evidence, requirements_, is_owned, "", found);
  if (found.errors.empty()) return note_met(one);
  note_unmet(one, std::move(found));
}

void Audit::note_met(const Registration& one) {
  if (!book_->remove(one.prefix)) return;
  if (!lines_.pass(session::steady_nanoseconds())) return;
  spdlog::info("registrations {}: {} meets the requirements again", one.place(),
               one.prefix.to_string());
}

void Audit::note_unmet(const Registration& one, WriteResult found) {
  std::string first = found.errors.front();
  const std::size_t more = found.errors.size() - 1 + found.more_errors;
  if (!book_->put(one.prefix, {std::move(found.errors), found.more_errors})) return;
  if (!lines_.pass(session::steady_nanoseconds())) return;
  if (more != 0) first += "; and " + std::to_string(more) + " more";
  spdlog::warn("registrations {}: {} is in force and does not meet the requirements: {}",
               one.place(), one.prefix.to_string(), first);
}

void Audit::look() {
  if (const auto count = lines_.take_left_out(session::steady_nanoseconds())) {
    spdlog::info("registrations: {} more lines about requirements were left out", count);
  }
}

}  // namespace tern::registrations
