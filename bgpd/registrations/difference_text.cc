#include "bgpd/registrations/difference_text.h"

#include <algorithm>
#include <string_view>

#include "conf/registration_text.h"
#include "rib/types/one_line.h"

namespace tern::registrations {
namespace {

constexpr std::size_t kMostOctets = 400;

// "partners: 64501 -> 64502", for each field that differs.
std::string changes_text(const Difference& difference) {
  const auto before = conf::registration_fields(difference.before);
  const auto after = conf::registration_fields(difference.after);
  const auto value = [](const conf::RegistrationFields& fields, const std::string& name) {
    const auto found = std::ranges::find(fields, name, &conf::RegistrationField::name);
    return found == fields.end() ? std::string("none") : found->value;
  };
  std::string text;
  const auto add = [&](const std::string& name) {
    if (value(before, name) == value(after, name)) return;
    text += (text.empty() ? "" : "; ") + name + ": " + value(before, name) + " -> " +
            value(after, name);
  };
  for (const auto& field : after) add(field.name);
  for (const auto& field : before) {
    if (value(after, field.name) == "none") add(field.name);
  }
  return text;
}

std::string fields_text(std::string_view text) {
  std::string shown;
  for (const auto& field : conf::registration_fields(text)) {
    if (field.name != "prefix")
      shown += (shown.empty() ? "" : "; ") + field.name + ": " + field.value;
  }
  return shown;
}

}  // namespace

std::string log_line(const Difference& difference, const std::string& user) {
  const std::string subject = "registration " + difference.prefix.to_string();
  std::string line;
  if (difference.before.empty()) {
    line = subject + " added by " + user + ": " + fields_text(difference.after);
  } else if (difference.after.empty()) {
    line = subject + " removed by " + user + "; before: " + fields_text(difference.before);
  } else {
    line = subject + " changed by " + user + ": " + changes_text(difference);
  }
  return one_line(line, kMostOctets, Letters::Utf8);
}

}  // namespace tern::registrations
