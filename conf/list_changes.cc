#include "conf/list_changes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "conf/schema.h"

namespace tern::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Entry {
  const Message* message = nullptr;
  std::string name;  // empty: nothing names it
  std::optional<std::size_t> other;
};

std::vector<Entry> entries_of(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  const auto& type = *field.message_type();
  std::vector<Entry> entries(static_cast<std::size_t>(reflection.FieldSize(message, &field)));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    entry.message = &reflection.GetRepeatedMessage(message, &field, static_cast<int>(i));
    for (int f = 0; f < type.field_count(); ++f) {
      if (!check_of(*type.field(f)).names_entry()) continue;
      const std::string part =
          entry.message->GetReflection()->GetString(*entry.message, type.field(f));
      entry.name += (entry.name.empty() ? "" : " to ") + part;
    }
  }
  return entries;
}

// Pairs entries whose keys are equal, the first with the first; an empty key is nobody's.
template <typename Key>
void pair_by(std::vector<Entry>& from, std::vector<Entry>& to, Key key) {
  std::map<std::string, std::vector<std::size_t>> waiting;  // the first at the back
  for (std::size_t i = from.size(); i-- > 0;) {
    if (from[i].other) continue;
    if (std::string text = key(from[i]); !text.empty()) waiting[std::move(text)].push_back(i);
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i].other) continue;
    const auto found = waiting.find(key(to[i]));
    if (found == waiting.end() || found->second.empty()) continue;
    to[i].other = found->second.back();
    from[found->second.back()].other = i;
    found->second.pop_back();
  }
}

// Marks the entries of `to` that stay: a longest run of them that was in this order before.
std::vector<bool> stay(const std::vector<Entry>& to) {
  std::vector<std::size_t> ends;  // [k]: entry where the best run of k + 1 entries ends
  std::vector<std::optional<std::size_t>> before(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!to[i].other) continue;
    const auto at =
        std::lower_bound(ends.begin(), ends.end(), *to[i].other,
                         [&](std::size_t end, std::size_t was) { return *to[end].other < was; });
    if (at != ends.begin()) before[i] = *(at - 1);
    if (at == ends.end()) {
      ends.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<bool> stays(to.size(), false);
  std::optional<std::size_t> next;
  if (!ends.empty()) next = ends.back();
  for (; next; next = before[*next]) stays[*next] = true;
  return stays;
}

std::string name_of(const Entry& entry, std::size_t position) {
  return entry.name.empty() ? '[' + std::to_string(position) + ']' : entry.name;
}

}  // namespace

std::vector<EntryChange> list_changes(const Message& from, const Message& to,
                                      const FieldDescriptor& field) {
  auto before = entries_of(from, field);
  auto after = entries_of(to, field);
  pair_by(before, after, [](const Entry& entry) { return entry.name; });
  const auto nameless = [](const Entry& entry, const auto& text) {
    return entry.name.empty() ? text(entry) : std::string();
  };
  pair_by(before, after, [&](const Entry& entry) {
    // Behind a mark, so that an entry without any content has a key.
    return nameless(entry, [](const Entry& e) { return '=' + e.message->SerializeAsString(); });
  });
  pair_by(before, after, [&](const Entry& entry) {
    return nameless(entry, [](const Entry&) { return std::string("any"); });
  });
  const auto stays = stay(after);
  std::vector<EntryChange> changes;
  std::size_t gone = 0;  // entries of `before` that are dealt with
  const auto tell_gone = [&](std::size_t end) {
    for (; gone < end; ++gone) {
      if (!before[gone].other) changes.push_back({gone, {}, name_of(before[gone], gone), false});
    }
  };
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (stays[i]) tell_gone(*after[i].other);
    changes.push_back({after[i].other, i, name_of(after[i], i), after[i].other && !stays[i]});
  }
  tell_gone(before.size());
  return changes;
}

}  // namespace tern::conf
