#include "bgpd/ctl/printable.h"

#include <utility>
#include <vector>

namespace tern::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// U+0080..U+009F are 0xC2 and the same octet in UTF-8.
bool is_c1(const std::string& text, std::size_t i) {
  if (i + 1 >= text.size() || static_cast<unsigned char>(text[i]) != 0xC2U) return false;
  const auto second = static_cast<unsigned char>(text[i + 1]);
  return second >= 0x80U && second <= 0x9FU;
}

bool is_c0(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value < 0x20U || value == 0x7FU;
}

void clean_field(Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (!text && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  if (!field.is_repeated()) {
    if (text) {
      reflection.SetString(&message, &field, printable(reflection.GetString(message, &field)));
    } else {
      make_printable(*reflection.MutableMessage(&message, &field));
    }
    return;
  }
  const int size = reflection.FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (text) {
      reflection.SetRepeatedString(&message, &field, i,
                                   printable(reflection.GetRepeatedString(message, &field, i)));
    } else {
      make_printable(*reflection.MutableRepeatedMessage(&message, &field, i));
    }
  }
}

}  // namespace

std::string printable(std::string text) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_c1(text, i)) {
      text[kept++] = '?';
      ++i;
    } else {
      text[kept++] = is_c0(text[i]) ? '?' : text[i];
    }
  }
  text.resize(kept);
  return text;
}

void make_printable(Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) clean_field(message, *field);
}

}  // namespace tern::ctl
