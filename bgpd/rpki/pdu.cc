#include "bgpd/rpki/pdu.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::rpki {
namespace {

constexpr std::byte kAnnounce{1};
constexpr std::size_t kMostEncapsulated = 1024;
constexpr std::size_t kMostText = 1024;

std::uint16_t u16(Bytes octets, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(octets[at]) << 8U |
                                    std::to_integer<unsigned>(octets[at + 1]));
}
std::uint32_t u32(Bytes octets, std::size_t at) {
  return std::uint32_t{u16(octets, at)} << 16U | u16(octets, at + 2);
}
void put16(std::uint16_t value, std::vector<std::byte>& out) {
  out.push_back(static_cast<std::byte>(value >> 8U));
  out.push_back(static_cast<std::byte>(value & 0xFFU));
}
void put32(std::uint32_t value, std::vector<std::byte>& out) {
  put16(static_cast<std::uint16_t>(value >> 16U), out);
  put16(static_cast<std::uint16_t>(value & 0xFFFFU), out);
}

Fault corrupt(std::string text) { return {ErrorCode::CorruptData, std::move(text)}; }

Fault wrong_length(const Frame& frame) {
  return corrupt(std::string(to_string(static_cast<PduType>(frame.type))) + " PDU of " +
                 std::to_string(frame.octets.size()) + " octets");
}

Result<Pdu, Fault> decode_prefix(const Frame& frame, std::size_t address_octets) {
  if (frame.octets.size() != 16 + address_octets) return wrong_length(frame);
  const bool announce = (frame.octets[8] & kAnnounce) != std::byte{0};
  const auto length = std::to_integer<std::uint8_t>(frame.octets[9]);
  const auto max_length = std::to_integer<std::uint8_t>(frame.octets[10]);
  if (length > max_length || max_length > 8 * address_octets) {
    return corrupt("prefix length " + std::to_string(length) + ", maximum length " +
                   std::to_string(max_length));
  }
  const IpAddress address = IpAddress::from_bytes(frame.octets.subspan(12, address_octets));
  const Prefix prefix(address, length);
  if (frame.version >= 2 && prefix.address() != address) {
    return corrupt(address.to_string() + '/' + std::to_string(length) + " has host bits");
  }
  return Pdu(PrefixPdu{announce, {prefix, max_length, u32(frame.octets, 12 + address_octets)}});
}

Result<Pdu, Fault> decode_end_of_data(const Frame& frame) {
  if (frame.octets.size() != (frame.version == 0 ? 12U : 24U)) return wrong_length(frame);
  EndOfData end{u16(frame.octets, 2), u32(frame.octets, 8), {}};
  if (frame.version > 0) {
    end.intervals = {u32(frame.octets, 12), u32(frame.octets, 16), u32(frame.octets, 20)};
  }
  return Pdu(end);
}

Result<Pdu, Fault> decode_error_report(const Frame& frame) {
  const Bytes octets = frame.octets;
  if (octets.size() < 16) return wrong_length(frame);
  const std::size_t room = octets.size() - 16;
  const std::size_t pdu = u32(octets, 8);
  if (pdu > room) return wrong_length(frame);
  const std::size_t text = u32(octets, 12 + pdu);
  if (text != room - pdu) return wrong_length(frame);
  ErrorReport report;
  report.code = static_cast<ErrorCode>(u16(octets, 2));
  const Bytes inner = octets.subspan(12, pdu);
  report.pdu.assign(inner.begin(), inner.end());
  const Bytes words = octets.subspan(16 + pdu, text);
  report.text.assign(reinterpret_cast<const char*>(words.data()), words.size());
  return Pdu(std::move(report));
}

// The ASPA PDU of the drafts up to 10 had the flags behind the header, with an address family and
// the number of providers. Debian's StayRTR sends it.
bool is_obsolete_aspa(const Frame& frame) {
  const Bytes octets = frame.octets;
  return octets.size() >= 16 && u16(octets, 2) == 0 && std::to_integer<unsigned>(octets[8]) <= 1 &&
         std::to_integer<unsigned>(octets[9]) <= 3 &&
         octets.size() == 16 + 4 * std::size_t{u16(octets, 10)};
}

