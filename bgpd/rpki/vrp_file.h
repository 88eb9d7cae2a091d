// VRPs from the JSON output of rpki-client or Routinator, as another source than a cache.
//
// rpki-client writes AS numbers as numbers, Routinator as "AS64496". Members that origin validation
// does not need (trust anchors, keys, prefix lists) are read over. An entry that is wrong is left
// out, counted, and named in a message; a text that is not JSON, has no "roas", or passes a bound
// is an error as a whole, so that the caller keeps what it has.
//
// The function reads text, not files, and throws nothing. 75 MB take about a second, so that it is
// work for a thread beside the loop. A caller that follows a file builds a table and compares it
// with the one before (policy::VrpTable::difference()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rpki/cache_data.h"
#include "bgpd/rpki/json_text.h"
#include "policy/vrp.h"
#include "rib/types/result.h"

namespace tern::rpki {

struct VrpFileOptions {
  std::size_t max_octets = 512U << 20U;
  std::size_t max_records = 4'000'000;  // VRPs and providers of ASPAs
  std::size_t max_messages = 20;        // about entries that were left out; the rest is counted
  // Seconds since 1970. Entries whose "expires" is before are left out, without a message. Nothing:
  // no entry expires.
  std::optional<std::int64_t> now;
};

struct VrpFile {
  std::vector<policy::Vrp> vrps;  // as written: in any order, also twice
  AspaRecords aspas;              // the providers of a customer that is there twice are joined
  std::size_t left_out = 0;       // entries that are wrong
  std::size_t expired = 0;        // entries that are too old for `now`
  std::vector<JsonError> messages;
  // When the file was made, in seconds since 1970, where it says so (Routinator:
  // metadata.generated; rpki-client: metadata.buildtime). Staleness is the caller's to judge.
  std::optional<std::int64_t> made;
};

// name: of the file, for messages.
[[nodiscard]] Result<VrpFile, JsonError> read_vrp_file(std::string_view text, std::string_view name,
                                                       const VrpFileOptions& options = {});

}  // namespace tern::rpki
