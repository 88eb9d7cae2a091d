// Keys of sessions that stand in files of their own.
#pragma once

#include <cstddef>
#include <string>

#include "conf/config.h"
#include "conf/report.h"
#include "conf/small_file.h"
#include "conf/yaml_document.h"
#include "rib/types/result.h"

namespace tern::conf {

// The first line of the file, without a carriage return; least and most: bytes of a key.
[[nodiscard]] Result<std::string, FileError> read_key(const std::string& path, std::size_t least,
                                                      std::size_t most);

// Reads each md5_password_file of peers, groups and RPKI caches into md5_password;
// before merge_groups().
void read_secrets(const YamlDocument& document, const LoadOptions& options, Config& config,
                  Report& report);

}  // namespace tern::conf
