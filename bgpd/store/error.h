// Why a database could not do what was asked. An error is a value; no function of this folder
// throws.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace tern::store {

enum class Fault : std::uint8_t {
  Full,        // the disk, the quota, or the bound of the database itself
  Corrupt,     // the file is damaged, or no database at all
  Locked,      // another process holds the database for longer than Options::patience
  ReadOnly,    // the file, its folder or the file system is not writable for the process
  Newer,       // a newer version of the program wrote the file
  Foreign,     // the file is the database of another program
  Disk,        // reading or writing failed otherwise
  Constraint,  // the schema refuses a value, such as a second row of a key
  Late,        // a statement was not done at its Deadline
  Other,
};
// "full", "corrupt", ...
[[nodiscard]] const char* to_string(Fault fault);

struct Error {
  Fault fault = Fault::Other;
  std::string message;  // for people, with the path: "/var/lib/tern/a.db: database or disk is full"
};

// Internal to bgpd/store:
// Of an errno that a call of the system has set.
[[nodiscard]] Fault fault_of_errno(int number);
// The last error of a connection; null: there was no memory for one.
[[nodiscard]] Error last_error(sqlite3* connection, const std::string& path);

}  // namespace tern::store
