// The state of the files of route objects, for listings, metrics and alerts. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/vrps/status.h"

namespace tern::irr {

struct IrrStatus {
  struct File {
    std::string path;
    vrps::FileState state = vrps::FileState::Unread;
    std::size_t objects = 0;             // of the content that counts, each prefix and origin once
    std::size_t left_out = 0;            // objects, or lines of CSV, that are wrong
    std::string error;                   // with its place; empty: none
    std::optional<vrps::UnixTime> read;  // when the content that counts was read
  };
  std::vector<File> files;  // in the order of the configuration
};

}  // namespace tern::irr
