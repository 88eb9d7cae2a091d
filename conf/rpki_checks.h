// Rules over several fields of the section `rpki`.
#pragma once

#include <cstddef>
#include <string>

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostRpkiCaches = 16;
inline constexpr std::size_t kMostVrpFiles = 16;
inline constexpr std::size_t kMostSlurmFiles = 8;

// Its name, or its default: "192.0.2.10:3323", "[2001:db8::10]:323".
[[nodiscard]] std::string cache_name(const proto::RpkiCache& cache);

// The length of the lists; caches, names and files given twice; versions; two keys; policies that
// read the state of origin validation without a source of VRPs.
void check_rpki(const YamlDocument& document, const Config& config, Report& report);

}  // namespace tern::conf
