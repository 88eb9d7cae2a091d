// A byte stream of a stranger: framed, and each message given to its decoder. NOTIFICATION,
// ROUTE-REFRESH and KEEPALIVE are encoded and decoded again; OPEN and UPDATE have targets of their
// own. Each input in both message size limits.
#include <cstdint>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/route_refresh.h"
#include "bgpd/wire/update.h"
#include "fuzz/check.h"

namespace {

using namespace tern;
using namespace tern::wire;
using tern::fuzz::check;

void notification(Bytes body) {
  const auto decoded = decode_notification(body);
  check(!decoded.to_string().empty());
  const auto text = decoded.shutdown_text();
  if (text) check(text->size() <= 255);
  if (body.size() > kMaxMessage - kHeaderSize) return;  // is cut when sent
  std::vector<std::byte> out;
  encode_notification(decoded, out);
  check(decode_notification(Bytes(out).subspan(kHeaderSize)) == decoded);
}

void route_refresh(Bytes body, bool enhanced) {
  const auto decoded = decode_route_refresh(body, enhanced);
  if (!decoded.ok()) return;
  std::vector<std::byte> out;
  encode_route_refresh(*decoded, out);
  const auto again = decode_route_refresh(Bytes(out).subspan(kHeaderSize), enhanced);
  check(again.ok() && *again == *decoded);
}

void decode(const Frame& frame) {
  switch (frame.type) {
    case MessageType::Open:
      static_cast<void>(decode_open(frame.body).ok());
      break;
    case MessageType::Update: {
      UpdateMessage update;
      static_cast<void>(decode_update(frame.body, {}, update).has_value());
      break;
    }
    case MessageType::Notification:
      notification(frame.body);
      break;
    case MessageType::Keepalive:
      check(frame.body.empty());
      break;
    case MessageType::RouteRefresh:
      route_refresh(frame.body, false);
      route_refresh(frame.body, true);
      break;
  }
}

void stream(Bytes bytes, std::size_t max_message) {
  for (Bytes rest = bytes; !rest.empty();) {
    const auto next = next_message(rest, max_message);
    if (std::holds_alternative<Notification>(next)) {
      check(std::get<Notification>(next).code == ErrorCode::MessageHeader);
      return;
    }
    if (std::holds_alternative<NeedMore>(next)) {
      check(rest.size() < max_message);  // else a session would wait for ever
      return;
    }
    const Frame& frame = std::get<Frame>(next);
    check(frame.message.size() >= kHeaderSize && frame.message.size() <= max_message);
    check(frame.body.size() + kHeaderSize == frame.message.size());
    decode(frame);
    rest = rest.subspan(frame.message.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  stream(bytes, kMaxMessage);
  stream(bytes, kMaxExtendedMessage);
  return 0;
}
