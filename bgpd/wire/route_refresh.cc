#include "bgpd/wire/route_refresh.h"

#include "bgpd/wire/framer.h"

namespace tern::wire {
namespace {

constexpr std::size_t kPlainSize = 4;  // AFI, subtype, SAFI

// RFC 7313 section 5: the data is the complete message.
Notification wrong_length(Bytes body) {
  Notification notification{ErrorCode::RouteRefreshMessage, refresh_error::kInvalidLength, {}};
  const std::size_t start = begin_message(MessageType::RouteRefresh, notification.data);
  Writer(notification.data).bytes(body);
  end_message(start, notification.data);
  return notification;
}

Notification too_short(Bytes body) {
  Notification notification{ErrorCode::MessageHeader, header_error::kBadLength, {}};
  Writer(notification.data).u16(static_cast<std::uint16_t>(kHeaderSize + body.size()));
  return notification;
}

}  // namespace

Result<RouteRefresh, Notification> decode_route_refresh(Bytes body, bool enhanced) {
  if (body.size() < kPlainSize) return enhanced ? wrong_length(body) : too_short(body);
  Cursor cursor(body);
  RouteRefresh refresh;
  refresh.family.afi = cursor.u16();
  const std::uint8_t subtype = cursor.u8();
  refresh.family.safi = cursor.u8();
  // RFC 2918 section 3: without RFC 7313 the octet is reserved and not to be read.
  if (enhanced) refresh.subtype = subtype;

  // Only the demarcations have a fixed length; a request may carry filters (RFC 5291).
  const bool demarcation =
      refresh.subtype == static_cast<std::uint8_t>(RouteRefresh::Subtype::Begin) ||
      refresh.subtype == static_cast<std::uint8_t>(RouteRefresh::Subtype::End);
  if (demarcation && !cursor.at_end()) return wrong_length(body);
  return refresh;
}

void encode_route_refresh(const RouteRefresh& refresh, std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::RouteRefresh, out);
  Writer writer(out);
  writer.u16(refresh.family.afi);
  writer.u8(refresh.subtype);
  writer.u8(refresh.family.safi);
  end_message(start, out);
}

}  // namespace tern::wire
