#include "bgpd/wire/capabilities.h"

#include <algorithm>
#include <string_view>

#include "bgpd/wire/text.h"
#include "rib/types/one_line.h"

namespace tern::wire {
namespace {

constexpr std::size_t kMaxValue = 255;  // RFC 5492 section 4: the length is one octet

// RFC 5492 section 4: a repeat that says the same again is the same capability.
template <typename T>
void add_unique(std::vector<T>& list, const T& entry) {
  if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(entry);
}

AfiSafi read_family(Cursor& cursor) {
  AfiSafi family;
  family.afi = cursor.u16();
  family.safi = cursor.u8();
  return family;
}

void write_family(const AfiSafi& family, Writer& writer) {
  writer.u16(family.afi);
  writer.u8(family.safi);
}

// ---- Decoding: one function per capability; false is a malformed value.

bool flag(Bytes value, bool& present) {
  present = true;
  return value.empty();
}

bool multiprotocol(Bytes value, Capabilities& out) {  // RFC 4760 section 8
  if (value.size() != 4) return false;
  Cursor cursor(value);
  AfiSafi family;
  family.afi = cursor.u16();
  cursor.u8();  // reserved
  family.safi = cursor.u8();
  add_unique(out.families, family);
  return true;
}

bool extended_next_hop(Bytes value, Capabilities& out) {  // RFC 8950 section 4
  if (value.size() % 6 != 0) return false;
  for (Cursor cursor(value); !cursor.at_end();) {
    ExtendedNextHop entry;
    entry.family.afi = cursor.u16();
    const std::uint16_t safi = cursor.u16();  // two octets in this capability alone
    entry.family.safi = static_cast<std::uint8_t>(safi);
    entry.next_hop_afi = cursor.u16();
    if (safi <= 0xFF) add_unique(out.extended_next_hops, entry);  // there are no others
  }
  return true;
}

bool role(Bytes value, Capabilities& out) {  // RFC 9234 section 4.1
  if (value.size() != 1) return false;
  const auto received =
      static_cast<Role>(value[0]);  // unassigned values are the negotiation's to judge
  if (!out.role) out.role = received;
  if (*out.role != received) out.role_conflict = true;
  return true;
}

bool graceful_restart(Bytes value, Capabilities& out) {  // RFC 4724 section 3
  if (value.size() < 2 || (value.size() - 2) % 4 != 0) return false;
  Cursor cursor(value);
  const unsigned head = cursor.u16();
  GracefulRestart received;
  received.restarting = (head & 0x8000U) != 0;
  received.notification = (head & 0x4000U) != 0;
  received.restart_time_seconds = static_cast<std::uint16_t>(head & 0x0FFFU);
  while (!cursor.at_end()) {
    const AfiSafi family = read_family(cursor);
    received.families.push_back({family, (cursor.u8() & 0x80U) != 0});
  }
  out.graceful_restart = std::move(received);  // "ignore all but the last instance"
  return true;
}

bool four_octet_as(Bytes value, Capabilities& out) {  // RFC 6793 section 3
  if (value.size() != 4) return false;
  if (!out.four_octet_as) out.four_octet_as = Cursor(value).u32();
  return true;
}

// RFC 7911 section 4: with an undefined Send/Receive value the capability is "not understood".
bool understood_add_path(Bytes value) {
  for (std::size_t at = 3; at < value.size(); at += 4) {
    const auto mode = std::to_integer<unsigned>(value[at]);
    if (mode < 1 || mode > 3) return false;
  }
  return true;
}

bool add_path(Bytes value, Capabilities& out) {
  if (value.size() % 4 != 0) return false;
  for (Cursor cursor(value); !cursor.at_end();) {
    const AfiSafi family = read_family(cursor);
    const auto mode = static_cast<AddPathMode>(cursor.u8());
    const auto known = std::find_if(out.add_paths.begin(), out.add_paths.end(),
                                    [&](const AddPath& entry) { return entry.family == family; });
    if (known == out.add_paths.end()) {
      out.add_paths.push_back({family, mode});
    } else {
      known->mode = mode;
    }
  }
  return true;
}

bool long_lived_graceful_restart(Bytes value, Capabilities& out) {  // RFC 9494 section 3
  if (value.size() % 7 != 0) return false;
  LongLivedGracefulRestart received;
  for (Cursor cursor(value); !cursor.at_end();) {
    LongLivedGracefulRestart::Entry entry;
    entry.family = read_family(cursor);
    entry.forwarding_preserved = (cursor.u8() & 0x80U) != 0;
    const std::uint32_t high = cursor.u8();
    entry.stale_time_seconds = (high << 16U) | cursor.u16();
    received.families.push_back(entry);
  }
  out.long_lived_graceful_restart = std::move(received);
  return true;
}

bool understood_fqdn(Bytes value) {
  Cursor cursor(value);
  cursor.take(cursor.u8());
  cursor.take(cursor.u8());
  return cursor.ok();
}

bool fqdn(Bytes value, Capabilities& out) {
  Cursor cursor(value);
  Fqdn name;
  name.host = printable_text(cursor.take(cursor.u8()));
  name.domain = printable_text(cursor.take(cursor.u8()));
  if (!out.fqdn) out.fqdn = std::move(name);
  return true;
}

bool not_understood(std::uint8_t code, Bytes value, Capabilities& out) {
  add_unique(out.unknown, UnknownCapability{code, {value.begin(), value.end()}});
  return true;
}

bool decode_capability(std::uint8_t code, Bytes value, Capabilities& out) {
  switch (static_cast<CapabilityCode>(code)) {
    case CapabilityCode::Multiprotocol:
      return multiprotocol(value, out);
    case CapabilityCode::RouteRefresh:
      return flag(value, out.route_refresh);
    case CapabilityCode::ExtendedNextHop:
      return extended_next_hop(value, out);
    case CapabilityCode::ExtendedMessage:
      return flag(value, out.extended_message);
    case CapabilityCode::Role:
      return role(value, out);
    case CapabilityCode::GracefulRestart:
      return graceful_restart(value, out);
    case CapabilityCode::FourOctetAs:
      return four_octet_as(value, out);
    case CapabilityCode::AddPath:
      return understood_add_path(value) ? add_path(value, out) : not_understood(code, value, out);
    case CapabilityCode::EnhancedRouteRefresh:
      return flag(value, out.enhanced_route_refresh);
    case CapabilityCode::LongLivedGracefulRestart:
      return long_lived_graceful_restart(value, out);
    case CapabilityCode::Fqdn:
      // A display name of a draft is no reason to lose a session.
      return understood_fqdn(value) ? fqdn(value, out) : not_understood(code, value, out);
  }
  return not_understood(code, value, out);
}

// ---- Encoding

// Writes code and length around what `value` writes; what passes the one octet of length is cut.
template <typename Value>
void capability(CapabilityCode code, Writer& writer, std::vector<std::byte>& out, Value value) {
  writer.u8(static_cast<std::uint8_t>(code));
  const std::size_t length_at = writer.position();
  writer.u8(0);
  value();
  out.resize(std::min(out.size(), length_at + 1 + kMaxValue));
  writer.patch_u8(length_at, static_cast<std::uint8_t>(out.size() - length_at - 1));
}

// A list capability, in as many instances as its entries need; `size` is the octets of one entry.
template <typename Entry, typename Write>
void capability_list(CapabilityCode code, const std::vector<Entry>& entries, std::size_t size,
                     Writer& writer, std::vector<std::byte>& out, Write write) {
  const std::size_t per_instance = kMaxValue / size;
  for (std::size_t from = 0; from < entries.size(); from += per_instance) {
    const std::size_t to = std::min(entries.size(), from + per_instance);
    capability(code, writer, out, [&] {
      for (std::size_t i = from; i < to; ++i) write(entries[i]);
    });
  }
}

void encode_graceful_restart(const GracefulRestart& restart, Writer& writer,
                             std::vector<std::byte>& out) {
  capability(CapabilityCode::GracefulRestart, writer, out, [&] {
    const unsigned head = (restart.restarting ? 0x8000U : 0U) |
                          (restart.notification ? 0x4000U : 0U) |
                          std::min<unsigned>(restart.restart_time_seconds, 0x0FFF);
    writer.u16(static_cast<std::uint16_t>(head));
    constexpr std::size_t kMaxEntries = (kMaxValue - 2) / 4;  // only the last instance counts
    for (std::size_t i = 0; i < std::min(restart.families.size(), kMaxEntries); ++i) {
      write_family(restart.families[i].family, writer);
      writer.u8(restart.families[i].forwarding_preserved ? 0x80 : 0);
    }
  });
}

void encode_long_lived(const LongLivedGracefulRestart& restart, Writer& writer,
                       std::vector<std::byte>& out) {
  capability(CapabilityCode::LongLivedGracefulRestart, writer, out, [&] {
    constexpr std::size_t kMaxEntries = kMaxValue / 7;  // only the last instance counts
    for (std::size_t i = 0; i < std::min(restart.families.size(), kMaxEntries); ++i) {
      const auto& entry = restart.families[i];
      write_family(entry.family, writer);
      writer.u8(entry.forwarding_preserved ? 0x80 : 0);
      const std::uint32_t seconds = std::min(entry.stale_time_seconds, 0xFFFFFFU);
      writer.u8(static_cast<std::uint8_t>(seconds >> 16U));
      writer.u16(static_cast<std::uint16_t>(seconds));
    }
  });
}

void encode_fqdn(const Fqdn& fqdn, Writer& writer, std::vector<std::byte>& out) {
  capability(CapabilityCode::Fqdn, writer, out, [&] {
    std::size_t room = kMaxValue - 2;  // two length octets
    for (const std::string_view name :
         {std::string_view(fqdn.host), std::string_view(fqdn.domain)}) {
      const std::string_view cut = cut_utf8(name, room);
      writer.u8(static_cast<std::uint8_t>(cut.size()));
      writer.bytes(std::as_bytes(std::span(cut)));
      room -= cut.size();
    }
  });
}

}  // namespace

bool decode_capabilities(Bytes parameter, Capabilities& out) {
  Cursor cursor(parameter);
  while (!cursor.at_end()) {
    const std::uint8_t code = cursor.u8();
    const Bytes value = cursor.take(cursor.u8());
    if (!cursor.ok() || !decode_capability(code, value, out)) return false;
  }
  return true;
}

void encode_capabilities(const Capabilities& capabilities, std::vector<std::byte>& out) {
  Writer writer(out);
  const auto flag_if = [&](bool present, CapabilityCode code) {
    if (present) capability(code, writer, out, [] {});
  };
  for (const AfiSafi& family : capabilities.families) {
    capability(CapabilityCode::Multiprotocol, writer, out, [&] {
      writer.u16(family.afi);
      writer.u8(0);
      writer.u8(family.safi);
    });
  }
  flag_if(capabilities.route_refresh, CapabilityCode::RouteRefresh);
  capability_list(CapabilityCode::ExtendedNextHop, capabilities.extended_next_hops, 6, writer, out,
                  [&](const ExtendedNextHop& entry) {
                    writer.u16(entry.family.afi);
                    writer.u16(entry.family.safi);
                    writer.u16(entry.next_hop_afi);
                  });
  flag_if(capabilities.extended_message, CapabilityCode::ExtendedMessage);
  if (capabilities.role) {
    capability(CapabilityCode::Role, writer, out,
               [&] { writer.u8(static_cast<std::uint8_t>(*capabilities.role)); });
  }
  if (capabilities.graceful_restart) {
    encode_graceful_restart(*capabilities.graceful_restart, writer, out);
  }
  if (capabilities.four_octet_as) {
    capability(CapabilityCode::FourOctetAs, writer, out,
               [&] { writer.u32(*capabilities.four_octet_as); });
  }
  capability_list(CapabilityCode::AddPath, capabilities.add_paths, 4, writer, out,
                  [&](const AddPath& entry) {
                    write_family(entry.family, writer);
                    writer.u8(static_cast<std::uint8_t>(entry.mode));
                  });
  flag_if(capabilities.enhanced_route_refresh, CapabilityCode::EnhancedRouteRefresh);
  if (capabilities.long_lived_graceful_restart) {
    encode_long_lived(*capabilities.long_lived_graceful_restart, writer, out);
  }
  if (capabilities.fqdn) encode_fqdn(*capabilities.fqdn, writer, out);
  for (const UnknownCapability& unknown : capabilities.unknown) {
    capability(static_cast<CapabilityCode>(unknown.code), writer, out,
               [&] { writer.bytes(unknown.value); });
  }
}

}  // namespace tern::wire
