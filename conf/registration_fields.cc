// The fields of a registration: how each is read, and how each is written.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "conf/registration_builder.h"
#include "conf/registration_file.h"
#include "conf/scalar_kinds.h"
#include "policy/suggest.h"
#include "rib/types/decimal.h"
#include "rib/types/one_line.h"
#include "rib/types/pin.h"

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

}  // namespace

// By field: takes a value, and gives the value of a registration, empty where it is the default.
struct RegistrationBuilder::Fields {
  // ---- Takers

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

  // ---- Givers

  using Of = const Registration&;
  template <typename List>
  static std::string numbers(const List& list) {
    std::string text;
    for (const auto number : list) text += (text.empty() ? "" : " ") + std::to_string(number);
    return text;
  }
  static std::string give_origins(Of of) { return numbers(of.origins); }
  static std::string give_partners(Of of) { return numbers(of.partners); }
  static std::string give_backups(Of of) {
    std::string text;
    for (const std::string& pop : of.backup_pops) text += (text.empty() ? "" : " ") + pop;
    return text;
  }
  static std::string give_tag(Of of) {
    if (!of.tag) return {};
    return std::visit([](const auto& tag) { return to_string(tag); }, *of.tag);
  }
  static std::string give_fallback(Of of) {
    return of.fallback ? std::string(to_string(*of.fallback)) : std::string();
  }
  static std::string give_max_length(Of of) {
    return of.max_length == of.prefix.length() ? "" : std::to_string(of.max_length);
  }
  static std::string give_path_length(Of of) {
    return of.path.max_length == 0 ? "" : std::to_string(of.path.max_length);
  }
  static std::string give_private_as(Of of) { return of.path.allow_private_as ? "" : "false"; }
  static std::string give_prepend(Of of) { return of.path.allow_prepend ? "" : "false"; }
  static std::string give_direct(Of of) { return of.path.direct ? "true" : ""; }
  template <Suspicion suspicion>
  static std::string give_guard(Of of) {
    const auto action = of.guard[static_cast<std::size_t>(suspicion)];
    return action ? std::string(to_string(*action)) : std::string();
  }
  static constexpr std::array kFields{
      Field{"prefix", true, 0, prefix, [](Of of) { return of.prefix.to_string(); }},
      Field{"owner", true, 0, owner, [](Of of) { return of.owner; }},
      Field{"customer_as", true, 0, customer_as, [](Of of) { return std::to_string(of.customer); }},
      Field{"origins", false, kMostOrigins, origins, give_origins},
      Field{"partners", false, kMostPartners, partners, give_partners},
      Field{"primary_pop", false, 0, primary_pop, [](Of of) { return of.primary_pop; }},
      Field{"backup_pops", false, kMostBackupPops, backup_pops, give_backups},
      Field{"tag", false, 0, tag, give_tag},
      Field{"fallback", false, 0, fallback, give_fallback},
      Field{"max_length", false, 0, max_length, give_max_length},
      Field{"path.max_length", false, 0, path_length, give_path_length},
      Field{"path.allow_private_as", false, 0, private_as, give_private_as},
      Field{"path.allow_prepend", false, 0, prepend, give_prepend},
      Field{"path.direct", false, 0, direct, give_direct},
      Field{"guard.other_origin", false, 0, guard<Suspicion::OtherOrigin>,
            give_guard<Suspicion::OtherOrigin>},
      Field{"guard.more_specific", false, 0, guard<Suspicion::MoreSpecific>,
            give_guard<Suspicion::MoreSpecific>},
      Field{"guard.unregistered_partner", false, 0, guard<Suspicion::UnregisteredPartner>,
            give_guard<Suspicion::UnregisteredPartner>},
      Field{"guard.rpki_invalid", false, 0, guard<Suspicion::RpkiInvalid>,
            give_guard<Suspicion::RpkiInvalid>},
      Field{"guard.leak", false, 0, guard<Suspicion::Leak>, give_guard<Suspicion::Leak>},
      Field{"guard.path_length", false, 0, guard<Suspicion::PathLength>,
            give_guard<Suspicion::PathLength>},
      Field{"guard.private_as", false, 0, guard<Suspicion::PrivateAs>,
            give_guard<Suspicion::PrivateAs>},
      Field{"guard.bogon_as", false, 0, guard<Suspicion::BogonAs>, give_guard<Suspicion::BogonAs>},
      Field{"guard.prepend", false, 0, guard<Suspicion::Prepend>, give_guard<Suspicion::Prepend>},
      Field{"guard.not_direct", false, 0, guard<Suspicion::NotDirect>,
            give_guard<Suspicion::NotDirect>},
      Field{"guard.new_upstream", false, 0, guard<Suspicion::NewUpstream>,
            give_guard<Suspicion::NewUpstream>},
      Field{"guard.long_path", false, 0, guard<Suspicion::LongPath>,
            give_guard<Suspicion::LongPath>},
      Field{"notes", false, 0, notes, [](Of of) { return of.notes; }},
  };
};

std::span<const RegistrationBuilder::Field> RegistrationBuilder::fields() {
  return Fields::kFields;
}

const RegistrationBuilder::Field* RegistrationBuilder::field(std::string_view name) {
  const auto found = std::ranges::find(Fields::kFields, name, &Field::name);
  return found == Fields::kFields.end() ? nullptr : &*found;
}

std::string RegistrationBuilder::did_you_mean(std::string_view name) {
  std::vector<std::string> known;
  for (const Field& field : Fields::kFields) known.emplace_back(field.name);
  return policy::did_you_mean(name, known);
}

}  // namespace tern::conf
