// The body of an OPEN: decode, encode, decode, the same message.
#include <cstdint>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/open.h"
#include "fuzz/check.h"

using namespace tern;
using namespace tern::wire;
using tern::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxMessage - kHeaderSize) return 0;  // the framer lets nothing longer through
  const auto decoded = decode_open(std::as_bytes(std::span(data, size)));
  if (!decoded.ok()) {
    std::vector<std::byte> out;
    encode_notification(decoded.error(), out);
    check(out.size() <= kMaxMessage);
    return 0;
  }
  OpenMessage open = *decoded;
  // Two roles that differ cannot be said with the one that is kept.
  open.capabilities.role_conflict = false;

  std::vector<std::byte> out;
  encode_open(open, out);
  const auto framed = next_message(out, kMaxMessage);
  check(std::holds_alternative<Frame>(framed));
  const auto again = decode_open(std::get<Frame>(framed).body);
  check(again.ok());
  check(*again == open);
  return 0;
}
