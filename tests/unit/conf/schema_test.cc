// The schema holds what the loader relies on.
#include "conf/schema.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "conf/references.h"
#include "conf/scalar_kinds.h"

namespace tern::conf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void each_field(const std::function<void(const FieldDescriptor&)>& visit) {
  std::set<const Descriptor*> seen;
  const std::function<void(const Descriptor&)> walk = [&](const Descriptor& type) {
    if (!seen.insert(&type).second) return;
    for (int i = 0; i < type.field_count(); ++i) {
      if (!type.options().map_entry()) visit(*type.field(i));
      if (type.field(i)->message_type() != nullptr) walk(*type.field(i)->message_type());
    }
  };
  walk(*proto::Configuration::descriptor());
}

TEST(Schema, EveryKindHasARow) {
  each_field([](const FieldDescriptor& field) {
    const std::string& kind = check_of(field).kind();
    if (kind.empty()) return;
    const bool is_number = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
    EXPECT_EQ(is_number_kind(kind), is_number) << field.full_name();
    EXPECT_EQ(scalar_kind(kind) != nullptr, !is_number) << field.full_name();
  });
}

TEST(Schema, EveryReferenceHasATarget) {
  each_field([](const FieldDescriptor& field) {
    const std::string& target = check_of(field).references();
    if (target.empty()) return;
    EXPECT_NE(reference_noun(target), target) << field.full_name();
  });
}

TEST(Schema, TypesAreThoseTheLoaderReads) {
  const std::set<FieldDescriptor::CppType> known{
      FieldDescriptor::CPPTYPE_BOOL,   FieldDescriptor::CPPTYPE_ENUM,
      FieldDescriptor::CPPTYPE_UINT32, FieldDescriptor::CPPTYPE_DOUBLE,
      FieldDescriptor::CPPTYPE_STRING, FieldDescriptor::CPPTYPE_MESSAGE};
  each_field([&](const FieldDescriptor& field) {
    EXPECT_EQ(known.count(field.cpp_type()), 1U) << field.full_name();
    if (!field.is_repeated() || field.is_map()) return;
    const bool is_text_list = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                              field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM ||
                              field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    EXPECT_TRUE(is_text_list) << field.full_name();
  });
}

// A reload tells changes of a list by the names of its entries.
TEST(Schema, EntriesOfListsHaveNames) {
  each_field([](const FieldDescriptor& field) {
    if (!field.is_repeated() || field.is_map() || field.message_type() == nullptr) return;
    int names = 0;
    for (int i = 0; i < field.message_type()->field_count(); ++i) {
      const FieldDescriptor& part = *field.message_type()->field(i);
      if (!check_of(part).names_entry()) continue;
      ++names;
      EXPECT_EQ(part.cpp_type(), FieldDescriptor::CPPTYPE_STRING) << part.full_name();
    }
    EXPECT_GE(names, 1) << field.full_name();
  });
}

TEST(Schema, EnumsAreSpelledWithDashes) {
  EXPECT_EQ(spellings(*proto::Family_descriptor()),
            (std::vector<std::string>{"ipv4-unicast", "ipv6-unicast", "ipv4-multicast",
                                      "ipv6-multicast"}));
  EXPECT_EQ(enum_value(*proto::Role_descriptor(), "route-server-client")->number(),
            proto::ROUTE_SERVER_CLIENT);
  EXPECT_EQ(enum_value(*proto::Role_descriptor(), "role-unspecified"), nullptr);
  EXPECT_EQ(enum_value(*proto::Role_descriptor(), "PEER"), nullptr);
}

}  // namespace
}  // namespace tern::conf
