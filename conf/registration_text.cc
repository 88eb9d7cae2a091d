#include "conf/registration_text.h"

#include <algorithm>
#include <utility>

#include "conf/registration_builder.h"
#include "conf/utf8.h"
#include "rib/types/one_line.h"
#include "rib/types/trimmed.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostShownName = 40;  // octets of an unknown name in a message

std::string fault_text(const Error& error) {
  return error.path.empty() ? error.message : error.path + ": " + error.message;
}

// RFC 4180 section 2. A reader removes blanks around a cell without quotes.
std::string csv_cell(std::string_view value) {
  const bool plain =
      value.find_first_of(",\"") == std::string_view::npos && trimmed(value) == value;
  if (plain) return std::string(value);
  std::string cell = "\"";
  for (const char c : value) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + '"';
}

}  // namespace

RegistrationFields registration_fields(std::string_view text) {
  RegistrationFields fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view value = line.substr(std::min(equals + 1, line.size()));
    fields.push_back({std::string(line.substr(0, equals)), std::string(value)});
  }
  return fields;
}

std::optional<std::string> field_value(std::span<const RegistrationField> fields,
                                       std::string_view name) {
  const auto found = std::ranges::find(fields, name, &RegistrationField::name);
  return found == fields.end() ? std::nullopt : std::optional(found->value);
}

std::string unknown_field(std::string_view name) {
  if (RegistrationBuilder::field(name) != nullptr) return {};
  return "unknown field " + in_quotes(one_line(name, kMostShownName, Letters::Utf8)) +
         RegistrationBuilder::did_you_mean(name);
}

void replace_fields(std::span<const RegistrationField> by, RegistrationFields& into) {
  for (const RegistrationField& field : by) {
    std::erase_if(into, [&](const RegistrationField& one) { return one.name == field.name; });
    if (!field.value.empty()) into.push_back(field);
  }
}

Result<TextRegistration, std::vector<std::string>> build_registration(
    std::span<const RegistrationField> fields, const RegistrationNames& names) {
  Report report("");
  std::vector<std::string> texts;
  RegistrationBuilder builder(names, "", "", report, &texts);
  std::vector<RegistrationBuilder::Value> values;
  builder.begin({});
  for (auto one = fields.begin(); one != fields.end(); ++one) {
    const auto* const field = RegistrationBuilder::field(one->name);
    const auto same = [&](const RegistrationField& other) { return other.name == one->name; };
    if (field == nullptr) {
      builder.fault({}, "", unknown_field(one->name));
    } else if (first_bad_byte(one->value) < one->value.size()) {
      builder.fault({}, one->name, "not UTF-8 text");
    } else if (std::find_if(fields.begin(), one, same) != one) {
      builder.fault({}, one->name, "given twice");
    } else if (field->most != 0) {
      RegistrationBuilder::split_list(one->value, {}, field->most + 1, values);
      builder.set(*field, values);
    } else if (!one->value.empty()) {
      const RegistrationBuilder::Value value{one->value, {}};
      builder.set(*field, {&value, 1});
    }
  }
  builder.end();
  if (!report.empty()) {
    std::vector<std::string> faults;
    for (const Error& error : report.take()) faults.push_back(fault_text(error));
    return faults;
  }
  return TextRegistration{builder.finish()->front(), std::move(texts.front())};
}

std::string registration_text(const policy::Registration& registration) {
  std::string text;
  for (const auto& field : RegistrationBuilder::fields()) {
    const std::string value = field.give(registration);
    if (!value.empty()) text += std::string(field.name) + '=' + value + '\n';
  }
  return text;
}

std::string registration_csv_head() {
  std::string line;
  for (const auto& field : RegistrationBuilder::fields()) {
    line += (line.empty() ? "" : ",") + std::string(field.name);
  }
  return line + '\n';
}

std::string registration_csv_line(std::string_view text) {
  const RegistrationFields given = registration_fields(text);
  std::string line;
  for (const auto& field : RegistrationBuilder::fields()) {
    if (&field != RegistrationBuilder::fields().data()) line += ',';
    line += csv_cell(field_value(given, field.name).value_or(""));
  }
  return line + '\n';
}

}  // namespace tern::conf
