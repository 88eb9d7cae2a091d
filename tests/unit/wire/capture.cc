#include "tests/unit/wire/capture.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "bgpd/wire/cursor.h"
#include "rib/types/ip_address.h"

namespace tern::wire {
namespace {

constexpr std::uint16_t kBgpPort = 179;
constexpr std::uint16_t kBgpPortOfUsers = 1179;  // where no one is root
constexpr std::uint8_t kTcp = 6;

// Link types: https://www.tcpdump.org/linktypes.html
constexpr std::uint32_t kNull = 0, kEthernet = 1, kPpp = 9, kCiscoHdlc = 104, kLinuxCooked = 113,
                        kJuniperEthernet = 178;

struct Segment {
  std::uint32_t sequence = 0;
  Buffer payload;
};

struct Flow {
  std::string source;
  std::string destination;
  auto operator<=>(const Flow&) const = default;
};

using Flows = std::map<Flow, std::vector<Segment>>;

std::uint32_t little(Bytes bytes, std::size_t at, std::size_t n) {
  std::uint32_t value = 0;
  for (std::size_t i = n; i-- > 0;) {
    value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at + i]);
  }
  return value;
}

void add_tcp(Bytes packet, const IpAddress& source, const IpAddress& destination, Flows& flows) {
  Cursor cursor(packet);
  const std::uint16_t from = cursor.u16();
  const std::uint16_t to = cursor.u16();
  const std::uint32_t sequence = cursor.u32();
  cursor.u32();
  const std::size_t header = (cursor.u8() >> 4U) * 4U;
  if (!cursor.ok() || header < 20 || header > packet.size()) return;
  const auto is_bgp = [](std::uint16_t port) {
    return port == kBgpPort || port == kBgpPortOfUsers;
  };
  if (!is_bgp(from) && !is_bgp(to)) return;
  const Bytes payload = packet.subspan(header);
  if (payload.empty()) return;
  const Flow flow{source.to_string() + ":" + std::to_string(from),
                  destination.to_string() + ":" + std::to_string(to)};
  flows[flow].push_back({sequence, {payload.begin(), payload.end()}});
}

void add_ip(Bytes packet, Flows& flows) {
  if (packet.size() < 20) return;
  const auto first = std::to_integer<unsigned>(packet[0]);
  if (first >> 4U == 4) {
    const std::size_t header = (first & 0xFU) * 4U;
    Cursor cursor(packet.subspan(2));
    const std::size_t total = std::min<std::size_t>(cursor.u16(), packet.size());
    if (header < 20 || total < header || std::to_integer<unsigned>(packet[9]) != kTcp) return;
    add_tcp(packet.first(total).subspan(header), IpAddress::from_bytes(packet.subspan(12, 4)),
            IpAddress::from_bytes(packet.subspan(16, 4)), flows);
  } else if (first >> 4U == 6 && packet.size() > 40) {
    if (std::to_integer<unsigned>(packet[6]) != kTcp) return;
    Cursor cursor(packet.subspan(4));
    const std::size_t length = std::min<std::size_t>(cursor.u16(), packet.size() - 40);
    add_tcp(packet.subspan(40, length), IpAddress::from_bytes(packet.subspan(8, 16)),
            IpAddress::from_bytes(packet.subspan(24, 16)), flows);
  }
}

// The IP packet behind VLAN tags and MPLS labels; `type` is the Ethernet type of what follows.
void add_ether_type(std::uint16_t type, Bytes packet, Flows& flows) {
  while ((type == 0x8100 || type == 0x88A8) && packet.size() > 4) {
    type = Cursor(packet.subspan(2)).u16();
    packet = packet.subspan(4);
  }
  while (type == 0x8847 && packet.size() > 4) {
    const bool bottom = (std::to_integer<unsigned>(packet[2]) & 1U) != 0;
    packet = packet.subspan(4);
    if (bottom) break;
  }
  add_ip(packet, flows);
}

void add_frame(std::uint32_t link, Bytes frame, Flows& flows) {
  const auto after = [&](std::size_t n) { return frame.size() > n ? frame.subspan(n) : Bytes{}; };
  const auto type_at = [&](std::size_t n) {
    return frame.size() > n + 2 ? Cursor(frame.subspan(n)).u16() : std::uint16_t{0};
  };
  switch (link) {
    case kEthernet:
      return add_ether_type(type_at(12), after(14), flows);
    case kCiscoHdlc:
      return add_ether_type(type_at(2), after(4), flows);
    case kLinuxCooked:
      return add_ether_type(type_at(14), after(16), flows);
    case kNull:
      return add_ip(after(4), flows);
    case kPpp:
      return add_ip(after(type_at(0) == 0xFF03 ? 4 : 2), flows);
    case kJuniperEthernet: {  // "MGC", flags, then an Ethernet frame behind the extensions
      const bool extensions =
          frame.size() > 6 && (std::to_integer<unsigned>(frame[3]) & 0x80U) != 0;
      const std::size_t skip = extensions ? 6U + type_at(4) : 4U;
      return add_ether_type(type_at(skip + 12), after(skip + 14), flows);
    }
    default:  // raw IP
      return add_ip(frame, flows);
  }
}

