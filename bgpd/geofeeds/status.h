// The state of geofeeds, for listings and metrics. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/vrps/status.h"

namespace tern::geofeeds {

struct GeofeedStatus {
  struct File {
    std::string path;
    vrps::FileState state = vrps::FileState::Unread;
    std::size_t entries = 0;
    std::size_t placed = 0;              // entries whose place the configuration has
    std::size_t left_out = 0;            // lines that are wrong
    std::string error;                   // with its place; empty: none
    std::optional<vrps::UnixTime> read;  // when the content that counts was read
  };
  std::vector<File> files;  // in the order of the configuration
};

}  // namespace tern::geofeeds
