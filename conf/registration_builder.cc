#include "conf/registration_builder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "conf/registration_file.h"
#include "conf/scalar_kinds.h"
#include "policy/suggest.h"
#include "rib/types/decimal.h"
#include "rib/types/one_line.h"
#include "rib/types/special_space.h"

namespace tern::conf {
namespace {

using policy::Registration;
using policy::Suspicion;

constexpr std::size_t kMostShownValue = 80;  // octets of a value in a message
constexpr std::uint32_t kMostPathLength = 255;
// The rank of a path has room for each place in the lists (rib/types/pin.h). The primary PoP is
// before the backups.
static_assert(kMostPartners < kOtherPartner && kMostBackupPops + 1 < kOtherPop);

std::string expected_text(std::string_view what, std::string_view found,
                          std::string_view more = {}) {
  return "expected " + std::string(what) + ", found " +
         in_quotes(one_line(found, kMostShownValue, Letters::Utf8)) + std::string(more);
}

// Of a value whose kind the configuration has, too.
std::string expected_kind(std::string_view kind, std::string_view found) {
  const ScalarKind& row = *scalar_kind(kind);
  const std::string hint = row.hint(found);
  return expected_text(row.expectation, found, hint.empty() ? hint : "; " + hint);
}

std::string take_text(std::string_view text, std::size_t most, std::string& into) {
  if (text.size() > most) {
    return "at most " + std::to_string(most) + " bytes, these are " + std::to_string(text.size());
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return "a line break or another control character is in it";
    }
  }
  into = text;
  return {};
}

std::string take_bool(std::string_view text, bool& into) {
  if (text != "true" && text != "false") return expected_text("true or false", text);
  into = text == "true";
  return {};
}

std::string take_number(std::string_view text, std::uint32_t most, std::uint32_t& into) {
  const auto number = parse_decimal<std::uint32_t>(text);
  if (!number || *number == 0 || *number > most) {
    return expected_text("a number from 1 to " + std::to_string(most), text);
  }
  into = *number;
  return {};
}

std::string take_asn(std::string_view text, Asn& into) {
  const auto asn = parse_asn(text);
  if (!asn || !scalar_kind("asn")->valid(text)) return expected_kind("asn", text);
  into = *asn;
  return {};
}

std::string add_asn(Asn asn, std::vector<Asn>& list) {
  if (std::ranges::find(list, asn) != list.end()) {
    return "AS " + std::to_string(asn) + " is given twice";
  }
  list.push_back(asn);
  return {};
}

std::string take_guard(Registration& registration, Suspicion suspicion, std::string_view text) {
  const auto action = policy::parse_guard_action(text);
  if (!action) return expected_text("quarantine, warn or ignore", text);
  registration.guard[static_cast<std::size_t>(suspicion)] = *action;
  return {};
}

// The block of special-purpose space that overlaps the prefix. Of IPv6, space outside of 2000::/3
// is no global unicast space (RFC 4291 section 2.4).
std::optional<std::string> special_block(const Prefix& prefix) {
  for (const SpecialBlock& block : special_space()) {
    const Prefix special = block.prefix();
    if (special.covers(prefix) || prefix.covers(special)) return block.to_string();
  }
  static const Prefix kGlobal = *Prefix::parse("2000::/3");
  if (prefix.address().is_v6() && !kGlobal.covers(prefix)) {
    return "the space outside of 2000::/3 (RFC 4291)";
  }
  return std::nullopt;
}

}  // namespace

// The takers of single values, by field.
struct RegistrationBuilder::Takers {
  using Builder = RegistrationBuilder;
  using Text = std::string_view;