Result<Pdu, Fault> decode_aspa(const Frame& frame) {
  const Bytes octets = frame.octets;
  if (octets.size() < 12 || octets.size() % 4 != 0) return wrong_length(frame);
  AspaPdu aspa;
  aspa.announce = (octets[2] & kAnnounce) != std::byte{0};
  aspa.customer = u32(octets, 8);
  const std::size_t count = (octets.size() - 12) / 4;
  if (!aspa.announce) {
    if (count == 0) return Pdu(std::move(aspa));
    if (is_obsolete_aspa(frame)) {
      return Fault{ErrorCode::AspaProviderList,
                   "ASPA PDU in the obsolete form of draft-ietf-sidrops-8210bis-10"};
    }
    return Fault{ErrorCode::AspaProviderList, "withdrawal of an ASPA with providers"};
  }
  if (count == 0 || count > kMaxProviders) {
    return Fault{ErrorCode::AspaProviderList, "ASPA with " + std::to_string(count) + " providers"};
  }
  aspa.providers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Asn provider = u32(octets, 12 + 4 * i);
    if (i > 0 && provider <= aspa.providers.back()) {
      return Fault{ErrorCode::AspaProviderList, "providers of an ASPA are not ascending"};
    }
    aspa.providers.push_back(provider);
  }
  if (count > 1 && aspa.providers.front() == kAsZero) {
    return Fault{ErrorCode::AspaProviderList, "ASPA with AS 0 beside other providers"};
  }
  return Pdu(std::move(aspa));
}

void begin(PduType type, std::uint16_t field, std::uint8_t version, std::size_t length,
           std::vector<std::byte>& out) {
  out.push_back(static_cast<std::byte>(version));
  out.push_back(static_cast<std::byte>(type));
  put16(field, out);
  put32(static_cast<std::uint32_t>(length), out);
}

struct Encoder {
  std::uint8_t version;
  std::vector<std::byte>& out;

  void operator()(const SerialNotify& pdu) const {
    begin(PduType::SerialNotify, pdu.session, version, 12, out);
    put32(pdu.serial, out);
  }
  void operator()(const SerialQuery& pdu) const {
    begin(PduType::SerialQuery, pdu.session, version, 12, out);
    put32(pdu.serial, out);
  }
  void operator()(const ResetQuery&) const { begin(PduType::ResetQuery, 0, version, 8, out); }
  void operator()(const CacheResponse& pdu) const {
    begin(PduType::CacheResponse, pdu.session, version, 8, out);
  }
  void operator()(const PrefixPdu& pdu) const {
    const auto address = pdu.vrp.prefix.address().bytes();
    begin(address.size() == 4 ? PduType::Ipv4Prefix : PduType::Ipv6Prefix, 0, version,
          16 + address.size(), out);
    out.push_back(pdu.announce ? kAnnounce : std::byte{0});
    out.push_back(static_cast<std::byte>(pdu.vrp.prefix.length()));
    out.push_back(static_cast<std::byte>(pdu.vrp.max_length));
    out.push_back(std::byte{0});
    out.insert(out.end(), address.begin(), address.end());
    put32(pdu.vrp.asn, out);
  }
  void operator()(const EndOfData& pdu) const {
    begin(PduType::EndOfData, pdu.session, version, version == 0 ? 12 : 24, out);
    put32(pdu.serial, out);
    if (version == 0) return;
    const Intervals intervals = pdu.intervals.value_or(Intervals{});
    for (const std::uint32_t seconds : {intervals.refresh, intervals.retry, intervals.expire}) {
      put32(seconds, out);
    }
  }
  void operator()(const CacheReset&) const { begin(PduType::CacheReset, 0, version, 8, out); }
  void operator()(const RouterKey&) const {}
  void operator()(const ErrorReport& pdu) const {
    const std::size_t octets = std::min(pdu.pdu.size(), kMostEncapsulated);
    const std::size_t text = std::min(pdu.text.size(), kMostText);
    begin(PduType::ErrorReport, static_cast<std::uint16_t>(pdu.code), version, 16 + octets + text,
          out);
    put32(static_cast<std::uint32_t>(octets), out);
    out.insert(out.end(), pdu.pdu.begin(), pdu.pdu.begin() + static_cast<std::ptrdiff_t>(octets));
    put32(static_cast<std::uint32_t>(text), out);
    for (const char letter : std::string_view(pdu.text).substr(0, text)) {
      out.push_back(static_cast<std::byte>(letter));
    }
  }
  void operator()(const AspaPdu& pdu) const {
    begin(PduType::Aspa, pdu.announce ? 0x0100 : 0, version, 12 + 4 * pdu.providers.size(), out);
    put32(pdu.customer, out);
    for (const Asn provider : pdu.providers) put32(provider, out);
  }
};

}  // namespace

