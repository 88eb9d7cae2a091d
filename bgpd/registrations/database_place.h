// Where the database of stored registrations is. Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace tern::registrations {

struct DatabasePlace {
  std::string path;  // empty: the daemon has no database
  // Makes the folder of the path where it is missing, and returns what is wrong. Called on
  // tern-register before the database is made; null: the folder is there.
  std::function<std::optional<std::string>()> have_folder = nullptr;
  // How long a group of writes waits for another process that holds the database.
  std::chrono::milliseconds patience{2000};
  // The most octets of the file; a write beyond them is refused.
  std::size_t most_octets = std::size_t{2} << 30U;
};

}  // namespace tern::registrations
