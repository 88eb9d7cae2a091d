// JSON of the control API's messages.
//
// Stable for scripts: the names of control.proto, every field always there (an `optional` one or a
// message that is not set is null, lists and maps may be empty), and every number a number, 64-bit
// ones too: `jq` and Python read them exactly; JavaScript rounds above 2^53.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>

namespace tern::ctl {

// Octets that are not UTF-8 become U+FFFD when dumped by json_text().
[[nodiscard]] nlohmann::ordered_json to_json(const google::protobuf::Message& message);

// On one line, or indented by two.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& value, bool indented);

}  // namespace tern::ctl
