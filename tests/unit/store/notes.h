// A database with one table, for the tests of bgpd/store.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/store/database.h"
#include "tests/unit/types/folder.h"

namespace tern::store::test {

inline constexpr std::array<std::string_view, 2> kVersions{
    "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    "ALTER TABLE note ADD COLUMN author TEXT"};
inline constexpr Schema kFirst{0x7E57, {kVersions.data(), 1}};
inline constexpr Schema kSecond{0x7E57, kVersions};

inline std::optional<Error> add(Database& database, std::string_view text) {
  auto insert = database.prepare("INSERT INTO note (text) VALUES (?1)");
  if (!insert) return insert.error();
  insert->bind(1, text);
  return insert->run();
}

using Notes = std::vector<std::string>;

inline Notes notes(Database& database) {
  Notes found;
  auto select = database.prepare("SELECT text FROM note ORDER BY id");
  if (!select) return {select.error().message};
  for (;;) {
    const auto row = select->next();
    if (!row) return {row.error().message};
    if (!*row) return found;
    found.emplace_back(select->text(0));
  }
}

class NotesTest : public testing::Test {
 protected:
  const Folder folder;
  const std::string path = folder.path("notes.db");
};

}  // namespace tern::store::test
