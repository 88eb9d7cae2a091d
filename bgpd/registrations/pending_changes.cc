#include "bgpd/registrations/pending_changes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/registrations/requirement.h"
#include "bgpd/registrations/session_addresses.h"
#include "conf/registration_file.h"
#include "rib/types/one_line.h"
#include "rib/types/prefix_text.h"

namespace tern::registrations {
namespace {

using policy::Registration;

constexpr std::size_t kMostShownName = 80;  // octets of a name of a file in an error

// The entry that overlaps the prefix; no two entries of the map overlap. skip(): says which entries
// do not count.
template <typename Map, typename Skip>
typename Map::const_iterator find_overlap(const Map& map, const Prefix& prefix, Skip skip) {
  auto behind = map.lower_bound(prefix);
  for (auto before = behind; before != map.begin();) {
    --before;
    if (skip(*before)) continue;
    if (before->first.covers(prefix)) return before;
    break;
  }
  while (behind != map.end() && skip(*behind)) ++behind;
  return behind != map.end() && prefix.covers(behind->first) ? behind : map.end();
}

// Appends all pieces to the first one, which takes the place of all, and frees each.
void join(std::vector<std::string>& pieces) {
  if (pieces.size() == 1) return;
  std::size_t octets = 0;
  for (const std::string& piece : pieces) octets += piece.size();
  std::string text;
  text.reserve(octets);
  for (std::string& piece : pieces) text += std::exchange(piece, {});
  pieces.clear();
  pieces.push_back(std::move(text));
}

}  // namespace

void WriteResult::add_error(std::string text) {
  if (errors.size() < kMostShownErrors) return errors.push_back(std::move(text));
  ++more_errors;
}

void WriteResult::add_warning(std::string text) {
  if (warnings.size() < kMostShownWarnings) return warnings.push_back(std::move(text));
  ++more_warnings;
}

PendingChanges::PendingChanges(const Beside& beside)
    : beside_(beside), stored_(beside.stored.size()) {
  for (const auto& [prefix, row] : beside.faulty.rows()) {
    left_out_[prefix] = &row.registration;
    if (!beside.stored.contains(prefix)) ++stored_;
  }
  if (beside.table == nullptr) return;
  for (const policy::RegistrationOverlap& overlap : beside.table->left_out()) {
    if (overlap.left_out->stored()) left_out_[overlap.left_out->prefix] = overlap.left_out;
  }
}

WriteResult PendingChanges::take(Write& write, std::vector<Difference>& differences) {
  write_ = &write;
  stored_before_ = stored_;
  result_ = {};
  differences_.clear();
  before_.clear();
  put_.clear();
  if (write.changes.size() > kMostChanges) {
    result_.add_error("a write has at most " + std::to_string(kMostChanges) + " changes");
    return std::move(result_);
  }
  for (const Change& change : write.changes) take_change(change);
  if (write.import) take_import(*write.import);
  check_session_addresses();
  const std::size_t shown = std::min(differences_.size(), kMostShownDifferences);
  if (!result_.errors.empty()) {
    take_back();
    result_.added = result_.changed = result_.removed = result_.unchanged = 0;
    return std::move(result_);
  }
  result_.differences.assign(differences_.begin(),
                             differences_.begin() + static_cast<std::ptrdiff_t>(shown));
  if (write.check_only) {
    take_back();
  } else {
    std::ranges::move(differences_, std::back_inserter(differences));
  }
  return std::move(result_);
}

StoredPages::Changes PendingChanges::changes() && {
  StoredPages::Changes changes;
  for (auto& [prefix, one] : pending_) changes[prefix] = std::move(one.registration);
  return changes;
}

void PendingChanges::take_change(const Change& change) {
  const auto prefix = Prefix::parse(change.prefix);
  if (!prefix) {
    return result_.add_error(not_a_prefix(change.prefix));
  }
  const std::string name = prefix->to_string();
  auto before = text_of(*prefix);
  if (!before) return;
  if (change.action == Change::Action::Add ? !before->empty() : before->empty()) {
    return result_.add_error(name + (before->empty() ? not_stored(*prefix)
                                                     : " is registered already: 'ternctl "
                                                       "registration set' changes it"));
  }
  if (change.action == Change::Action::Remove) {
    ++result_.removed;
    return note(*prefix, *std::move(before), {});
  }
  if (!has_known_fields(change, name)) return;
  conf::RegistrationFields fields = conf::registration_fields(*before);
  if (before->empty()) fields.push_back({"prefix", name});
  if (conf::field_value(change.fields, "prefix")) {
    return result_.add_error(name + ": its prefix cannot change; remove it, and add the other one");
  }
  conf::replace_fields(change.fields, fields);
  auto built = conf::build_registration(fields, beside_.names);
  if (built) return put(*std::move(built), *before, name + ": ");
  for (const std::string& fault : built.error()) result_.add_error(name + ": " + fault);
}

// Also of fields without a value, which replace_fields() only removes.
bool PendingChanges::has_known_fields(const Change& change, const std::string& name) {
  bool known = true;
  for (const conf::RegistrationField& field : change.fields) {
    const std::string fault = conf::unknown_field(field.name);
    if (fault.empty()) continue;
    result_.add_error(name + ": " + fault);
    known = false;
  }
  return known;
}

void PendingChanges::take_import(Import& import) {
  const auto format = conf::registration_format(import.name);
  if (!format) {
    return result_.add_error(one_line(import.name, kMostShownName, Letters::Utf8) +
                             ": the name ends with none of .csv, .yaml and .yml");
  }
  join(import.pieces);
  std::vector<std::string> texts;
  const auto read =
      conf::read_registrations(import.pieces.front(), *format, import.name, beside_.names, &texts);
  if (!read) {
    for (const conf::Error& error : read.error()) result_.add_error(error.to_string());
    return;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Registration& one = (**read)[i];
    const auto before = text_of(one.prefix);
    if (!before) return;
    put({one, std::move(texts[i])}, *before, one.place() + ": " + one.prefix.to_string() + ": ");
  }
}

// before: the text of the same prefix; empty: none.
void PendingChanges::put(conf::TextRegistration built, const std::string& before,
                         const std::string& subject) {
  const Prefix prefix = built.registration.prefix;
  if (built.text == before) {
    ++result_.unchanged;
    return;
  }
  if (comes_into_force(prefix, before)) {
    if (const Registration* const other = overlapping(prefix)) {
      return result_.add_error(subject + "overlaps " + other->prefix.to_string() + other->where());
    }
  }
  if (before.empty() && stored_ + beside_.others >= conf::kMostRegistrations) {
    return result_.add_error(subject + "more than " + std::to_string(conf::kMostRegistrations) +
                             " registrations with those of the files");
  }
  // With an error the write is taken back as a whole; until then the addresses of sessions are
  // checked, too, so that the client has every reason.
  check_origins(built.registration, {write_->vrps.get(), write_->irr.get()},
                beside_.requirements.origins, subject, result_);
  ++(before.empty() ? result_.added : result_.changed);
  built.registration.set_stored();
  if (beside_.requirements.owned_sessions) put_.emplace_back(prefix, subject);
  note(prefix, before, {std::move(built.text), std::move(built.registration)});
}

// Behind all changes, because a later one may register the prefix of an address.
void PendingChanges::check_session_addresses() {
  for (const auto& [prefix, subject] : put_) {
    const auto pending = pending_.find(prefix);
    if (pending == pending_.end() || !pending->second.registration) continue;  // removed again
    const Registration& one = *pending->second.registration;
    check_sessions(
        one, {write_->vrps.get(), write_->irr.get()}, beside_.requirements,
        [&](const Prefix& address) { return is_owned(address, one); }, subject, result_);
  }
}

// Whether a registration of the same owner covers the address, when the writes are done.
bool PendingChanges::is_owned(const Prefix& address, const Registration& by) const {
  const auto goes = [](const Ones::value_type& one) { return one.second.text.empty(); };
  const auto pending = find_overlap(pending_, address, goes);
  if (pending != pending_.end() && pending->first.covers(address)) {
    return pending->second.registration->owner == by.owner;
  }
  const auto* const entry = beside_.table == nullptr ? nullptr : beside_.table->find(address);
  if (entry == nullptr) return false;
  if (entry->registration->stored() && pending_.contains(entry->prefix)) return false;
  return entry->registration->owner == by.owner;
}

// ---- The pending ones

void PendingChanges::note(const Prefix& prefix, std::string before, One one) {
  if (before.empty()) ++stored_;
  if (one.text.empty()) --stored_;
  differences_.push_back({prefix, std::move(before), one.text});
  const auto found = pending_.find(prefix);
  if (found == pending_.end()) {
    before_.emplace_back(prefix, std::nullopt);
    pending_.emplace(prefix, std::move(one));
  } else {
    before_.emplace_back(prefix, std::move(found->second));
    found->second = std::move(one);
  }
}

void PendingChanges::take_back() {
  stored_ = stored_before_;
  for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
    if (one->second) {
      pending_[one->first] = *std::move(one->second);
    } else {
      pending_.erase(one->first);
    }
  }
  before_.clear();
}

