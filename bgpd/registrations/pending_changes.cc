#include "bgpd/registrations/pending_changes.h"

#include <algorithm>
#include <iterator>

#include "bgpd/registrations/requirement.h"
#include "conf/registration_file.h"
#include "rib/types/one_line.h"

namespace tern::registrations {
namespace {

using policy::Registration;

constexpr std::size_t kMostShownPrefix = 80;  // octets of a text of a client in an error

// Of prefixes of which none covers another one: whether the nearest one before or behind overlaps.
// skip(): says which ones do not count.
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
  for (const auto& [prefix, one] : beside.faulty) left_out_[prefix] = &one;
  if (beside.table == nullptr) return;
  for (const policy::RegistrationOverlap& overlap : beside.table->left_out()) {
    if (overlap.left_out->stored()) left_out_[overlap.left_out->prefix] = overlap.left_out;
  }
}

WriteResult PendingChanges::take(const Write& write, std::vector<Difference>& differences) {
  write_ = &write;
  result_ = {};
  differences_.clear();
  before_.clear();
  if (write.changes.size() > kMostChanges) {
    result_.add_error("a write has at most " + std::to_string(kMostChanges) + " changes");
    return std::move(result_);
  }
  for (const Change& change : write.changes) take_change(change);
  if (write.import) take_import(*write.import);
  const std::size_t shown = std::min(differences_.size(), kMostShownDifferences);
  if (!result_.errors.empty()) {
    undo();
    result_.added = result_.changed = result_.removed = result_.unchanged = 0;
    return std::move(result_);
  }
  result_.differences.assign(differences_.begin(),
                             differences_.begin() + static_cast<std::ptrdiff_t>(shown));
  if (write.check_only) {
    undo();
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
    return result_.add_error("'" + one_line(change.prefix, kMostShownPrefix) +
                             "' is not a prefix without host bits, as 203.0.113.0/24");
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
  conf::RegistrationFields fields = conf::registration_fields(*before);
  if (before->empty()) fields.push_back({"prefix", name});
  if (std::ranges::find(change.fields, "prefix", &conf::RegistrationField::name) !=
      change.fields.end()) {
    return result_.add_error(name + ": its prefix cannot change; remove it, and add the other one");
  }
  conf::replace_fields(change.fields, fields);
  auto built = conf::build_registration(fields, beside_.names);
  if (built) return put(*std::move(built), *before, name + ": ");
  for (const std::string& fault : built.error()) result_.add_error(name + ": " + fault);
}

void PendingChanges::take_import(const Import& import) {
  const auto format = conf::registration_format(import.name);
  if (!format) {
    return result_.add_error(one_line(import.name, kMostShownPrefix, Letters::Utf8) +
                             ": the name ends with none of .csv, .yaml and .yml");
  }
  std::string text;
  for (const std::string& piece : import.pieces) text += piece;
  auto read = conf::read_registration_texts(text, *format, import.name, beside_.names);
  if (!read) {
    for (const conf::Error& error : read.error()) result_.add_error(error.to_string());
    return;
  }
  for (std::size_t i = 0; i < read->texts.size(); ++i) {
    const Registration& one = (*read->registrations)[i];
    const auto before = text_of(one.prefix);
    if (!before) return;
    put({one, std::move(read->texts[i])}, *before,
        one.place() + ": " + one.prefix.to_string() + ": ");
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
  if (before.empty()) {
    if (const Registration* const other = overlapping(prefix)) {
      return result_.add_error(subject + "overlaps " + other->prefix.to_string() + other->where());
    }
    if (stored_ + beside_.others >= conf::kMostRegistrations) {
      return result_.add_error(subject + "more than " + std::to_string(conf::kMostRegistrations) +
                               " registrations with those of the files");
    }
  }
  if (!check_origins(built.registration, write_->vrps.get(), beside_.requirement, subject,
                     result_)) {
    return;
  }
  ++(before.empty() ? result_.added : result_.changed);
  built.registration.file = beside_.place;
  built.registration.line = built.registration.column = 0;
  note(prefix, before, {std::move(built.text), std::move(built.registration)});
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

void PendingChanges::undo() {
  for (auto one = differences_.rbegin(); one != differences_.rend(); ++one) {
    if (one->before.empty()) --stored_;
    if (one->after.empty()) ++stored_;
  }
  for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
    if (one->second) {
      pending_[one->first] = *std::move(one->second);
    } else {
      pending_.erase(one->first);
    }
  }
}

// ---- What is there

// Empty for a prefix that is not stored; std::nullopt, and an error, where the database cannot be
// read.
std::optional<std::string> PendingChanges::text_of(const Prefix& prefix) {
  const auto pending = pending_.find(prefix);
  if (pending != pending_.end()) return pending->second.text;
  const bool is_stored = beside_.stored.find(prefix) != nullptr || beside_.faulty.contains(prefix);
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

const Registration* PendingChanges::overlapping(const Prefix& prefix) const {
  const auto goes = [](const Ones::value_type& one) { return one.second.text.empty(); };
  const auto pending = find_overlap(pending_, prefix, goes);
  if (pending != pending_.end()) return &*pending->second.registration;
  const auto has_pending = [this](const auto& one) { return pending_.contains(one.first); };
  const auto left_out = find_overlap(left_out_, prefix, has_pending);
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
