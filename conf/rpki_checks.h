// Rules over several fields of the section `rpki`.
#pragma once

#include <cstddef>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostRpkiCaches = 16;
inline constexpr std::size_t kMostVrpFiles = 16;
inline constexpr std::size_t kMostSlurmFiles = 8;

// The length of the lists; caches, names and files given twice; versions; two keys.
void check_rpki(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
