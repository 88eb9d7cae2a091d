// The state of registered prefixes and their files, for listings and metrics. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/irr/status.h"
#include "bgpd/vrps/status.h"

namespace tern::registrations {

// The registrations of `ternctl registration` and their database.
struct StoredStatus {
  std::string path;
  bool there = false;              // the database, or an error about it
  bool unread = false;             // the database could not be read since the start
  std::string error;               // of the database, since the last write that succeeded
  std::size_t registrations = 0;   // in memory, without rows that were faulty when they were read
  std::size_t left_out = 0;        // of them, because they overlap those of the configuration
  std::string overlap;             // the first of these; empty: none
  std::size_t faulty = 0;          // rows that the configuration does not allow
  std::string fault;               // of the first of them; empty: none
  std::uint64_t writes = 0;        // changes of registrations, counter
  std::uint64_t errors = 0;        // of the database, counter
  std::vector<std::string> aside;  // damaged databases that are still there
  [[nodiscard]] bool exists() const { return there || !aside.empty(); }
  // Whether the registrations of the database guard, but for those left out and faulty ones.
  [[nodiscard]] bool in_force() const { return !unread && aside.empty(); }
  [[nodiscard]] bool good() const {
    return in_force() && error.empty() && left_out == 0 && faulty == 0;
  }
};

struct RegistrationStatus {
  struct File {
    std::string path;
    vrps::FileState state = vrps::FileState::Unread;
    std::size_t registrations = 0;       // of the content that counts
    std::size_t left_out = 0;            // of them, because they overlap others
    std::string error;                   // with its place; empty: none
    std::uint64_t errors = 0;            // bad contents since the file is known, counter
    std::optional<vrps::UnixTime> read;  // when the content that counts was read
  };
  std::vector<File> files;                // in the order of the configuration, as the next ones
  std::vector<irr::IrrStatus::File> irr;  // files of route objects
  StoredStatus stored;
  std::size_t listed = 0;         // registrations of the configuration itself
  std::size_t registrations = 0;  // that count, of all sources
  std::size_t unmet = 0;          // of them, that do not meet the requirements of new ones
};

}  // namespace tern::registrations
