// The PDUs of the RPKI-to-Router protocol in its versions 0 (RFC 6810), 1 (RFC 8210) and 2
// (draft-ietf-sidrops-8210bis): octets to values and back.
//
// A malformed PDU is a Fault, which names the error code to report. Values own their octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/vrp.h"
#include "rib/types/asn.h"
#include "rib/types/result.h"

namespace tern::rpki {

using Bytes = std::span<const std::byte>;

inline constexpr std::uint8_t kHighestVersion = 2;
inline constexpr std::size_t kPduHeader = 8;
// Of a PDU. An ASPA with 16,380 providers, as many as the draft allows, is 65,532 octets.
inline constexpr std::size_t kMaxPdu = 65535;
inline constexpr std::size_t kMaxProviders = 16380;

// RFC 8210 section 5; 11 is of the draft.
enum class PduType : std::uint8_t {
  SerialNotify = 0,
  SerialQuery = 1,
  ResetQuery = 2,
  CacheResponse = 3,
  Ipv4Prefix = 4,
  Ipv6Prefix = 6,
  EndOfData = 7,
  CacheReset = 8,
  RouterKey = 9,
  ErrorReport = 10,
  Aspa = 11,
};
[[nodiscard]] std::string_view to_string(PduType type);  // "Serial Notify"

// RFC 8210 section 12; 9 is of the draft.
enum class ErrorCode : std::uint16_t {
  CorruptData = 0,
  InternalError = 1,
  NoDataAvailable = 2,
  InvalidRequest = 3,
  UnsupportedVersion = 4,
  UnsupportedPduType = 5,
  WithdrawalOfUnknown = 6,
  DuplicateAnnouncement = 7,
  UnexpectedVersion = 8,
  AspaProviderList = 9,
};
[[nodiscard]] std::string to_string(ErrorCode code);  // "Corrupt Data"; the number of others

struct SerialNotify {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  friend bool operator==(const SerialNotify&, const SerialNotify&) = default;
};
struct SerialQuery {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  friend bool operator==(const SerialQuery&, const SerialQuery&) = default;
};
struct ResetQuery {
  friend bool operator==(const ResetQuery&, const ResetQuery&) = default;
};
struct CacheResponse {
  std::uint16_t session = 0;
  friend bool operator==(const CacheResponse&, const CacheResponse&) = default;
};
struct PrefixPdu {
  bool announce = false;
  policy::Vrp vrp;
  friend bool operator==(const PrefixPdu&, const PrefixPdu&) = default;
};
// Seconds; RFC 8210 section 6.
struct Intervals {
  std::uint32_t refresh = 3600;
  std::uint32_t retry = 600;
  std::uint32_t expire = 7200;
  friend bool operator==(const Intervals&, const Intervals&) = default;
};
struct EndOfData {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  std::optional<Intervals> intervals;  // not in version 0
  friend bool operator==(const EndOfData&, const EndOfData&) = default;
};
struct CacheReset {
  friend bool operator==(const CacheReset&, const CacheReset&) = default;
};
struct RouterKey {  // BGPsec: not read
  friend bool operator==(const RouterKey&, const RouterKey&) = default;
};
struct ErrorReport {
  ErrorCode code{};
  std::vector<std::byte> pdu;  // in error; can be cut or empty
  std::string text;            // as the other side wrote it; not for a log as it is
  friend bool operator==(const ErrorReport&, const ErrorReport&) = default;
};
struct AspaPdu {
  bool announce = false;
  Asn customer = 0;
  std::vector<Asn> providers;  // ascending, none twice; empty in a withdrawal
  friend bool operator==(const AspaPdu&, const AspaPdu&) = default;
};
using Pdu = std::variant<SerialNotify, SerialQuery, ResetQuery, CacheResponse, PrefixPdu, EndOfData,
                         CacheReset, RouterKey, ErrorReport, AspaPdu>;

// The error of a PDU.
struct Fault {
  ErrorCode code{};
  std::string text;
};

// One PDU as octets, which live as long as those given to next_pdu().
struct Frame {
  std::uint8_t version = 0;
  std::uint8_t type = 0;
  Bytes octets;  // with header
};
struct NeedMore {};

// The PDU at the beginning of `octets`. A length below 8 or above kMaxPdu is a Fault.
[[nodiscard]] std::variant<Frame, NeedMore, Fault> next_pdu(Bytes octets);

// Decodes by the rules of the frame's version, which is not above kHighestVersion.
[[nodiscard]] Result<Pdu, Fault> decode(const Frame& frame);

// Appends the PDU. RouterKey has no encoding; texts and octets of an ErrorReport are cut so that
// the PDU has 4 KiB at most.
void encode(const Pdu& pdu, std::uint8_t version, std::vector<std::byte>& out);

// Most octets of a text of a stranger that are shown or logged.
inline constexpr std::size_t kMostShown = 200;

}  // namespace tern::rpki