// ---- Lookups

// Empty for a prefix that is not stored; std::nullopt, and an error, where the database cannot be
// read.
std::optional<std::string> PendingChanges::text_of(const Prefix& prefix) {
  const auto pending = pending_.find(prefix);
  if (pending != pending_.end()) return pending->second.text;
  const bool is_stored = beside_.stored.contains(prefix) || beside_.faulty.contains(prefix);
  if (beside_.store == nullptr || !is_stored) return std::string();
  auto text = beside_.store->text_of(prefix);
  if (text) return std::move(*text);
  fault_ = text.error();
  result_.add_error(text.error().message);
  return std::nullopt;
}

std::string PendingChanges::not_stored(const Prefix& prefix) const {
  const auto* const entry = beside_.table == nullptr ? nullptr : beside_.table->find(prefix);
  if (entry == nullptr || entry->prefix != prefix) return " is not registered";
  if (entry->registration->stored()) return " is not registered";
  return " stands in " + entry->registration->place() + ", and is changed there";
}

// Whether a registration with a new text guards where none of the prefix did so before: an
// overlapping one may have come while a faulty row was not in force. A row that is left out stays
// left out.
bool PendingChanges::comes_into_force(const Prefix& prefix, const std::string& before) const {
  if (before.empty()) return true;
  return beside_.faulty.contains(prefix) && !beside_.stored.contains(prefix) &&
         !pending_.contains(prefix);
}

