// The state of registered prefixes and their files, for listings and metrics. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/vrps/status.h"

namespace tern::registrations {

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
  std::vector<File> files;        // in the order of the configuration
  std::size_t listed = 0;         // registrations of the configuration itself
  std::size_t registrations = 0;  // that count, of all sources
};

}  // namespace tern::registrations
