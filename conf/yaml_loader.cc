#include "conf/yaml_loader.h"

#include <google/protobuf/message.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "conf/references.h"
#include "conf/scalar_kinds.h"
#include "conf/scalars.h"
#include "conf/schema.h"
#include "policy/suggest.h"
#include "rib/types/decimal.h"

namespace tern::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::int64_t kMostUint32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kLeastHoldTime = 3;  // RFC 4271 section 4.2
constexpr std::size_t kFewNames = 12;       // so many are listed when nothing is near

std::string range_text(const proto::Check& check, std::int64_t least, std::int64_t most) {
  const std::int64_t low = check.has_min() ? check.min() : least;
  const std::int64_t high = check.has_max() ? check.max() : most;
  return " from " + std::to_string(low) + " to " + std::to_string(high);
}

std::string number_expectation(const proto::Check& check) {
  if (check.kind() == "hold-time") {
    return "0 or a number of seconds from " + std::to_string(kLeastHoldTime) + " to " +
           std::to_string(check.max());
  }
  return (check.kind() == "duration" ? "a number of seconds" : "a number") +
         range_text(check, 0, kMostUint32);
}

// What a single value of the field must be, for a message.
std::string scalar_expectation(const FieldDescriptor& field) {
  const proto::Check& check = check_of(field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return one_of(spellings(*field.enum_type()));
    case FieldDescriptor::CPPTYPE_UINT32:
      return number_expectation(check);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "a number" + (check.has_min() ? range_text(check, 0, 0) : std::string());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a map";
    default:
      break;
  }
  if (const ScalarKind* const kind = scalar_kind(check.kind()))
    return std::string(kind->expectation);
  if (!check.references().empty()) return "the name of a " + reference_noun(check.references());
  return "a text";
}

std::string expectation(const FieldDescriptor& field) {
  if (field.is_map()) return "a map of names";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated()) {
    std::vector<std::string> required;
    for (int i = 0; i < field.message_type()->field_count(); ++i) {
      const FieldDescriptor& part = *field.message_type()->field(i);
      if (check_of(part).required()) required.push_back(part.name());
    }
    if (!required.empty()) return "a map with " + all_of(required);
  }
  return field.is_repeated() ? "a list" : scalar_expectation(field);
}

// The nearest name; before that one that the typed name ends with: router_id means id.
std::string field_meant(const std::string& typed, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (typed.size() <= name.size() + 1) continue;
    const std::size_t start = typed.size() - name.size();
    const bool is_word = typed[start - 1] == '_' || typed[start - 1] == '-';
    if (is_word && typed.compare(start, name.size(), name) == 0) {
      return "; did you mean '" + name + "'?";
    }
  }
  return policy::did_you_mean(typed, names);
}

// What is wrong with a text of no particular form: it is empty, blank, or has what nobody types on
// purpose, such as the line break at the end of a YAML block. Entries of lists are names, which are
// looked up. The text itself is not quoted, for it may be a secret.
std::string text_problem(const FieldDescriptor& field, std::string_view text) {
  const proto::Check& check = check_of(field);
  if (!check.kind().empty() || field.is_repeated() || check.may_be_empty()) return {};
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return std::string("expected a text, found ") +
           (text.empty() ? "an empty one" : "nothing but blanks") + "; leave the key out for none";
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return "a line break or another control character is in it";
    }
  }
  return {};
}

class Loader {
 public:
  explicit Loader(Report& report) : report_(report) {}

  void message(const YamlNode& node, Message& into);
  std::vector<Reference> take_references() { return std::move(references_); }

 private:
  void fault(const YamlNode& node, std::string text) {
    report_.add(node.place, path_.to_string(), std::move(text));
  }
  void unexpected(const YamlNode& node, const std::string& expected) {
    fault(node, "expected " + expected + ", found " + describe(node));
  }

