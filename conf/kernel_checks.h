// Rules over several fields of the section `kernel`.
#pragma once

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Families that the kernel does not route or that are given twice; the kernel's own table; protocol
// numbers of other programs; policies that read the state of origin validation. Warns of a metric
// that beats the IPv6 routes of interfaces or static ones. In IPv4 these routes have metric 0, and
// no metric beats 0.
void check_kernel(const YamlDocument& document, const Config& config, Report& report);

}  // namespace tern::conf
