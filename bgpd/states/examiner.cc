#include "bgpd/states/examiner.h"

#include <span>

#include "bgpd/wire/attribute_set.h"

namespace tern::states {

void Examiner::mark(std::uint32_t index) {
  if (marked_[index]) return;
  marked_[index] = true;
  waiting_.push_back(index);
}

void Examiner::take_table(StateBook::Table table) {
  // The walk and the examination read an entry of the old table.
  walk_.reset();
  examination_.reset();
  seen_.reset();
  const std::vector<Prefix> before = [this] {
    std::vector<Prefix> prefixes;
    for (const std::uint32_t index : waiting_) prefixes.push_back((*book_.table())[index].prefix);
    return prefixes;
  }();
  const std::vector<std::uint32_t> changed = book_.take_table(std::move(table));
  waiting_.clear();
  held_.clear();
  marked_.assign(book_.table()->size(), false);
  for (const std::uint32_t index : changed) mark(index);
  note(before);
}

void Examiner::note(const std::vector<Prefix>& registered) {
  const policy::RegistrationTable& table = *book_.table();
  for (const Prefix& prefix : registered) {
    const std::size_t index = table.lower_bound(prefix);
    if (index < table.size() && table[index].prefix == prefix) {
      mark(static_cast<std::uint32_t>(index));
    }
  }
  update_work();
}

void Examiner::note_all() {
  for (std::uint32_t i = 0; i < marked_.size(); ++i) mark(i);
  update_work();
}

void Examiner::note_usual(const policy::UsualPaths* before, const policy::UsualPaths* after) {
  static const policy::UsualPaths kNone;
  std::vector<Prefix> registered;
  for (const policy::PrefixRange& changed : policy::UsualPaths::difference(
           before == nullptr ? kNone : *before, after == nullptr ? kNone : *after)) {
    const auto* const entry = book_.table()->find(changed.prefix);
    if (entry != nullptr) registered.push_back(entry->prefix);
  }
  note(registered);
}

void Examiner::tick(std::uint32_t now) {
  // A time beyond the longest wait is of before the clock was put back.
  const auto is_due = [&](std::uint32_t when) { return now >= when || now + book_.hold() < when; };
  for (; !held_.empty() && is_due(held_.begin()->first); held_.erase(held_.begin())) {
    mark(held_.begin()->second);
  }
  update_work();
}

void Examiner::begin(Inputs inputs, const rib::Shards& shards,
                     const std::vector<rib::TableReader>& readers) {
  inputs_ = std::move(inputs);
  inputs_.peers = &peers_;
  shards_ = &shards;
  readers_ = &readers;
}

void Examiner::end() {
  walk_.reset();
  shards_ = nullptr;
  readers_ = nullptr;
  inputs_ = {};
  update_work();
}

bool Examiner::slice(std::uint32_t now) {
  const policy::RegistrationTable& table = *book_.table();
  for (std::size_t i = 0; i < kSlice && !waiting_.empty(); ++i) {
    const std::uint32_t index = waiting_.front();
    if (!examination_) {
      // Changes from here on wait for another examination.
      marked_[index] = false;
      inputs_.registrations = book_.table();
      examination_.emplace(table[index], inputs_, book_.states(index));
    }
    if (next_destination()) continue;
    waiting_.pop_front();
    const auto due = book_.take(index, examination_->finish(), peers_, now);
    if (due) held_.emplace(*due, index);
    examination_.reset();
    seen_.reset();
  }
  update_work();
  return !waiting_.empty();
}

bool Examiner::next_destination() {
  if (!walk_) {
    const Prefix& within = (*book_.table())[waiting_.front()].prefix;
    walk_.emplace(*readers_, unicast(within.address().version()), within, seen_);
  }
  if (const auto found = walk_->next()) {
    seen_ = (*readers_)[found->shard].prefix(found->id);
    examine(*found);
    return true;
  }
  walk_.reset();
  return false;
}

// Copies the paths in the section, and looks at the copies behind the section.
void Examiner::examine(const rib::Found& found) {
  rows_.clear();
  octets_.clear();
  Prefix prefix;
  {
    const rib::TableReader& reader = (*readers_)[found.shard];
    const rib::TableReader::Section section(reader);
    const rib::Destination destination = reader.destination(found.id);
    prefix = destination.prefix;
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (path.peer() == kOwnSlot) continue;
      Row& row = rows_.emplace_back();
      row.path.slot = path.peer();
      row.path.accepted = path.accepted();
      row.path.best = i == 0 && path.accepted();
      if (!path.accepted()) row.path.reason = path.reason();
      if (path.accepted()) {
        const rib::InternedSet& effective = shards_->attributes()[path.effective()];
        row.path.place = effective.egress();
        row.path.pin = effective.pin();
      }
      const auto octets = shards_->attributes()[destination.received(i)].octets();
      row.begin = octets_.size();
      row.size = octets.size();
      octets_.insert(octets_.end(), octets.begin(), octets.end());
    }
  }
  for (const Row& row : rows_) {
    wire::decode_set(std::span(octets_).subspan(row.begin, row.size), attributes_);
    examination_->add(prefix, row.path, attributes_);
  }
}

}  // namespace tern::states
