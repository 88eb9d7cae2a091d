#include "bgpd/baseline/file.h"

#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>

#include "conf/small_file.h"

namespace tern::baseline {
namespace {

// The end of a file counts the records, and nothing of a file is held but a block.
constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();

}  // namespace

std::optional<ReadFault> read_blocks(const std::string& path, KeptReader& reader,
                                     const std::function<bool(std::vector<Record>)>& take) {
  std::string octets;  // that were read and not taken: less than reader.wants() of them
  std::vector<Record> records;
  std::optional<std::string> damage;
  bool enough = false;  // take() returned false
  const auto fault = conf::read_pieces(path, kAnySize, [&](std::string_view piece) {
    octets += piece;
    std::string_view rest = octets;
    while (reader.wants() != 0 && rest.size() >= reader.wants()) {
      const std::string_view wanted = rest.substr(0, reader.wants());
      rest.remove_prefix(wanted.size());
      damage = reader.take(wanted, records);
      enough = !damage && !records.empty() && !take(std::exchange(records, {}));
      if (damage || enough) return false;
    }
    octets.erase(0, octets.size() - rest.size());
    if (reader.wants() == 0 && !octets.empty()) damage = "octets behind the end";
    return !damage;
  });
  if (fault) return ReadFault{path + ": " + fault->message, fault->missing, !fault->missing};
  if (enough) return std::nullopt;
  if (!damage && reader.wants() != 0) damage = "the file is cut";
  if (damage) return ReadFault{path + ": " + *damage};
  return std::nullopt;
}

}  // namespace tern::baseline