void read_pcap(Bytes file, Flows& flows) {
  const std::uint32_t link = little(file, 20, 4) & 0xFFFFU;
  for (std::size_t at = 24; at + 16 <= file.size();) {
    const std::size_t length = little(file, at + 8, 4);
    at += 16;
    add_frame(link, file.subspan(at, std::min(length, file.size() - at)), flows);
    if (length > file.size() - at) return;
    at += length;
  }
}

void read_pcapng(Bytes file, Flows& flows) {
  constexpr std::uint32_t kInterface = 1, kSimplePacket = 3, kEnhancedPacket = 6;
  std::vector<std::uint32_t> links;
  for (std::size_t at = 0; at + 12 <= file.size();) {
    const std::uint32_t type = little(file, at, 4);
    const std::size_t length = little(file, at + 4, 4);
    if (length < 12 || length > file.size() - at) return;
    const Bytes block = file.subspan(at + 8, length - 12);
    if (type == kInterface && block.size() >= 8) links.push_back(little(block, 0, 2));
    if (type == kEnhancedPacket && block.size() >= 20) {
      const std::size_t interface = little(block, 0, 4);
      const std::size_t captured = std::min<std::size_t>(little(block, 12, 4), block.size() - 20);
      if (interface < links.size()) {
        add_frame(links[interface], block.subspan(20, captured), flows);
      }
    }
    if (type == kSimplePacket && block.size() > 4 && !links.empty()) {
      add_frame(links[0], block.subspan(4), flows);
    }
    at += length;
  }
}

// True when the segment repeats what stands in the run from `at` on: a retransmission.
bool repeats(const Segment& segment, const Buffer& run, std::size_t at) {
  const std::size_t common = std::min(segment.payload.size(), run.size() - at);
  return std::equal(segment.payload.begin(),
                    segment.payload.begin() + static_cast<std::ptrdiff_t>(common),
                    run.begin() + static_cast<std::ptrdiff_t>(at));
}

// Puts segments in order of their sequence numbers, seen from the first one captured; a
// retransmission adds what it has beyond the run so far. Captures made by hand have other octets at
// the same place: those are a run of their own.
std::vector<Buffer> reassemble(std::vector<Segment> segments) {
  const std::uint32_t base = segments.front().sequence;
  const auto offset = [&](const Segment& segment) {
    return static_cast<std::int32_t>(segment.sequence - base);
  };
  std::stable_sort(segments.begin(), segments.end(),
                   [&](const Segment& a, const Segment& b) { return offset(a) < offset(b); });
  std::vector<Buffer> runs;
  std::int64_t end = 0;
  for (const Segment& segment : segments) {
    const std::int64_t start = offset(segment);
    const auto size = static_cast<std::int64_t>(segment.payload.size());
    if (runs.empty() || start > end) {
      runs.push_back(segment.payload);
      end = start + size;
    } else if (const auto back = static_cast<std::size_t>(end - start);
               back > runs.back().size() ||
               !repeats(segment, runs.back(), runs.back().size() - back)) {
      runs.insert(runs.end() - 1, segment.payload);
    } else if (start + size > end) {
      runs.back().insert(runs.back().end(), segment.payload.begin() + (end - start),
                         segment.payload.end());
      end = start + size;
    }
  }
  return runs;
}

}  // namespace

std::optional<std::vector<Stream>> read_capture(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(input), {}};
  const Bytes bytes = std::as_bytes(std::span(chars));
  if (bytes.size() < 24) return std::nullopt;

  Flows flows;
  const std::uint32_t magic = little(bytes, 0, 4);
  if (magic == 0xA1B2C3D4 || magic == 0xA1B23C4D) {
    read_pcap(bytes, flows);
  } else if (magic == 0x0A0D0D0A) {
    read_pcapng(bytes, flows);
  } else {
    return std::nullopt;
  }
  std::vector<Stream> streams;
  for (const auto& [flow, segments] : flows) {
    streams.push_back({flow.source, flow.destination, reassemble(segments)});
  }
  return streams;
}

}  // namespace tern::wire
