// A file of route objects that somebody else publishes: every object is a prefix with an origin,
// every line or object is taken once at most, each message is one line, and pieces of any size mean
// the same. The first octet says which form the rest has, and how long the pieces are.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/irr_file.h"
#include "fuzz/check.h"
#include "policy/route_objects.h"

namespace {

using tern::conf::IrrFile;
using tern::conf::IrrFormat;
using tern::conf::IrrLimits;
using tern::conf::IrrReader;
using tern::fuzz::check;

bool is_one_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E;
  });
}

tern::Result<IrrFile, std::string> read(std::string_view text, IrrFormat format,
                                        std::size_t piece) {
  IrrLimits limits;
  limits.max_objects = 1000;
  limits.max_line = 200;
  limits.max_object = 2000;
  IrrReader reader("irr.db", format, limits);
  while (!text.empty() && reader.feed(text.substr(0, piece))) {
    text.remove_prefix(std::min(piece, text.size()));
  }
  return reader.finish();
}

void check_file(const IrrFile& file, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  check(file.objects.size() + file.left_out <= lines);
  check(!file.objects.empty());
  check(file.messages.size() == std::min(file.left_out, IrrLimits{}.max_messages));
  for (const std::string& message : file.messages) check(is_one_line(message));
  const auto table = std::make_shared<const tern::policy::RouteObjectTable>(file.objects);
  const tern::policy::RouteObjects all({table});
  check(table->size() <= file.objects.size());
  for (const tern::policy::RouteObject& one : file.objects) {
    check(one.origin != 0 && one.prefix.length() <= one.max_length);
    check(one.max_length <= one.prefix.address().bits());
    check(all.authorizes(one.prefix, one.origin));
    check(all.covering(one.prefix, one.origin)->prefix == one.prefix);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const IrrFormat format = (data[0] & 1U) != 0 ? IrrFormat::Csv : IrrFormat::Rpsl;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto file = read(text, format, size);
  const auto in_pieces = read(text, format, 1 + data[0] / 2U);
  check(file.ok() == in_pieces.ok());
  if (file) {
    check_file(*file, text);
    check(file->objects == in_pieces->objects && file->messages == in_pieces->messages);
  } else {
    check(is_one_line(file.error()));
    check(file.error() == in_pieces.error());
  }
  return 0;
}
