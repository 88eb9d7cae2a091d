#include "conf/schema.h"

#include <cstddef>

namespace tern::conf {
namespace {

std::string enumerated(const std::vector<std::string>& names, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? last : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

const proto::Check& check_of(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(proto::check);
}

std::string spelling(const google::protobuf::EnumValueDescriptor& value) {
  std::string text = value.name();
  for (char& c : text) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::vector<std::string> spellings(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> all;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) all.push_back(spelling(*type.value(i)));
  }
  return all;
}

const google::protobuf::EnumValueDescriptor* enum_value(
    const google::protobuf::EnumDescriptor& type, std::string_view text) {
  for (int i = 0; i < type.value_count(); ++i) {
    const auto* const value = type.value(i);
    if (value->number() != 0 && spelling(*value) == text) return value;
  }
  return nullptr;
}

std::vector<std::string> field_names(const google::protobuf::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

std::string one_of(const std::vector<std::string>& names) { return enumerated(names, " or "); }

std::string all_of(const std::vector<std::string>& names) { return enumerated(names, " and "); }

}  // namespace tern::conf
