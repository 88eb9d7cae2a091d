// The schema as the loader, the diff and the tests ask it: checks of a field, spelling of enums.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "conf/tern.pb.h"

namespace tern::conf {

[[nodiscard]] const proto::Check& check_of(const google::protobuf::FieldDescriptor& field);

// IPV4_UNICAST is written "ipv4-unicast".
[[nodiscard]] std::string spelling(const google::protobuf::EnumValueDescriptor& value);
// All but the one numbered 0, which stands for "not given".
[[nodiscard]] std::vector<std::string> spellings(const google::protobuf::EnumDescriptor& type);
// Null for a text that is none of spellings().
[[nodiscard]] const google::protobuf::EnumValueDescriptor* enum_value(
    const google::protobuf::EnumDescriptor& type, std::string_view text);

[[nodiscard]] std::vector<std::string> field_names(const google::protobuf::Descriptor& type);

// "a, b or c"
[[nodiscard]] std::string one_of(const std::vector<std::string>& names);
// "a, b and c"
[[nodiscard]] std::string all_of(const std::vector<std::string>& names);

}  // namespace tern::conf
