#include "conf/render.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "conf/list_changes.h"
#include "conf/scalars.h"
#include "conf/schema.h"

namespace tern::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kShortList = 6;  // written out on both sides
constexpr std::size_t kFewNamed = 5;   // entries that came or went are named up to here

std::string number_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string item_text(const Message& message, const FieldDescriptor& field, int i) {
  const auto& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return spelling(*reflection.GetRepeatedEnum(message, &field, i));
  }
  return reflection.GetRepeatedString(message, &field, i);
}

std::vector<std::string> item_texts(const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> texts;
  const int count = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) texts.push_back(item_text(message, field, i));
  return texts;
}

// Returns whether both lists have the same texts in the same order. Copies no text: a prefix set
// may have a million.
bool same_items(const Message& from, const Message& to, const FieldDescriptor& field) {
  const auto& reflection = *from.GetReflection();
  const int count = reflection.FieldSize(from, &field);
  if (reflection.FieldSize(to, &field) != count) return false;
  std::string unused;
  for (int i = 0; i < count; ++i) {
    const bool same = field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                          ? reflection.GetRepeatedEnumValue(from, &field, i) ==
                                reflection.GetRepeatedEnumValue(to, &field, i)
                          : reflection.GetRepeatedStringReference(from, &field, i, &unused) ==
                                reflection.GetRepeatedStringReference(to, &field, i, &unused);
    if (!same) return false;
  }
  return true;
}

bool is_given(const Message& message, const FieldDescriptor& field) {
  // Numbers without presence are required wherever the schema has them, 0 included.
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) return true;
  return message.GetReflection()->HasField(message, &field);
}

std::string value_text(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return spelling(*reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return number_text(reflection.GetDouble(message, &field));
    default:
      return reflection.GetString(message, &field);
  }
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all = "[";
  for (const std::string& text : texts) all += (all.size() > 1 ? ", " : "") + text;
  return all + ']';
}

// "added 2: a, b"
std::string counted(const std::string& verb, const std::vector<std::string>& texts) {
  std::string all = verb + ' ' + std::to_string(texts.size()) + ": ";
  for (std::size_t i = 0; i < texts.size() && i < kFewNamed; ++i) {
    all += (i == 0 ? "" : ", ") + texts[i];
  }
  return texts.size() > kFewNamed ? all + ", ..." : all;
}

std::string long_list_change(std::vector<std::string> from, std::vector<std::string> to) {
  std::sort(from.begin(), from.end());
  std::sort(to.begin(), to.end());
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::set_difference(to.begin(), to.end(), from.begin(), from.end(), std::back_inserter(added));
  std::set_difference(from.begin(), from.end(), to.begin(), to.end(), std::back_inserter(removed));
  if (added.empty() && removed.empty()) return "another order";
  if (removed.empty()) return counted("added", added);
  if (added.empty()) return counted("removed", removed);
  return counted("added", added) + "; " + counted("removed", removed);
}

class Comparison {
 public:
  std::vector<Difference> take() { return std::move(differences_); }

