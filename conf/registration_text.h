// Registrations as text by field, for registrations that stand in no file: those of a database, and
// those that a client sends.
//
// The text of a registration has a line for each field that is given, in the order of
// RegistrationBuilder::fields(); the prefix comes first, in the spelling of Prefix::to_string():
//
//     prefix=192.0.2.0/24
//     owner=tenant-a
//     partners=isp-a 64510
//
// Names of partners and PoPs stay names, so that they follow the configuration.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "conf/registration_file.h"
#include "policy/registrations.h"
#include "rib/types/result.h"

namespace tern::conf {

struct RegistrationField {
  std::string name;   // of a column of a CSV file: "path.max_length"
  std::string value;  // entries of a list have blanks between them
  friend bool operator==(const RegistrationField&, const RegistrationField&) = default;
};
using RegistrationFields = std::vector<RegistrationField>;

[[nodiscard]] RegistrationFields registration_fields(std::string_view text);
// nullopt: no field has the name.
[[nodiscard]] std::optional<std::string> field_value(std::span<const RegistrationField> fields,
                                                     std::string_view name);
// Why there is no field of the name: "unknown field 'taag'; did you mean 'tag'?" Empty: there is.
[[nodiscard]] std::string unknown_field(std::string_view name);
// Replaces the field of each name in `into`; an empty value removes the field.
void replace_fields(std::span<const RegistrationField> by, RegistrationFields& into);

struct TextRegistration {
  policy::Registration registration;  // without a place
  std::string text;
};
// With every check of a single registration. An error is at least one line.
[[nodiscard]] Result<TextRegistration, std::vector<std::string>> build_registration(
    std::span<const RegistrationField> fields, const RegistrationNames& names);

// The text of a registration in memory, which has numbers in place of names of partners, and
// origins also where the customer's AS number stands for them.
[[nodiscard]] std::string registration_text(const policy::Registration& registration);

// The first line of a CSV file with every column, and the line of a registration in it; each ends
// with a line feed.
[[nodiscard]] std::string registration_csv_head();
[[nodiscard]] std::string registration_csv_line(std::string_view text);

}  // namespace tern::conf
