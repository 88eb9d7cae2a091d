#include "conf/registration_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "conf/public_space.h"
#include "conf/registration_file.h"
#include "rib/types/one_line.h"

namespace tern::conf {

using policy::Registration;
using policy::Suspicion;

RegistrationBuilder::RegistrationBuilder(const RegistrationNames& names, const std::string& file,
                                         std::string list, Report& report,
                                         std::vector<std::string>* texts)
    : names_(names),
      file_(std::make_shared<const std::string>(file)),
      list_(std::move(list)),
      report_(report),
      texts_(texts) {}

void RegistrationBuilder::begin(Place place) {
  next_ = {};
  next_.file = file_;
  next_.line = static_cast<std::uint32_t>(place.line);
  next_.column = static_cast<std::uint32_t>(place.column);
  given_.clear();
  if (texts_ != nullptr) values_.assign(fields().size(), {});
  place_ = place;
  is_bad_ = false;
}

void RegistrationBuilder::split_list(std::string_view text, Place place, std::size_t most,
                                     std::vector<Value>& values) {
  values.clear();
  for (std::size_t at = 0; values.size() < most;) {
    const std::size_t begin = text.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) return;
    at = std::min(text.find_first_of(" \t", begin), text.size());
    const int column = place.column + static_cast<int>(begin);
    values.push_back({text.substr(begin, at - begin), {place.line, column}});
  }
}

void RegistrationBuilder::set(const Field& field, std::span<const Value> values) {
  if (values.empty()) return;
  given_.emplace_back(field.name, values.front().place);
  if (field.most != 0 && values.size() > field.most) {
    return fault(values.front().place, field.name,
                 "at most " + std::to_string(field.most) + " may stand here, these are more");
  }
  for (const Value& value : values) take_value(field, value);
}

// In the text of a registration, a list has blanks between its entries, and a field without a value
// does not stand. So an entry with a blank and an empty field are errors in every format.
void RegistrationBuilder::take_value(const Field& field, const Value& value) {
  if (field.most != 0 && value.text.find_first_of(" \t") != std::string_view::npos) {
    return fault(value.place, field.name, in_quotes(value.text) + " has a blank in it");
  }
  if (field.required && value.text.empty()) return fault(value.place, field.name, "is empty");
  std::string message = field.take(*this, value.text);
  if (!message.empty()) fault(value.place, field.name, std::move(message));
  if (texts_ == nullptr) return;
  std::string& into = values_[static_cast<std::size_t>(&field - fields().data())];
  if (!into.empty()) into += ' ';
  into += value.text;
}

void RegistrationBuilder::add_text() {
  std::string& text = texts_->emplace_back("prefix=" + next_.prefix.to_string() + "\n");
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Field& field = fields()[i];
    if (values_[i].empty() || field.name == "prefix") continue;
    text += std::string(field.name) + '=' + values_[i] + '\n';
  }
}

void RegistrationBuilder::fault(Place place, std::string_view field, std::string message) {
  is_bad_ = true;
  // A field with a fault is not missing.
  if (const Field* const known = RegistrationBuilder::field(field)) {
    given_.emplace_back(known->name, place);
  }
  report_.add(place, path_of(field), std::move(message));
}

std::string RegistrationBuilder::path_of(std::string_view field) const {
  std::string path = list_.empty() ? std::string() : list_ + "[" + std::to_string(number_) + "]";
  if (!path.empty() && !field.empty()) path += '.';
  return path + std::string(field);
}

Place RegistrationBuilder::place_of(std::string_view field) const {
  const auto given = std::ranges::find(given_, field, [](const auto& one) { return one.first; });
  return given == given_.end() ? place_ : given->second;
}

