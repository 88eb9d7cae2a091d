// The further domains that a configuration names (`domains`): their checks, and their files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Each domain has threads of its own, and tables keep an object for each of 64 threads
// (rib/base/thread_index.h).
inline constexpr std::size_t kMostDomains = 7;

// Checks of `domains`, and in the file of a domain (LoadOptions::domain) of the keys that stand in
// the first configuration alone.
void check_domains(const YamlDocument& document, const LoadOptions& options,
                   const proto::Configuration& file, const std::string& path, Report& report);

// Reads the file of a domain that `first` names. The options are as for load_file(), but for
// `domain`.
[[nodiscard]] LoadResult load_domain(const Config& first, const proto::Domain& domain,
                                     LoadOptions options = {});
[[nodiscard]] std::string domain_file(const Config& first, const proto::Domain& domain);

}  // namespace tern::conf