  static std::string prefix(Builder& to, Text text) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return expected_kind("prefix", text);
    to.next_.prefix = *prefix;
    return {};
  }
  static std::string owner(Builder& to, Text text) {
    return take_text(text, kMostOwner, to.next_.owner);
  }
  static std::string notes(Builder& to, Text text) {
    return take_text(text, kMostNotes, to.next_.notes);
  }
  static std::string customer_as(Builder& to, Text text) {
    return take_asn(text, to.next_.customer);
  }
  static std::string origins(Builder& to, Text text) {
    Asn asn = 0;
    std::string fault = take_asn(text, asn);
    return fault.empty() ? add_asn(asn, to.next_.origins) : fault;
  }
  static std::string partners(Builder& to, Text text) {
    const auto named = to.names_.partners.find(std::string(text));
    if (named != to.names_.partners.end()) return add_asn(named->second, to.next_.partners);
    Asn asn = 0;
    if (take_asn(text, asn).empty()) return add_asn(asn, to.next_.partners);
    std::vector<std::string> known;
    for (const auto& [name, of] : to.names_.partners) known.push_back(name);
    return expected_text("an AS number or the name of a partner", text,
                         policy::did_you_mean(text, known));
  }
  static std::string pop(const Builder& to, Text text) {
    if (std::ranges::binary_search(to.names_.pops, text, std::less<>())) return {};
    return expected_text("the name of a PoP", text, policy::did_you_mean(text, to.names_.pops));
  }
  static std::string primary_pop(Builder& to, Text text) {
    to.next_.primary_pop = text;
    return pop(to, text);
  }
  static std::string backup_pops(Builder& to, Text text) {
    to.next_.backup_pops.emplace_back(text);
    return pop(to, text);
  }
  static std::string tag(Builder& to, Text text) {
    to.next_.tag = policy::parse_any_community(text);
    return to.next_.tag ? std::string() : expected_kind("community", text);
  }
  static std::string max_length(Builder& to, Text text) {
    std::uint32_t length = 0;
    std::string fault = take_number(text, 128, length);
    to.next_.max_length = static_cast<std::uint8_t>(length);
    return fault;
  }
  static std::string fallback(Builder& to, Text text) {
    to.next_.fallback = policy::parse_fallback(text);
    return to.next_.fallback ? std::string() : expected_text("none, any-valid or any", text);
  }
  static std::string path_length(Builder& to, Text text) {
    return take_number(text, kMostPathLength, to.next_.path.max_length);
  }
  static std::string private_as(Builder& to, Text text) {
    return take_bool(text, to.next_.path.allow_private_as);
  }
  static std::string prepend(Builder& to, Text text) {
    return take_bool(text, to.next_.path.allow_prepend);
  }
  static std::string direct(Builder& to, Text text) {
    return take_bool(text, to.next_.path.direct);
  }
  template <Suspicion suspicion>
  static std::string guard(Builder& to, Text text) {
    return take_guard(to.next_, suspicion, text);
  }

  static constexpr std::array kFields{
      Field{"prefix", true, 0, prefix},
      Field{"owner", true, 0, owner},
      Field{"customer_as", true, 0, customer_as},
      Field{"origins", false, kMostOrigins, origins},
      Field{"partners", false, kMostPartners, partners},
      Field{"primary_pop", false, 0, primary_pop},
      Field{"backup_pops", false, kMostBackupPops, backup_pops},
      Field{"tag", false, 0, tag},
      Field{"fallback", false, 0, fallback},
      Field{"max_length", false, 0, max_length},
      Field{"path.max_length", false, 0, path_length},
      Field{"path.allow_private_as", false, 0, private_as},
      Field{"path.allow_prepend", false, 0, prepend},
      Field{"path.direct", false, 0, direct},
      Field{"guard.other_origin", false, 0, guard<Suspicion::OtherOrigin>},
      Field{"guard.more_specific", false, 0, guard<Suspicion::MoreSpecific>},
      Field{"guard.unregistered_partner", false, 0, guard<Suspicion::UnregisteredPartner>},
      Field{"guard.rpki_invalid", false, 0, guard<Suspicion::RpkiInvalid>},
      Field{"guard.path_length", false, 0, guard<Suspicion::PathLength>},
      Field{"guard.private_as", false, 0, guard<Suspicion::PrivateAs>},
      Field{"guard.prepend", false, 0, guard<Suspicion::Prepend>},
      Field{"guard.not_direct", false, 0, guard<Suspicion::NotDirect>},
      Field{"notes", false, 0, notes},
  };
};

std::span<const RegistrationBuilder::Field> RegistrationBuilder::fields() {
  return Takers::kFields;
}

const RegistrationBuilder::Field* RegistrationBuilder::field(std::string_view name) {
  const auto found = std::ranges::find(Takers::kFields, name, &Field::name);
  return found == Takers::kFields.end() ? nullptr : &*found;
}

std::string RegistrationBuilder::did_you_mean(std::string_view name) {
  std::vector<std::string> known;
  for (const Field& field : Takers::kFields) known.emplace_back(field.name);
  return policy::did_you_mean(name, known);
}

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

void RegistrationBuilder::set(const Field& field, std::span<const Value> values) {
  if (values.empty()) return;
  given_.emplace_back(field.name, values.front().place);
  if (field.most != 0 && values.size() > field.most) {
    return fault(values.front().place, field.name,
                 "at most " + std::to_string(field.most) + " may stand here, these are more");
  }
  for (const Value& value : values) {
    std::string message = field.take(*this, value.text);
    if (!message.empty()) fault(value.place, field.name, std::move(message));
    if (texts_ != nullptr) note_text(field, value);
  }
}

// The text has blanks between the entries of a list, and no fields without a value.
void RegistrationBuilder::note_text(const Field& field, const Value& value) {
  std::string& into = values_[static_cast<std::size_t>(&field - fields().data())];
  if (field.most != 0 && value.text.find_first_of(" \t") != std::string_view::npos) {
    fault(value.place, field.name, in_quotes(value.text) + " has a blank in it");
  }
  if (field.required && value.text.empty()) fault(value.place, field.name, "is empty");
  if (!into.empty()) into += ' ';
  into += value.text;
}

void RegistrationBuilder::add_text() {
  std::string& text = texts_->emplace_back("prefix=" + next_.prefix.to_string() + "\n");
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Field& field = fields()[i];
    if (values_[i].empty() || field.take == Takers::prefix) continue;
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
  for (const Field& field : Takers::kFields) {
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

// Legal, and hardly meant: the operator believes in a net that is not there.
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