  void messages(const Message& from, const Message& to, const std::string& prefix, bool resets) {
    const auto& type = *from.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const bool field_resets = resets || check_of(field).resets();
      const std::string name = prefix + field.name();
      if (field.is_map()) {
        maps(from, to, field, name, field_resets);
      } else if (field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        message_lists(from, to, field, name, field_resets);
      } else if (field.is_repeated()) {
        lists(from, to, field, name, field_resets);
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        sub_messages(from, to, field, name, field_resets);
      } else {
        values(from, to, field, name, field_resets);
      }
    }
  }

 private:
  void add(std::string line, bool resets) { differences_.push_back({std::move(line), resets}); }

  // A message without fields (accept), with one that another message excludes, or with a default
  // of its own (control_communities, off) changes by standing there; all others by what they say.
  void sub_messages(const Message& from, const Message& to, const FieldDescriptor& field,
                    const std::string& name, bool resets) {
    const bool was = from.GetReflection()->HasField(from, &field);
    const bool is = to.GetReflection()->HasField(to, &field);
    const bool has_default = !check_of(field).default_text().empty();
    if (was != is && (field.real_containing_oneof() != nullptr || has_default)) {
      add(name + (is ? ": added" : ": removed"), resets);
      return;
    }
    messages(from.GetReflection()->GetMessage(from, &field),
             to.GetReflection()->GetMessage(to, &field), name + '.', resets);
  }

  void values(const Message& from, const Message& to, const FieldDescriptor& field,
              const std::string& name, bool resets) {
    const auto& check = check_of(field);
    const auto effective = [&](const Message& message) {
      return is_given(message, field) ? value_text(message, field) : check.default_text();
    };
    const auto shown = [&](const Message& message) {
      if (is_given(message, field)) return value_text(message, field);
      return check.default_text().empty() ? std::string("none")
                                          : check.default_text() + " (default)";
    };
    if (effective(from) == effective(to)) return;
    add(check.secret() ? name + ": changed" : name + ": " + shown(from) + " -> " + shown(to),
        resets);
  }

  void lists(const Message& from, const Message& to, const FieldDescriptor& field,
             const std::string& name, bool resets) {
    if (same_items(from, to, field)) return;
    auto was = item_texts(from, field);
    auto is = item_texts(to, field);
    const std::string& standard = check_of(field).default_text();
    const auto is_standard = [&](const std::vector<std::string>& texts) {
      return texts.empty() || (texts.size() == 1 && texts.front() == standard);
    };
    if (!standard.empty() && is_standard(was) && is_standard(is)) return;
    const auto shown = [&](const std::vector<std::string>& texts) {
      return texts.empty() && !standard.empty() ? '[' + standard + "] (default)" : joined(texts);
    };
    const bool is_long = was.size() > kShortList || is.size() > kShortList;
    add(name + ": " +
            (is_long ? long_list_change(std::move(was), std::move(is))
                     : shown(was) + " -> " + shown(is)),
        resets);
  }

  // Entries that come and go are a line each while there are few of them.
  void message_lists(const Message& from, const Message& to, const FieldDescriptor& field,
                     const std::string& name, bool resets) {
    const auto found = list_changes(from, to, field);
    const bool ordered = check_of(field).ordered();
    const auto number = [&](auto is_one) {
      return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), is_one));
    };
    const bool is_long =
        number([ordered](const EntryChange& change) {
          return change.was.has_value() != change.is.has_value() || (ordered && change.moved);
        }) > kShortList;
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<std::string> moved;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const EntryChange& change = found[i];
      const std::string entry = entry_name(name, change.name);
      if (!change.is) {
        removed.push_back(change.name);
        if (!is_long) add(entry + ": removed", resets);
      } else if (!change.was) {
        added.push_back(change.name);
        if (!is_long) add(entry + ": added" + (ordered ? place(found, i) : ""), resets);
      } else {
        messages(
            from.GetReflection()->GetRepeatedMessage(from, &field, static_cast<int>(*change.was)),
            to.GetReflection()->GetRepeatedMessage(to, &field, static_cast<int>(*change.is)),
            entry + '.', resets);
        if (!ordered || !change.moved) continue;
        moved.push_back(change.name);
        if (!is_long) add(entry + ": moved" + place(found, i), resets);
      }
    }
    if (!is_long) return;
    for (const auto& [verb, names] :
         {std::pair{"added", &added}, std::pair{"removed", &removed}, std::pair{"moved", &moved}}) {
      if (!names->empty()) add(name + ": " + counted(verb, *names), resets);
    }
  }

  // "terms.bogons", "terms[3]", "rtts[ams to berlin]"
  static std::string entry_name(const std::string& list, const std::string& entry) {
    if (!entry.empty() && entry.front() == '[') return list + entry;
    return is_name(entry) ? list + '.' + entry : list + '[' + entry + ']';
  }

  // ", before rest"; nothing for the last of the list.
  static std::string place(const std::vector<EntryChange>& changes, std::size_t at) {
    for (std::size_t i = at + 1; i < changes.size(); ++i) {
      if (changes[i].is) return ", before " + changes[i].name;
    }
    return ", at the end";
  }

  using Entries = std::map<std::string, const Message*>;

  static Entries entries(const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    Entries all;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      const auto& of_entry = *entry.GetReflection();
      all.emplace(of_entry.GetString(entry, field.message_type()->map_key()),
                  &of_entry.GetMessage(entry, field.message_type()->map_value()));
    }
    return all;
  }

  void maps(const Message& from, const Message& to, const FieldDescriptor& field,
            const std::string& name, bool resets) {
    const Entries before = entries(from, field);
    const Entries after = entries(to, field);
    for (const auto& [key, value] : after) {
      const auto old = before.find(key);
      if (old == before.end()) {
        add(name + '.' + key + ": added", resets);
      } else {
        messages(*old->second, *value, name + '.' + key + '.', resets);
      }
    }
    for (const auto& [key, value] : before) {
      if (after.count(key) == 0) add(name + '.' + key + ": removed", resets);
    }
  }

  std::vector<Difference> differences_;
};

}  // namespace

std::vector<Difference> differences(const Message& from, const Message& to) {
  Comparison comparison;
  comparison.messages(from, to, "", false);
  return comparison.take();
}

}  // namespace tern::conf
