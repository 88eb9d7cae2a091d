// Names in the file that must be defined elsewhere in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"
#include "conf/yaml_loader.h"

namespace tern::conf {

// "policies" is "policy".
[[nodiscard]] std::string reference_noun(std::string_view target);

// Names what is referred to and not defined, with the nearest name that is. The names are those the
// tree defines, so that a definition with a fault of its own is not also reported as missing.
void check_references(const YamlNode& root, const std::vector<Reference>& references,
                      Report& report);

// match.peers: the name or address of a peer, or an address in a dynamic range.
void check_matched_peers(const YamlDocument& document, const proto::Configuration& file,
                         Report& report);

}  // namespace tern::conf
