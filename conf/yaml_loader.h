// YAML onto the messages of the schema, field by field through Protobuf's reflection.
//
// Every value is checked for its form here (type, range, spelling); what one value means for
// another is the business of the checks that follow. A value with a fault leaves its field unset,
// and loading goes on, so that one pass finds everything.
#pragma once

#include <string_view>
#include <vector>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// A value that must be a name from elsewhere in the file.
struct Reference {
  Path path;
  const YamlNode* node = nullptr;
  std::string_view target;  // Check.references: "policies"
  bool or_value = false;    // the field also takes values: what is no name may be a mistyped one
};

// Fills `file` from the tree and returns the names it refers to, in the order of the file.
[[nodiscard]] std::vector<Reference> load_yaml(const YamlNode& root, proto::Configuration& file,
                                               Report& report);

}  // namespace tern::conf
