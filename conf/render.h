// Messages of the schema as people write them, and the lines by which two of them differ.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace tern::conf {

// One setting that differs.
struct Difference {
  std::string line;     // "hold_time: 90 (default) -> 180"
  bool resets = false;  // by check.resets of the field or of one it is part of
};

// Field by field, in the order of the schema. A setting that is not given equals its default.
// Secrets are "changed"; long lists tell what came and went.
[[nodiscard]] std::vector<Difference> differences(const google::protobuf::Message& from,
                                                  const google::protobuf::Message& to);

}  // namespace tern::conf
