// The state of the sources of VRPs, for listings, metrics and alerts. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "rib/types/ip_address.h"

namespace tern::vrps {

using UnixTime = std::int64_t;  // seconds since 1970

struct Count {
  std::size_t v4 = 0;
  std::size_t v6 = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

enum class FileState : std::uint8_t {
  Unread,
  Good,
  Stale,  // the file is bad or missing, and its last good content counts
  Bad,    // the file is bad or missing, and never was good
};
[[nodiscard]] std::string_view to_string(FileState state);  // "good"

struct RpkiStatus {
  struct Cache {
    std::string name;
    IpAddress address;
    std::uint16_t port = 0;
    std::uint32_t preference = 0;
    rpki::RtrClient::State state{};
    std::uint8_t version = 0;  // of the connection, or of the next attempt
    bool negotiated = false;   // the cache has answered in this version
    bool up = false;           // connected, with data that were complete on this connection
    std::optional<std::uint16_t> session;
    std::uint32_t serial = 0;
    bool has_data = false;
    bool in_use = false;
    Count vrps;
    std::size_t aspas = 0;                 // customer ASes
    std::optional<UnixTime> updated;       // the last End of Data
    std::optional<UnixTime> expires;       // when the data expire
    std::optional<UnixTime> next_attempt;  // while there is no connection, or no data
    rpki::Intervals intervals;             // in force
    std::string last_error;                // why the last connection ended, printable
    std::uint64_t connects = 0;            // connections established
    std::uint64_t updates = 0;             // End of Data that were applied
    std::uint64_t pdus_in = 0;
    std::array<std::uint64_t, 12> received{};  // PDUs by type
    std::uint64_t pdus_out = 0;
    std::uint64_t error_reports_in = 0;
    std::uint64_t error_reports_out = 0;
  };
  struct File {
    std::string path;
    FileState state = FileState::Unread;
    bool in_use = false;
    Count vrps;
    std::size_t aspas = 0;
    std::size_t left_out = 0;      // entries that are wrong
    std::size_t expired = 0;       // entries that were too old when the file was read
    std::string error;             // with its place: "vrps.json:12: ..."; empty: none
    std::optional<UnixTime> read;  // when the content that counts was read
    std::optional<UnixTime> made;  // when the file was made, where the file says so
  };
  struct SlurmFile {
    std::string path;
    FileState state = FileState::Unread;
    std::size_t filters = 0;
    std::size_t assertions = 0;
    std::string error;
    std::optional<UnixTime> read;
  };
  struct Table {
    bool validated = false;          // false: there is no table, and routes are not validated
    std::string source;              // name of the cache or path of the file in use
    Count vrps;                      // behind the local exceptions
    std::size_t memory = 0;          // octets
    std::size_t filtered = 0;        // VRPs that local exceptions take away
    std::size_t added = 0;           // VRPs that local exceptions alone have
    std::uint64_t published = 0;     // tables, "no table" included
    UnixTime since = 0;              // of the last publication; before it, of the start
    std::uint64_t sudden_drops = 0;  // publications that lost more than half, and more than 1000
  };
  std::vector<Cache> caches;  // in the order of the configuration, like the others
  std::vector<File> files;
  std::vector<SlurmFile> slurm;
  Table table;
};

}  // namespace tern::vrps
