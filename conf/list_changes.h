// How the entries of one list of messages became those of another: by what names them, not by where
// they stand, so that an entry put in front of others is one change.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tern::conf {

// One entry that was, or is, or both. Positions count from 0.
struct EntryChange {
  std::optional<std::size_t> was;
  std::optional<std::size_t> is;
  std::string name;    // "bogons", or "[3]", its position, where nothing names it
  bool moved = false;  // before or behind entries that stayed in their order
};

// The entries of the list `field` of both messages, in their order in `to`, each that is gone where
// it stood. An entry is the same where the fields that name it are equal (Check.names_entry); one
// without a name where all of it is, and what is left of those is paired in order. n log n.
[[nodiscard]] std::vector<EntryChange> list_changes(const google::protobuf::Message& from,
                                                    const google::protobuf::Message& to,
                                                    const google::protobuf::FieldDescriptor& field);

}  // namespace tern::conf
