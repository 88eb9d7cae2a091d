#include "bgpd/wire/notification.h"

#include <algorithm>
#include <array>
#include <span>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/text.h"
#include "rib/types/one_line.h"

namespace tern::wire {
namespace {

using Names = std::span<const std::string_view>;  // by subcode; "" where IANA has no name

constexpr std::array<std::string_view, 4> kHeaderNames{"", "Connection Not Synchronized",
                                                       "Bad Message Length", "Bad Message Type"};
constexpr std::array<std::string_view, 12> kOpenNames{"Unspecific",
                                                      "Unsupported Version Number",
                                                      "Bad Peer AS",
                                                      "Bad BGP Identifier",
                                                      "Unsupported Optional Parameter",
                                                      "",
                                                      "Unacceptable Hold Time",
                                                      "Unsupported Capability",
                                                      "",
                                                      "",
                                                      "",
                                                      "Role Mismatch"};
constexpr std::array<std::string_view, 12> kUpdateNames{"Unspecific",
                                                        "Malformed Attribute List",
                                                        "Unrecognized Well-known Attribute",
                                                        "Missing Well-known Attribute",
                                                        "Attribute Flags Error",
                                                        "Attribute Length Error",
                                                        "Invalid ORIGIN Attribute",
                                                        "",
                                                        "Invalid NEXT_HOP Attribute",
                                                        "Optional Attribute Error",
                                                        "Invalid Network Field",
                                                        "Malformed AS_PATH"};
constexpr std::array<std::string_view, 4> kFsmNames{"Unspecified", "Unexpected Message in OpenSent",
                                                    "Unexpected Message in OpenConfirm",
                                                    "Unexpected Message in Established"};
constexpr std::array<std::string_view, 11> kCeaseNames{"",
                                                       "Maximum Number of Prefixes Reached",
                                                       "Administrative Shutdown",
                                                       "Peer De-configured",
                                                       "Administrative Reset",
                                                       "Connection Rejected",
                                                       "Other Configuration Change",
                                                       "Connection Collision Resolution",
                                                       "Out of Resources",
                                                       "Hard Reset",
                                                       "BFD Down"};
constexpr std::array<std::string_view, 2> kRefreshNames{"", "Invalid Message Length"};

struct CodeName {
  std::string_view name;
  Names subcodes;
};

constexpr std::array<CodeName, 9> kCodes{{{"", {}},
                                          {"Message Header Error", kHeaderNames},
                                          {"OPEN Message Error", kOpenNames},
                                          {"UPDATE Message Error", kUpdateNames},
                                          {"Hold Timer Expired", {}},
                                          {"Finite State Machine Error", kFsmNames},
                                          {"Cease", kCeaseNames},
                                          {"ROUTE-REFRESH Message Error", kRefreshNames},
                                          {"Send Hold Timer Expired", {}}}};

// RFC 9003 section 2: a length octet, then that much UTF-8.
std::optional<std::string> communication(Bytes data) {
  Cursor cursor(data);
  const std::size_t length = cursor.u8();
  // A length past the end is the sender's mistake; what did arrive still helps the operator.
  const Bytes text = cursor.rest().first(std::min(length, cursor.remaining()));
  if (text.empty()) return std::nullopt;
  return printable_text(text);
}

bool carries_communication(ErrorCode code, std::uint8_t subcode) {
  return code == ErrorCode::Cease &&
         (subcode == cease::kAdministrativeShutdown || subcode == cease::kAdministrativeReset);
}

}  // namespace

Notification Notification::administrative(std::uint8_t subcode, std::string_view text) {
  Notification notification{ErrorCode::Cease, subcode, {}};
  const std::string_view cut = cut_utf8(text, 255);
  if (cut.empty()) return notification;
  Writer writer(notification.data);
  writer.u8(static_cast<std::uint8_t>(cut.size()));
  writer.bytes(std::as_bytes(std::span(cut)));
  return notification;
}

std::optional<std::string> Notification::shutdown_text() const {
  if (carries_communication(code, subcode)) return communication(data);
  // RFC 8538 section 3: a Hard Reset carries the NOTIFICATION it stands for.
  if (code == ErrorCode::Cease && subcode == cease::kHardReset) {
    Cursor cursor(data);
    const auto inner_code = static_cast<ErrorCode>(cursor.u8());
    const std::uint8_t inner_subcode = cursor.u8();
    if (carries_communication(inner_code, inner_subcode)) return communication(cursor.rest());
  }
  return std::nullopt;
}

std::string Notification::to_string() const {
  const auto number = static_cast<std::size_t>(code);
  const bool known = number > 0 && number < kCodes.size();
  std::string text = known ? std::string(kCodes[number].name) : std::to_string(number);
  const Names names = known ? kCodes[number].subcodes : Names{};
  if (subcode < names.size() && !names[subcode].empty()) {
    text.append("/").append(names[subcode]);
  } else if (subcode != 0 || !known) {
    text.append("/").append(std::to_string(subcode));
  }
  return text;
}

Notification::Numbers Notification::bounded_numbers() const {
  const auto number = static_cast<std::uint8_t>(code);
  if (number == 0 || number >= kCodes.size()) return {kOther, kOther};
  const Names names = kCodes[number].subcodes;
  const bool named = subcode == 0 || (subcode < names.size() && !names[subcode].empty());
  return {number, named ? subcode : kOther};
}

std::string Notification::bounded_text() const {
  const Numbers numbers = bounded_numbers();
  if (numbers.code == kOther) return "other";
  if (numbers.subcode == kOther) return std::string(kCodes[numbers.code].name) + "/other";
  return to_string();
}

Notification decode_notification(Bytes body) {
  Cursor cursor(body);
  Notification notification;
  notification.code = static_cast<ErrorCode>(cursor.u8());
  notification.subcode = cursor.u8();
  notification.data.assign(cursor.rest().begin(), cursor.rest().end());
  return notification;
}

void encode_notification(const Notification& notification, std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Notification, out);
  Writer writer(out);
  writer.u8(static_cast<std::uint8_t>(notification.code));
  writer.u8(notification.subcode);
  // RFC 8654 section 5: a NOTIFICATION may go to a peer before it knows longer messages.
  const std::size_t room = kMaxMessage - kHeaderSize - 2;
  writer.bytes(Bytes(notification.data).first(std::min(room, notification.data.size())));
  end_message(start, out);
}

}  // namespace tern::wire