void RegistrationBuilder::end() {
  const bool is_no_map = is_bad_ && given_.empty();
  for (const Field& field : fields()) {
    if (!field.required || is_no_map) continue;
    const auto given =
        std::ranges::find(given_, field.name, [](const auto& one) { return one.first; });
    if (given == given_.end()) fault(place_, "", "'" + std::string(field.name) + "' is missing");
  }
  if (!is_bad_) {
    if (next_.origins.empty()) next_.origins.push_back(next_.customer);
    check_prefix();
    check_origins();
    check_lengths();
    check_pops();
    if (!is_bad_) check_fallback();
    next_.origins.shrink_to_fit();
    next_.partners.shrink_to_fit();
  }
  ++number_;
  if (!is_bad_ && texts_ != nullptr) add_text();
  if (!is_bad_) all_->push_back(std::move(next_));
}

void RegistrationBuilder::check_prefix() {
  if (names_.allow_reserved) return;
  const auto block = special_block(next_.prefix);
  if (!block) return;
  fault(place_of("prefix"), "prefix",
        next_.prefix.to_string() + " overlaps " + *block + ", which belongs to no customer");
}

void RegistrationBuilder::reject_reserved(Asn asn, std::string_view field) {
  if (names_.allow_reserved || !is_reserved_asn(asn)) return;
  fault(place_of(field), field,
        "AS " + std::to_string(asn) + " is private or reserved, and originates nothing");
}

void RegistrationBuilder::check_origins() {
  reject_reserved(next_.customer, "customer_as");
  for (const Asn origin : next_.origins) {
    if (origin != next_.customer) reject_reserved(origin, "origins");
  }
}

void RegistrationBuilder::check_lengths() {
  const auto most = static_cast<std::uint8_t>(next_.prefix.address().bits());
  if (next_.max_length == 0) next_.max_length = next_.prefix.length();
  if (next_.max_length >= next_.prefix.length() && next_.max_length <= most) return;
  fault(place_of("max_length"), "max_length",
        "expected a length from " + std::to_string(next_.prefix.length()) + " to " +
            std::to_string(most) + ", found " + std::to_string(next_.max_length));
}

void RegistrationBuilder::check_pops() {
  const auto& backups = next_.backup_pops;
  if (!backups.empty() && next_.primary_pop.empty()) {
    fault(place_of("backup_pops"), "backup_pops", "'primary_pop' is missing beside it");
  }
  for (auto pop = backups.begin(); pop != backups.end(); ++pop) {
    if (*pop != next_.primary_pop && std::find(backups.begin(), pop, *pop) == pop) continue;
    fault(place_of("backup_pops"), "backup_pops",
          "the PoP " + in_quotes(*pop) + " is given twice; a backup is another PoP");
  }
}

// A fallback that changes nothing is legal, but the operator expects an effect.
void RegistrationBuilder::check_fallback() {
  using policy::Fallback;
  const auto is_quarantine = [](const auto& action) {
    return action == policy::GuardAction::Quarantine;
  };
  const auto& other_partner = next_.guard[static_cast<std::size_t>(Suspicion::UnregisteredPartner)];
  std::string why;
  if (next_.fallback == Fallback::AnyValid && next_.partners.empty()) {
    why = "without partners, routes of every neighbor AS are used";
  } else if (next_.fallback == Fallback::AnyValid && is_quarantine(other_partner)) {
    why = "guard.unregistered_partner of the registration itself is quarantine";
  } else if (next_.fallback == Fallback::Any && std::ranges::all_of(next_.guard, is_quarantine)) {
    why = "the registration itself quarantines every kind of suspicion";
  }
  if (why.empty()) return;
  report_.warn(place_of("fallback"), path_of("fallback"), "has no effect: " + why);
}

std::shared_ptr<const policy::Registrations> RegistrationBuilder::finish() {
  all_->shrink_to_fit();
  std::vector<const Registration*> sorted;
  sorted.reserve(all_->size());
  for (const Registration& one : *all_) sorted.push_back(&one);
  for (const auto& overlap : policy::remove_overlaps(sorted)) {
    if (report_.is_full()) break;
    const Registration& later = *overlap.left_out;
    report_.add({static_cast<int>(later.line), static_cast<int>(later.column)}, "",
                later.prefix.to_string() + " overlaps " + overlap.kept->prefix.to_string() +
                    " of " + overlap.kept->place());
  }
  return all_;
}

}  // namespace tern::conf