std::string_view to_string(PduType type) {
  switch (type) {
    case PduType::SerialNotify:
      return "Serial Notify";
    case PduType::SerialQuery:
      return "Serial Query";
    case PduType::ResetQuery:
      return "Reset Query";
    case PduType::CacheResponse:
      return "Cache Response";
    case PduType::Ipv4Prefix:
      return "IPv4 Prefix";
    case PduType::Ipv6Prefix:
      return "IPv6 Prefix";
    case PduType::EndOfData:
      return "End of Data";
    case PduType::CacheReset:
      return "Cache Reset";
    case PduType::RouterKey:
      return "Router Key";
    case PduType::ErrorReport:
      return "Error Report";
    case PduType::Aspa:
      return "ASPA";
  }
  return "unknown";
}

std::string to_string(ErrorCode code) {
  static constexpr std::array<std::string_view, 10> kNames{"Corrupt Data",
                                                           "Internal Error",
                                                           "No Data Available",
                                                           "Invalid Request",
                                                           "Unsupported Protocol Version",
                                                           "Unsupported PDU Type",
                                                           "Withdrawal of Unknown Record",
                                                           "Duplicate Announcement Received",
                                                           "Unexpected Protocol Version",
                                                           "ASPA Provider List Error"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? std::string(kNames[number]) : "code " + std::to_string(number);
}

std::variant<Frame, NeedMore, Fault> next_pdu(Bytes octets) {
  if (octets.size() < kPduHeader) return NeedMore{};
  const std::size_t length = u32(octets, 4);
  if (length < kPduHeader || length > kMaxPdu) {
    return corrupt("PDU of type " + std::to_string(std::to_integer<unsigned>(octets[1])) + " and " +
                   std::to_string(length) + " octets");
  }
  if (octets.size() < length) return NeedMore{};
  return Frame{std::to_integer<std::uint8_t>(octets[0]), std::to_integer<std::uint8_t>(octets[1]),
               octets.first(length)};
}

Result<Pdu, Fault> decode(const Frame& frame) {
  const Bytes octets = frame.octets;
  const std::size_t size = octets.size();
  const auto type = static_cast<PduType>(frame.type);
  switch (type) {
    case PduType::SerialNotify:
      if (size != 12) return wrong_length(frame);
      return Pdu(SerialNotify{u16(octets, 2), u32(octets, 8)});
    case PduType::SerialQuery:
      if (size != 12) return wrong_length(frame);
      return Pdu(SerialQuery{u16(octets, 2), u32(octets, 8)});
    case PduType::ResetQuery:
      if (size != 8) return wrong_length(frame);
      return Pdu(ResetQuery{});
    case PduType::CacheResponse:
      if (size != 8) return wrong_length(frame);
      return Pdu(CacheResponse{u16(octets, 2)});
    case PduType::Ipv4Prefix:
      return decode_prefix(frame, 4);
    case PduType::Ipv6Prefix:
      return decode_prefix(frame, 16);
    case PduType::EndOfData:
      return decode_end_of_data(frame);
    case PduType::CacheReset:
      if (size != 8) return wrong_length(frame);
      return Pdu(CacheReset{});
    case PduType::RouterKey:  // subject key identifier, AS number, public key
      if (frame.version == 0) break;
      if (size < 32) return wrong_length(frame);
      return Pdu(RouterKey{});
    case PduType::ErrorReport:
      return decode_error_report(frame);
    case PduType::Aspa:
      if (frame.version < 2) break;
      return decode_aspa(frame);
  }
  return Fault{ErrorCode::UnsupportedPduType, "PDU of type " + std::to_string(frame.type) +
                                                  " in version " + std::to_string(frame.version)};
}

void encode(const Pdu& pdu, std::uint8_t version, std::vector<std::byte>& out) {
  std::visit(Encoder{version, out}, pdu);
}

}  // namespace tern::rpki
