// Checks of `events.webhooks`, and the files that they name.
#pragma once

#include <cstddef>

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostWebhooks = 16;
inline constexpr std::size_t kMostCaBytes = std::size_t{1} << 20U;  // of a ca_file

// Reads each secret_file into `secret`, and looks whether each ca_file is a file of certificates.
// At a start, a bad file is a stale one (Config::stale) and `secret` stays empty: the webhook keeps
// its events, and sends nothing without its signature.
void read_webhook_files(const YamlDocument& document, const LoadOptions& options, Config& config,
                        Report& report);

void check_webhooks(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
