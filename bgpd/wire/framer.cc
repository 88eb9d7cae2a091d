#include "bgpd/wire/framer.h"

#include <algorithm>
#include <cassert>

namespace tern::wire {
namespace {

constexpr std::size_t kMarkerSize = 16;
constexpr std::byte kMarkerByte{0xFF};

// The lengths RFC 4271 section 6.1 allows each type, header included.
struct LengthLimits {
  std::size_t min;
  std::size_t max;
};

LengthLimits length_limits(MessageType type, std::size_t max_message) {
  switch (type) {
    case MessageType::Open:
      return {29, kMaxMessage};  // RFC 8654 section 4: never longer
    case MessageType::Update:
      return {23, max_message};
    case MessageType::Notification:
      return {21, max_message};
    case MessageType::Keepalive:
      return {kHeaderSize, kHeaderSize};
    case MessageType::RouteRefresh:
      return {kHeaderSize, max_message};  // the decoder answers shorter ones, RFC 7313 section 5
  }
  return {kHeaderSize, max_message};
}

Notification header_fault(std::uint8_t subcode, Bytes data) {
  return {ErrorCode::MessageHeader, subcode, {data.begin(), data.end()}};
}

}  // namespace

std::string_view to_string(MessageType type) {
  switch (type) {
    case MessageType::Open:
      return "OPEN";
    case MessageType::Update:
      return "UPDATE";
    case MessageType::Notification:
      return "NOTIFICATION";
    case MessageType::Keepalive:
      return "KEEPALIVE";
    case MessageType::RouteRefresh:
      return "ROUTE-REFRESH";
  }
  return "unknown";
}

std::variant<Frame, NeedMore, Notification> next_message(Bytes bytes, std::size_t max_message) {
  // A stranger that does not speak BGP is told so at its first octets, not at the nineteenth.
  const Bytes marker = bytes.first(std::min(bytes.size(), kMarkerSize));
  if (!std::all_of(marker.begin(), marker.end(), [](std::byte b) { return b == kMarkerByte; })) {
    return header_fault(header_error::kNotSynchronised, {});
  }
  if (bytes.size() < kHeaderSize) return NeedMore{};

  Cursor cursor(bytes.subspan(kMarkerSize));
  const std::size_t length = cursor.u16();
  const std::uint8_t type = cursor.u8();
  const Bytes length_field = bytes.subspan(kMarkerSize, 2);
  if (length < kHeaderSize || length > max_message) {
    return header_fault(header_error::kBadLength, length_field);
  }
  if (type < 1 || type >= kMessageTypeCount) {
    return header_fault(header_error::kBadType, bytes.subspan(kMarkerSize + 2, 1));
  }
  const LengthLimits limits = length_limits(static_cast<MessageType>(type), max_message);
  if (length < limits.min || length > limits.max) {
    return header_fault(header_error::kBadLength, length_field);
  }
  if (bytes.size() < length) return NeedMore{};
  const Bytes message = bytes.first(length);
  return Frame{static_cast<MessageType>(type), message.subspan(kHeaderSize), message};
}

std::size_t message_size(Bytes messages) {
  assert(messages.size() >= kHeaderSize);
  Cursor cursor(messages.subspan(kMarkerSize));
  const std::size_t size = cursor.u16();
  assert(size >= kHeaderSize && size <= messages.size());
  return size;
}

std::size_t begin_message(MessageType type, std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  out.insert(out.end(), kMarkerSize, kMarkerByte);
  Writer writer(out);
  writer.u16(0);
  writer.u8(static_cast<std::uint8_t>(type));
  return start;
}

void end_message(std::size_t start, std::vector<std::byte>& out) {
  Writer(out).patch_u16(start + kMarkerSize, static_cast<std::uint16_t>(out.size() - start));
}

void encode_keepalive(std::vector<std::byte>& out) {
  end_message(begin_message(MessageType::Keepalive, out), out);
}

}  // namespace tern::wire
