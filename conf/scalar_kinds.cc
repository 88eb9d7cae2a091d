#include "conf/scalar_kinds.h"

#include <net/if.h>
#include <sys/un.h>

#include <algorithm>
#include <climits>

#include "conf/http_url.h"
#include "conf/iso_countries.h"
#include "conf/report.h"
#include "conf/scalars.h"
#include "policy/suggest.h"
#include "rib/types/asn.h"
#include "rib/types/community_names.h"
#include "rib/types/prefix.h"
#include "rib/types/prefix_text.h"
#include "rib/types/special_space.h"

namespace tern::conf {
namespace {

using Text = std::string_view;

constexpr Asn kLastTwoOctetAs = 65535;         // RFC 7300
constexpr Asn kLastFourOctetAs = 4294967295U;  // RFC 7300

std::string no_hint(Text /*text*/) { return {}; }

bool is_usable_asn(Text text) {
  const auto asn = parse_asn(text);
  return asn && *asn != kAsZero && *asn != kAsTrans && *asn != kLastTwoOctetAs &&
         *asn != kLastFourOctetAs;
}
std::string asn_hint(Text text) {
  const auto asn = parse_asn(text);
  if (!asn) return {};
  if (*asn == kAsZero) return "AS 0 is nobody's (RFC 7607)";
  if (*asn == kAsTrans) return "AS 23456 is AS_TRANS, nobody's (RFC 6793)";
  return "AS " + std::to_string(*asn) + " is reserved (RFC 7300)";
}
std::string asn_text(Text text) { return std::to_string(*parse_asn(text)); }

// "224.0.0.1 is in 224.0.0.0/4, multicast (RFC 5771)", where the block forbids the use.
std::string forbidden_text(Use use, const IpAddress& address) {
  const SpecialBlock* const block = forbids(use, address);
  return block == nullptr ? std::string() : address.to_string() + " is in " + block->to_string();
}

bool is_cluster_id(Text text) {
  const auto address = IpAddress::parse(text);
  return address && address->is_v4() && !address->is_unspecified();
}
std::string cluster_id_hint(Text text) {
  const auto address = IpAddress::parse(text);
  if (!address) return {};
  return address->is_v6() ? "a cluster id is four octets, written as an IPv4 address"
                          : "0.0.0.0 is no cluster id";
}

bool is_router_id(Text text) {
  const auto address = IpAddress::parse(text);
  return address && address->is_v4() && forbids(Use::Identifier, *address) == nullptr;
}
std::string router_id_hint(Text text) {
  const auto address = IpAddress::parse(text);
  if (!address) return {};
  if (address->is_v6()) return "a BGP identifier is four octets, written as an IPv4 address";
  if (address->is_unspecified()) return "0.0.0.0 is no BGP identifier (RFC 6286)";
  return forbidden_text(Use::Identifier, *address) +
         ", and there are speakers that refuse such an identifier (RFC 4271 section 6.2)";
}

bool is_address(Text text) { return IpAddress::parse(text).has_value(); }
std::string address_text(Text text) { return IpAddress::parse(text)->to_string(); }

bool is_host_address(Text text) {
  const auto address = IpAddress::parse(text);
  return address && forbids(Use::Host, *address) == nullptr;
}
std::string mapped_hint(const IpAddress& address, const std::string& text) {
  constexpr std::string_view kMapped = "::ffff:";
  const std::string written = address.to_string();
  if (written.compare(0, kMapped.size(), kMapped) != 0) return text;
  return text + "; write '" + written.substr(kMapped.size()) + "'";
}
std::string host_address_hint(Text text) {
  const auto address = IpAddress::parse(text);
  return address ? mapped_hint(*address, forbidden_text(Use::Host, *address)) : std::string();
}

// For fields that name no link: fe80::1 may be another router on each link.
bool is_routed_address(Text text) {
  const auto address = IpAddress::parse(text);
  return is_host_address(text) && !(address->is_v6() && address->is_link_local());
}
std::string routed_address_hint(Text text) {
  if (!is_host_address(text)) return host_address_hint(text);
  return "a link-local address does not say on which link";
}

bool is_prefix(Text text) { return Prefix::parse(text).has_value(); }
std::string prefix_text(Text text) { return Prefix::parse(text)->to_string(); }

// A prefix with host bits, or an address without a length.
std::string prefix_hint(Text text) {
  const Text first = text.substr(0, text.find(' '));
  const auto slash = first.find('/');
  const auto address = IpAddress::parse(first.substr(0, slash));
  if (!address || is_prefix(first)) return {};
  if (slash == Text::npos) {
    return "a prefix has a length; '" + address->to_string() + '/' +
           std::to_string(address->bits()) + "' is this address alone";
  }
  int length = 0;
  for (const char c : first.substr(slash + 1)) {
    if (c < '0' || c > '9' || length > 128) return {};
    length = length * 10 + (c - '0');
  }
  if (first.size() == slash + 1) return {};
  if (length > address->bits()) {
    return "the length is at most " + std::to_string(address->bits());
  }
  return "bits behind the length are set; did you mean '" +
         Prefix(*address, static_cast<std::uint8_t>(length)).to_string() + "'?";
}

bool is_prefix_range(Text text) { return parse_prefix_range(text).has_value(); }
std::string prefix_range_hint(Text text) {
  const auto prefix = Prefix::parse(text.substr(0, text.find(' ')));
  if (!prefix) return prefix_hint(text);
  return "behind the prefix may stand 'ge N', 'le N' or 'ge N le M', with " +
         std::to_string(prefix->length()) +
         " <= ge <= le <= " + std::to_string(prefix->address().bits());
}

bool is_prefix_or_address(Text text) { return parse_prefix_or_address(text).has_value(); }
std::string prefix_or_address_hint(Text text) {
  return text.find('/') == Text::npos ? std::string() : prefix_hint(text);
}

bool is_endpoint(Text text) { return parse_endpoint(text).has_value(); }
std::string endpoint_hint(Text text) {
  const auto address = IpAddress::parse(text);
  if (address && address->is_v4()) return "the port is missing";
  if (address)
    return "an IPv6 address stands in brackets before its port: '[" + address->to_string() +
           "]:PORT'";
  return {};
}
std::string endpoint_text(Text text) {
  const auto endpoint = *parse_endpoint(text);
  const std::string address = endpoint.address.to_string();
  return (endpoint.address.is_v6() ? '[' + address + ']' : address) + ':' +
         std::to_string(endpoint.port);
}

bool is_peer_address(Text text) {
  const auto peer = parse_peer_address(text);
  return peer && forbids(Use::Host, peer->address) == nullptr &&
         !(peer->address.is_v6() && peer->address.is_link_local() && peer->zone.empty());
}
std::string peer_address_hint(Text text) {
  const auto peer = parse_peer_address(text);
  if (!peer) {
    return text.find('/') == Text::npos ? std::string()
                                        : "a range of neighbours belongs into dynamic_peers";
  }
  if (peer->address.is_unspecified()) return "no neighbour has the unspecified address";
  if (const std::string why = forbidden_text(Use::Host, peer->address); !why.empty()) {
    return mapped_hint(peer->address, why);
  }
  return "a link-local address needs its interface: '" + peer->address.to_string() + "%eth0'";
}
std::string peer_address_text(Text text) { return parse_peer_address(text)->to_string(); }

bool is_asn_range(Text text) { return parse_asn_range(text).has_value(); }
bool starts_with_digit(Text text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

bool is_pattern(Text text) { return policy::parse_community_pattern(text).has_value(); }
bool looks_like_pattern(Text text) { return text.find(':') != Text::npos || is_pattern(text); }
bool is_any_community(Text text) { return policy::parse_any_community(text).has_value(); }
std::string pattern_hint(Text text) {
  const auto names = community_names();
  const Text name = policy::nearest_name(text, names);
  return name.empty() ? std::string() : "did you mean '" + std::string(name) + "'?";
}
std::string community_hint(Text text) {
  if (!is_pattern(text)) return pattern_hint(text);
  return "a pattern stands for many communities; one is needed here";
}

bool is_number_range(Text text) { return parse_number_range(text).has_value(); }
bool is_delta(Text text) { return parse_set_number(text).has_value(); }
bool is_med(Text text) { return text == "none" || parse_metric(text).has_value(); }
bool is_aigp(Text text) {
  const auto set = parse_metric(text);
  return set && set->op != policy::SetNumber::Op::Add && set->op != policy::SetNumber::Op::Subtract;
}
bool is_address_or_self(Text text) { return text == "self" || is_address(text); }
bool is_mode(Text text) { return parse_mode(text).has_value(); }

constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;  // unix(7)

// Why no file can have this name, whatever the machine; empty where one can.
std::string path_hint(Text text) {
  if (text.empty()) return {};
  if (text.back() == '/') return "this names a directory";
  if (text.size() >= PATH_MAX) {
    return "a path has at most " + std::to_string(PATH_MAX - 1) + " bytes, this has " +
           std::to_string(text.size());
  }
  for (Text rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('/'), rest.size());
    if (end > NAME_MAX) {
      return "a name in a path has at most " + std::to_string(NAME_MAX) + " bytes, one here has " +
             std::to_string(end);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}
bool is_path(Text text) {
  return !text.empty() && text.find('\0') == Text::npos && path_hint(text).empty();
}

bool is_socket_path(Text text) { return text.size() <= kLongestSocketPath && is_path(text); }
std::string socket_path_hint(Text text) {
  if (text.size() <= kLongestSocketPath) return path_hint(text);
  return "the path of a unix socket has at most " + std::to_string(kLongestSocketPath) +
         " bytes, this has " + std::to_string(text.size());
}

// As the kernel takes it (dev_valid_name()).
bool is_interface(Text text) {
  return !text.empty() && text.size() < IFNAMSIZ && text != "." && text != ".." &&
         std::ranges::none_of(text, [](char c) {
           return c == '/' || c == ':' || static_cast<unsigned char>(c) <= ' ';
         });
}

bool is_country_code(Text text) {
  std::string code(text);
  for (char& c : code) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return country_number(code).has_value();
}

// ISO 3166-2: the code of the country, '-', and one to three letters or digits.
bool is_subdivision_code(Text text) {
  if (text.size() < 4 || text.size() > 6 || text[2] != '-') return false;
  const Text part = text.substr(3);
  return is_country_code(text.substr(0, 2)) && std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

bool is_http_url(Text text) { return parse_http_url(text).has_value(); }

bool is_not_empty(Text text) { return !text.empty(); }  // the policy compiler reads the regex

constexpr ScalarKind kKinds[] = {
    {"host-address", "the IP address of a host", is_host_address, host_address_hint, address_text,
     "", nullptr},
    {"routed-address", "the IP address of a host", is_routed_address, routed_address_hint,
     address_text, "", nullptr},
    {"peer-address", "the IP address of a neighbour", is_peer_address, peer_address_hint,
     peer_address_text, "", nullptr},
    {"address-or-self", "an IP address or self", is_address_or_self, no_hint, nullptr, "", nullptr},
    {"prefix", "a prefix such as 192.0.2.0/24", is_prefix, prefix_hint, prefix_text, "", nullptr},
    {"prefix-or-address", "a prefix or an IP address", is_prefix_or_address, prefix_or_address_hint,
     nullptr, "", nullptr},
    {"prefix-range", "a prefix with an optional 'ge N' and 'le N'", is_prefix_range,
     prefix_range_hint, nullptr, "", nullptr},
    {"endpoint", "an address and port such as 192.0.2.1:179 or [2001:db8::1]:179", is_endpoint,
     endpoint_hint, endpoint_text, "", nullptr},
    {"asn", "an AS number such as 65000 or 1.0", is_usable_asn, asn_hint, asn_text, "", nullptr},
    {"asn-range", "an AS number or a range such as 64512-65534", is_asn_range, no_hint, nullptr, "",
     nullptr},
    {"asn-range-or-set", "an AS number, a range or the name of an as_set", is_asn_range, no_hint,
     nullptr, "as_sets", starts_with_digit},
    {"asn-or-partner", "an AS number or the name of a partner", is_usable_asn, asn_hint, asn_text,
     "partners", starts_with_digit},
    {"router-id", "a BGP identifier such as 192.0.2.1", is_router_id, router_id_hint, address_text,
     "", nullptr},
    {"cluster-id", "a cluster id such as 192.0.2.1", is_cluster_id, cluster_id_hint, address_text,
     "", nullptr},
    {"community", "a community such as 65000:100, 65000:1:2, rt:65000:100 or no-export",
     is_any_community, community_hint, nullptr, "", nullptr},
    {"community-pattern",
     "a community or pattern such as 65000:100, 65000:*, 65000:1:* or rt:65000:*", is_pattern,
     pattern_hint, nullptr, "", nullptr},
    {"community-pattern-or-set", "a community, a pattern or the name of a community_set",
     is_pattern, no_hint, nullptr, "community_sets", looks_like_pattern},
    {"range", "a number or range such as 3, 1-5, >=10 or <=32", is_number_range, no_hint, nullptr,
     "", nullptr},
    {"number-or-delta", "a number, or +N or -N", is_delta, no_hint, nullptr, "", nullptr},
    {"med", "a number, +N, -N, none, egress-cost or egress-cost/N", is_med, no_hint, nullptr, "",
     nullptr},
    {"aigp", "a number, egress-cost or egress-cost/N", is_aigp, no_hint, nullptr, "", nullptr},
    {"mode", "octal permissions such as 0660", is_mode, no_hint, nullptr, "", nullptr},
    {"name", "a name of letters, digits, '-', '_' and '.'", is_name, no_hint, nullptr, "", nullptr},
    {"path", "the path of a file", is_path, path_hint, nullptr, "", nullptr},
    {"socket-path", "the path of a unix socket", is_socket_path, socket_path_hint, nullptr, "",
     nullptr},
    {"interface", "the name of a network interface, of at most 15 bytes", is_interface, no_hint,
     nullptr, "", nullptr},
    {"country-code", "a code of ISO 3166-1 such as de", is_country_code, no_hint, nullptr, "",
     nullptr},
    {"subdivision-code", "a code of ISO 3166-2 such as US-OR", is_subdivision_code, no_hint,
     nullptr, "", nullptr},
    {"http-url", "a URL such as https://hooks.example.net/tern", is_http_url, http_url_hint,
     nullptr, "", nullptr},
    {"as-path-regex", "a regular expression such as ^65001_", is_not_empty, no_hint, nullptr, "",
     nullptr},
};

}  // namespace

const ScalarKind* scalar_kind(std::string_view name) {
  const auto* const row = std::find_if(std::begin(kKinds), std::end(kKinds),
                                       [&](const ScalarKind& kind) { return kind.name == name; });
  return row == std::end(kKinds) ? nullptr : row;
}

bool is_number_kind(std::string_view name) { return name == "duration" || name == "hold-time"; }

}  // namespace tern::conf
