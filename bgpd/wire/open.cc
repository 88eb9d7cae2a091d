#include "bgpd/wire/open.h"

#include "bgpd/wire/capabilities.h"
#include "bgpd/wire/framer.h"

namespace tern::wire {
namespace {

constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kCapabilitiesParameter = 2;  // RFC 5492 section 4
constexpr std::uint8_t kExtendedLength = 255;       // RFC 9072 section 2, both as length and type

Notification open_fault(std::uint8_t subcode) { return {ErrorCode::OpenMessage, subcode, {}}; }

// RFC 4271 section 6.2: the data is the version we would have liked.
Notification unsupported_version() {
  Notification notification = open_fault(open_error::kUnsupportedVersion);
  Writer(notification.data).u16(kVersion);
  return notification;
}

Notification too_short(Bytes body) {
  Notification notification{ErrorCode::MessageHeader, header_error::kBadLength, {}};
  Writer(notification.data).u16(static_cast<std::uint16_t>(kHeaderSize + body.size()));
  return notification;
}

// The optional parameters of both forms: `extended` only widens their length to two octets.
std::optional<Notification> decode_parameters(Cursor parameters, bool extended,
                                              Capabilities& capabilities) {
  while (!parameters.at_end()) {
    const std::uint8_t type = parameters.u8();
    const std::size_t length = extended ? parameters.u16() : parameters.u8();
    const Bytes value = parameters.take(length);
    if (!parameters.ok()) return open_fault(open_error::kUnspecific);
    if (type != kCapabilitiesParameter) return open_fault(open_error::kUnsupportedParameter);
    if (!decode_capabilities(value, capabilities)) return open_fault(open_error::kUnspecific);
  }
  return std::nullopt;
}

}  // namespace

Result<OpenMessage, Notification> decode_open(Bytes body) {
  Cursor cursor(body);
  OpenMessage open;
  open.version = cursor.u8();
  open.my_as = cursor.u16();
  open.hold_time_seconds = cursor.u16();
  open.identifier = cursor.u32();
  std::size_t length = cursor.u8();
  if (!cursor.ok()) return too_short(body);
  if (open.version != kVersion) return unsupported_version();

  // RFC 9072 section 2: the type octet 255 decides, whatever non-zero length stands before it.
  bool extended = false;
  if (length != 0 && !cursor.at_end() &&
      std::to_integer<std::uint8_t>(cursor.rest().front()) == kExtendedLength) {
    extended = true;
    cursor.u8();
    length = cursor.u16();
  }
  if (!cursor.ok() || cursor.remaining() != length) return open_fault(open_error::kUnspecific);
  if (auto fault = decode_parameters(cursor, extended, open.capabilities)) return *fault;
  return open;
}

void encode_open(const OpenMessage& open, std::vector<std::byte>& out) {
  std::vector<std::byte> capabilities;
  encode_capabilities(open.capabilities, capabilities);

  const std::size_t start = begin_message(MessageType::Open, out);
  Writer writer(out);
  writer.u8(open.version);
  writer.u16(open.my_as);
  writer.u16(open.hold_time_seconds);
  writer.u32(open.identifier);
  constexpr std::size_t kParameterHeader = 2;
  if (capabilities.empty()) {
    writer.u8(0);
  } else if (kParameterHeader + capabilities.size() <= kExtendedLength) {
    writer.u8(static_cast<std::uint8_t>(kParameterHeader + capabilities.size()));
    writer.u8(kCapabilitiesParameter);
    writer.u8(static_cast<std::uint8_t>(capabilities.size()));
  } else {
    constexpr std::size_t kExtendedHeader = 3;
    writer.u8(kExtendedLength);
    writer.u8(kExtendedLength);
    writer.u16(static_cast<std::uint16_t>(kExtendedHeader + capabilities.size()));
    writer.u8(kCapabilitiesParameter);
    writer.u16(static_cast<std::uint16_t>(capabilities.size()));
  }
  writer.bytes(capabilities);
  end_message(start, out);
}

}  // namespace tern::wire
