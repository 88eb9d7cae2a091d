// A file of registered prefixes, CSV or YAML, and the text of one registration: either every
// registration is one that the guard can use, or each error is one line with its place in the file.
// The text of a registration says all about it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/registration_file.h"
#include "conf/registration_text.h"
#include "fuzz/check.h"
#include "policy/registrations.h"

namespace {

using tern::conf::RegistrationFormat;
using tern::fuzz::check;
using tern::policy::Registration;
using tern::policy::RegistrationTable;

bool one_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
}

void check_registration(const Registration& one, const RegistrationTable& table) {
  check(!one.owner.empty() && one_line(one.owner) && one_line(one.notes));
  check(!one.origins.empty() && one.origins.size() <= tern::conf::kMostOrigins);
  check(one.partners.size() <= tern::conf::kMostPartners);
  check(one.prefix.length() <= one.max_length);
  check(one.max_length <= one.prefix.address().bits());
  check(one.line > 0 && one.column > 0);
  const auto* const entry = table.find(one.prefix);
  check(entry != nullptr && entry->registration == &one);
}

void read(std::string_view text, RegistrationFormat format) {
  const tern::conf::RegistrationNames names{
      {{"isp-a", 1299}}, {"ams", "fra"}, text.size() % 2 == 0};
  const auto found = tern::conf::read_registrations(text, format, "a", names);
  if (!found) {
    check(!found.error().empty());
    for (const auto& error : found.error()) check(one_line(error.to_string()));
    return;
  }
  const RegistrationTable table({*found}, tern::policy::kQuarantineAll);
  check(table.left_out().empty() && table.size() == (*found)->size());
  for (const Registration& one : **found) check_registration(one, table);
  check(RegistrationTable::difference(table, table).empty());
}

// The text of a registration builds it again, also by way of a line of a CSV file.
void check_text(const std::string& text, const tern::conf::RegistrationNames& names) {
  const auto built = tern::conf::build_registration(tern::conf::registration_fields(text), names);
  check(built.ok() && built->text == text);
  std::vector<std::string> texts;
  const auto read = tern::conf::read_registrations(
      tern::conf::registration_csv_head() + tern::conf::registration_csv_line(text),
      RegistrationFormat::Csv, "a", names, &texts);
  check(read.ok() && texts == std::vector<std::string>{text});
}

// As a database has them, and a client sends them.
void read_fields(std::string_view text) {
  const tern::conf::RegistrationNames names{{{"isp-a", 1299}}, {"ams", "fra"}, false};
  const auto built = tern::conf::build_registration(tern::conf::registration_fields(text), names);
  if (built) return check_text(built->text, names);
  check(!built.error().empty());
  for (const std::string& error : built.error()) check(one_line(error));
}

void read_texts(std::string_view text, RegistrationFormat format) {
  const tern::conf::RegistrationNames names{
      {{"isp-a", 1299}}, {"ams", "fra"}, text.size() % 2 == 0};
  std::vector<std::string> texts;
  const auto found = tern::conf::read_registrations(text, format, "a", names, &texts);
  if (!found) return;
  check(texts.size() == (*found)->size());
  for (const std::string& one : texts) check_text(one, names);
  // The text of a registration in memory is read back as the same registration.
  for (const Registration& one : **found) {
    const std::string numbers = tern::conf::registration_text(one);
    const auto built =
        tern::conf::build_registration(tern::conf::registration_fields(numbers), names);
    check(built.ok() && tern::conf::registration_text(built->registration) == numbers);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text, RegistrationFormat::Csv);
  read(text, RegistrationFormat::Yaml);
  read_texts(text, RegistrationFormat::Csv);
  read_texts(text, RegistrationFormat::Yaml);
  read_fields(text);
  return 0;
}
