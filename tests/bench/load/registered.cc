#include "tests/bench/load/registered.h"

#include "tests/bench/load/table.h"
#include "tests/bench/load/text_file.h"

namespace tern::load {

std::uint32_t write_registrations(const Universe& universe, std::uint32_t count,
                                  std::uint32_t partners, std::uint32_t preferred,
                                  const std::string& path) {
  TextFile file(path);
  file.add("prefix,owner,customer_as,partners\n");
  std::uint32_t written = 0;
  for (const Run& run : universe.runs) {
    for (std::uint32_t index = run.first; index < run.first + run.count; ++index) {
      const Prefix& prefix = universe.prefixes[index];
      if (prefix.length != 24 || written == count) continue;
      std::string line = text_of(prefix) + ",tenant-" + std::to_string(run.origin) + "," +
                         std::to_string(run.origin) + ",";
      for (std::uint32_t i = 0; i < partners; ++i) {
        line +=
            (i == 0 ? "" : " ") + std::to_string(kFirstAsn + (written % preferred + i) % partners);
      }
      file.add(line + "\n");
      ++written;
    }
  }
  file.end();
  return written;
}

}  // namespace tern::load