  const FieldDescriptor* known_field(const YamlNode& key, const Message& into);
  void require_fields(const YamlNode& node, const Message& into);
  void value(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void map_entries(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void list_items(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void scalar(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void number(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void real(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void enumerator(const YamlNode& node, const FieldDescriptor& field, Message& into);
  void text(const YamlNode& node, const FieldDescriptor& field, Message& into);

  Report& report_;
  Path path_;
  std::vector<Reference> references_;
};

// Null, with the fault reported, for a key that is no field of the message.
const FieldDescriptor* Loader::known_field(const YamlNode& key, const Message& into) {
  if (key.kind != YamlNode::Kind::Scalar) {
    unexpected(key, "the name of a field");
    return nullptr;
  }
  const auto& type = *into.GetDescriptor();
  const std::string name(key.text);
  if (const auto* const field = type.FindFieldByName(name)) return field;
  std::string text = "unknown field " + in_quotes(key.text);
  if (key.text == "<<") {
    text += "; merge keys are not read, groups share settings";
  } else {
    const auto names = field_names(type);
    const std::string suggestion = field_meant(name, names);
    text += suggestion;
    if (suggestion.empty() && names.empty()) text += "; there are none here";
    if (suggestion.empty() && !names.empty() && names.size() <= kFewNames) {
      text += "; expected " + one_of(names);
    }
  }
  fault(key, std::move(text));
  return nullptr;
}

void Loader::message(const YamlNode& node, Message& into) {
  if (node.kind != YamlNode::Kind::Map) {
    unexpected(node, "a map");
    return;
  }
  std::map<const FieldDescriptor*, const YamlNode*> given;
  std::map<const google::protobuf::OneofDescriptor*, const FieldDescriptor*> chosen;
  for (const auto& [key, child] : node.entries) {
    const FieldDescriptor* const field = known_field(*key, into);
    if (field == nullptr) continue;
    path_.push(field->name());
    const auto [first, is_new] = given.emplace(field, key);
    if (!is_new) {
      fault(*key, "given twice; first in line " + std::to_string(first->second->place.line));
    } else if (const auto* const oneof = field->real_containing_oneof();
               oneof != nullptr && !chosen.emplace(oneof, field).second) {
      fault(*key, "excludes '" + chosen[oneof]->name() + "', which stands beside it");
    } else {
      value(*child, *field, into);
    }
    path_.pop();
  }
  require_fields(node, into);
}

void Loader::require_fields(const YamlNode& node, const Message& into) {
  const auto& type = *into.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!check_of(field).required() || node.find(field.name()) != nullptr) continue;
    fault(node, "'" + field.name() + "' is missing: " + expectation(field));
  }
}

void Loader::value(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  if (field.is_map()) {
    map_entries(node, field, into);
  } else if (field.is_repeated()) {
    list_items(node, field, into);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    message(node, *into.GetReflection()->MutableMessage(&into, &field));
  } else {
    scalar(node, field, into);
  }
}

// The schema's maps all go from a name to a message.
void Loader::map_entries(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  if (node.kind != YamlNode::Kind::Map) {
    unexpected(node, "a map of names");
    return;
  }
  const auto& reflection = *into.GetReflection();
  const FieldDescriptor& key_field = *field.message_type()->map_key();
  const FieldDescriptor& value_field = *field.message_type()->map_value();
  std::map<std::string_view, const YamlNode*> given;
  for (const auto& [key, child] : node.entries) {
    if (key->kind != YamlNode::Kind::Scalar) {
      unexpected(*key, "a name");
      continue;
    }
    path_.push(key->text);
    const auto [first, is_new] = given.emplace(key->text, key);
    if (!is_new) {
      fault(*key, "given twice; first in line " + std::to_string(first->second->place.line));
    } else {
      if (!is_name(key->text)) {
        fault(*key, "expected " + std::string(scalar_kind("name")->expectation) + ", found " +
                        describe(*key));
      }
      Message& entry = *reflection.AddMessage(&into, &field);
      entry.GetReflection()->SetString(&entry, &key_field, std::string(key->text));
      message(*child, *entry.GetReflection()->MutableMessage(&entry, &value_field));
    }
    path_.pop();
  }
}

void Loader::list_items(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  if (node.kind != YamlNode::Kind::List) {
    // A message may have keys and passwords.
    const bool of_messages = field.message_type() != nullptr;
    const bool is_text = node.kind == YamlNode::Kind::Scalar;
    std::string text =
        "expected a list, found " + (of_messages && is_text ? "a text" : describe(node));
    if (!of_messages && is_text && node.text.size() <= 40) {
      text += "; write [" + std::string(node.text) + "]";
    }
    fault(node, std::move(text));
    return;
  }
  if (node.items.empty() && field.containing_type() == proto::Match::descriptor()) {
    fault(node, "an empty list is no condition; leave it out");
  }
  if (node.items.empty() && field.containing_type() == proto::DynamicPeers::descriptor()) {
    fault(node, "an empty list would welcome every AS number; leave it out where that is meant");
  }
  std::size_t index = 0;
  for (const YamlNode* const item : node.items) {
    path_.push(index++);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      message(*item, *into.GetReflection()->AddMessage(&into, &field));
    } else {
      scalar(*item, field, into);
    }
    path_.pop();
  }
}

void Loader::scalar(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  if (node.kind != YamlNode::Kind::Scalar) {
    unexpected(node, scalar_expectation(field));
    return;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (node.text != "true" && node.text != "false") {
        unexpected(node, "true or false");
      } else {
        into.GetReflection()->SetBool(&into, &field, node.text == "true");
      }
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      enumerator(node, field, into);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      number(node, field, into);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      real(node, field, into);
      break;
    default:
      text(node, field, into);
  }
}

void Loader::number(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  const proto::Check& check = check_of(field);
  const auto value = parse_decimal<std::uint32_t>(node.text);
  const bool too_low = value && check.has_min() && *value < check.min();
  const bool too_high = value && check.has_max() && *value > check.max();
  const bool no_hold_time =
      value && check.kind() == "hold-time" && *value != 0 && *value < kLeastHoldTime;
  if (!value || too_low || too_high || no_hold_time) {
    unexpected(node, number_expectation(check));
  } else {
    into.GetReflection()->SetUInt32(&into, &field, *value);
  }
}

void Loader::real(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  const proto::Check& check = check_of(field);
  double value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  const bool fits = error == std::errc{} && stop == end &&
                    (!check.has_min() || value >= static_cast<double>(check.min())) &&
                    (!check.has_max() || value <= static_cast<double>(check.max()));
  if (!fits) {
    unexpected(node, scalar_expectation(field));
  } else {
    into.GetReflection()->SetDouble(&into, &field, value);
  }
}

void Loader::enumerator(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  const auto* const value = enum_value(*field.enum_type(), node.text);
  if (value == nullptr) {
    const auto names = spellings(*field.enum_type());
    fault(node, "expected " + one_of(names) + ", found " + describe(node) +
                    policy::did_you_mean(node.text, names));
  } else if (field.is_repeated()) {
    into.GetReflection()->AddEnum(&into, &field, value);
  } else {
    into.GetReflection()->SetEnum(&into, &field, value);
  }
}

void Loader::text(const YamlNode& node, const FieldDescriptor& field, Message& into) {
  const proto::Check& check = check_of(field);
  std::string value(node.text);
  const ScalarKind* const kind = scalar_kind(check.kind());
  const bool names_something =
      !check.references().empty() ||
      (kind != nullptr && !kind->or_name_of.empty() && !kind->is_value(value));
  if (names_something) {
    const std::string_view target =
        check.references().empty() ? kind->or_name_of : check.references();
    references_.push_back({path_, &node, target, check.references().empty()});
  } else if (const std::string problem = text_problem(field, value); !problem.empty()) {
    fault(node, problem);
    return;
  } else if (kind != nullptr && !kind->valid(value)) {
    const std::string hint = kind->hint(value);
    const std::string found = check.secret() ? "another text" : describe(node);
    fault(node, "expected " + std::string(kind->expectation) + ", found " + found +
                    (hint.empty() ? "" : "; " + hint));
    return;
  } else if (kind != nullptr && kind->canonical != nullptr) {
    value = kind->canonical(value);
  }
  if (check.has_max() && value.size() > static_cast<std::size_t>(check.max())) {
    // Not quoted: it may be a secret.
    fault(node, "at most " + std::to_string(check.max()) + " bytes, these are " +
                    std::to_string(value.size()));
  } else if (field.is_repeated()) {
    into.GetReflection()->AddString(&into, &field, std::move(value));
  } else {
    into.GetReflection()->SetString(&into, &field, std::move(value));
  }
}

}  // namespace

std::vector<Reference> load_yaml(const YamlNode& root, proto::Configuration& file, Report& report) {
  Loader loader(report);
  loader.message(root, file);
  return loader.take_references();
}

}  // namespace tern::conf