// The registration of another prefix.
const Registration* PendingChanges::overlapping(const Prefix& prefix) const {
  const auto goes = [](const Ones::value_type& one) { return one.second.text.empty(); };
  const auto pending = find_overlap(pending_, prefix, goes);
  if (pending != pending_.end()) return &*pending->second.registration;
  const auto counts_not = [&](const auto& one) {
    return one.first == prefix || pending_.contains(one.first);
  };
  const auto left_out = find_overlap(left_out_, prefix, counts_not);
  if (left_out != left_out_.end()) return left_out->second;
  return overlapping_in_force(prefix);
}

const Registration* PendingChanges::overlapping_in_force(const Prefix& prefix) const {
  if (beside_.table == nullptr) return nullptr;
  const policy::RegistrationTable& table = *beside_.table;
  const auto counts = [this](const policy::RegistrationTable::Entry& entry) {
    return !entry.registration->stored() || !pending_.contains(entry.prefix);
  };
  const auto* const covering = table.find(prefix);
  if (covering != nullptr && counts(*covering)) return covering->registration;
  for (std::size_t i = table.lower_bound(prefix); i < table.size(); ++i) {
    if (!prefix.covers(table[i].prefix)) break;
    if (counts(table[i])) return table[i].registration;
  }
  return nullptr;
}

}  // namespace tern::registrations
