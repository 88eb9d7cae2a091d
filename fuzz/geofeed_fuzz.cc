// A geofeed that somebody else publishes (RFC 8805): every entry is a prefix with a location that
// exists, every line is an entry, wrong, or says nothing, and each message is one line.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/geofeed_file.h"
#include "fuzz/check.h"
#include "policy/geofeed.h"

namespace {

using tern::conf::GeofeedFile;
using tern::fuzz::check;

bool one_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E;
  });
}

void check_file(const GeofeedFile& file, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  check(file.entries.size() + file.left_out <= lines);
  check(file.messages.size() <= std::min(file.left_out, tern::conf::GeofeedLimits{}.max_messages));
  for (const std::string& message : file.messages) check(one_line(message));
  std::vector<tern::policy::Geofeed::Entry> entries;
  for (const GeofeedFile::Entry& entry : file.entries) {
    check(entry.location < file.locations.size());
    entries.push_back({entry.prefix, static_cast<tern::MetroId>(entry.location % 100)});
  }
  const tern::policy::Geofeed table(entries, std::make_shared<const tern::policy::Places>());
  for (const auto& entry : entries) check(table.find(entry.prefix).has_value());
  check(tern::policy::Geofeed::difference(table, table).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = tern::conf::read_geofeed(text, "feed.csv");
  if (file) {
    check_file(*file, text);
  } else {
    check(one_line(file.error()));
  }
  return 0;
}
