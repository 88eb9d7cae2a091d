// Registered prefixes as text: the list `registrations.prefixes` of the configuration, YAML files
// with such a list, and CSV files.
//
//     prefixes:
//       - { prefix: 192.0.2.0/24, owner: tenant-a, customer_as: 64500, partners: [isp-a] }
//
//     prefix,owner,customer_as,partners,path.max_length
//     192.0.2.0/24,tenant-a,64500,isp-a 64510,3
//
// The first line of a CSV file names its columns, in any order; each line has all of them (RFC 4180
// section 2), and lists have blanks between their entries. A file counts as a whole or not at all,
// because its operator owns it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"
#include "policy/registrations.h"
#include "rib/types/asn.h"
#include "rib/types/result.h"

namespace tern::conf {

// Of the list in a configuration, and of all sources together. The list of a reload cannot be
// refused for the second reason.
inline constexpr std::size_t kMostRegistrations = 200'000;
inline constexpr std::size_t kMostRegistrationFiles = 16;
inline constexpr std::size_t kMostRegistrationOctets = std::size_t{64} << 20U;  // of a CSV file
// Of a YAML file, whose tree takes about 30 times its octets while it is read.
inline constexpr std::size_t kMostRegistrationYaml = std::size_t{8} << 20U;
inline constexpr std::size_t kMostIrrFiles = 16;
inline constexpr std::size_t kMostOrigins = 64;  // of a registration, as the next ones
inline constexpr std::size_t kMostPartners = 16;
inline constexpr std::size_t kMostBackupPops = 8;
inline constexpr std::size_t kMostOwner = 128;   // octets
inline constexpr std::size_t kMostNotes = 1024;  // octets
inline constexpr std::size_t kMostNamedPartners = 4096;
inline constexpr std::size_t kMostTransitFree = 64;

enum class RegistrationFormat : std::uint8_t { Csv, Yaml };
// By the end of the path: ".csv", ".yaml" or ".yml". Nothing for another one.
[[nodiscard]] std::optional<RegistrationFormat> registration_format(std::string_view path);

// Reads the text until its end or Report::kMostErrors. `name`: of the file, in places and errors.
// An error is at least one line. texts: gets the text of each registration
// (conf/registration_text.h); null: none. warnings: gets those of a text without errors; null:
// none.
using ReadRegistrations = Result<std::shared_ptr<const policy::Registrations>, std::vector<Error>>;
[[nodiscard]] ReadRegistrations read_registrations(std::string_view text, RegistrationFormat format,
                                                   const std::string& name,
                                                   const RegistrationNames& names,
                                                   std::vector<std::string>* texts = nullptr,
                                                   std::vector<Error>* warnings = nullptr);

// Reads the list `prefixes` of a map at `path` of the document.
[[nodiscard]] std::shared_ptr<const policy::Registrations> read_registration_list(
    const YamlDocument& document, const Path& path, const std::string& name,
    const RegistrationNames& names, Report& report, std::vector<std::string>* texts = nullptr);

}  // namespace tern::conf
