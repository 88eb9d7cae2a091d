// Reads texts of registrations and shows what is wrong with them.
#pragma once

#include <string>
#include <string_view>

#include "conf/registration_file.h"

namespace tern::conf::test {

inline const RegistrationNames kNames{
    {{"isp-a", 1299}, {"isp-b", 174}}, {"ams", "fra", "lhr"}, false};

inline std::string faults(const ReadRegistrations& read) {
  std::string text;
  if (read) return text;
  for (const Error& error : read.error()) text += error.to_string() + '\n';
  return text;
}
inline std::string csv_faults(std::string_view text) {
  return faults(read_registrations(text, RegistrationFormat::Csv, "a.csv", kNames));
}
inline std::string yaml_faults(std::string_view text) {
  return faults(read_registrations(text, RegistrationFormat::Yaml, "a.yml", kNames));
}

inline constexpr char kColumns[] = "prefix,owner,customer_as";

}  // namespace tern::conf::test
