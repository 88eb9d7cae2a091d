// A file of `ternctl latency import`: every line is a name with round trips of the range, wrong
// with its place, or says nothing; each message is one line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "bgpd/ctl/latency_file.h"
#include "fuzz/check.h"

namespace {

using tern::fuzz::check;

bool one_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = tern::ctl::read_latency_file(text, "round-trips.csv");
  if (!read) {
    check(!read.error().empty() && read.error().size() <= tern::ctl::kMostLatencyFaults + 1);
    for (const std::string& fault : read.error()) check(one_line(fault));
    return 0;
  }
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::size_t last = 0;
  for (const tern::ctl::LatencyLine& line : *read) {
    check(!line.of.empty() && line.of.size() <= tern::ctl::kMostNameOctets);
    check(line.line > last && line.line <= lines);
    last = line.line;
    check(!line.microseconds.empty());
    for (const auto microseconds : line.microseconds) {
      check(microseconds >= 1 && microseconds <= tern::kMostRoundTrip);
    }
  }
  return 0;
}
