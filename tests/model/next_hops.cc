#include "tests/model/next_hops.h"

#include <algorithm>
#include <functional>

namespace tern::model {
namespace {

// The n-th neighbor on the exchange LAN.
IpAddress neighbor(std::uint32_t n, IpVersion version) {
  if (version == IpVersion::V4) return IpAddress::v4(0xC0000200 + n);
  return *IpAddress::parse("2001:db8::" + std::string(1, "0123456789abcdef"[n]));
}

std::vector<IpAddress> addresses(std::initializer_list<const char*> texts) {
  std::vector<IpAddress> all;
  for (const char* text : texts) all.push_back(*IpAddress::parse(text));
  return all;
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kAll{
      {*Prefix::parse("198.51.100.0/30"), 4, {}, true, false},
      {*Prefix::parse("192.0.2.4/30"), 6, IpAddress::parse("192.0.2.9"), false, false},
      {*Prefix::parse("100.64.1.7/32"), 0, {}, false, true},
      {*Prefix::parse("2001:db8:1::/64"), 2, {}, true, false}};
  return kAll;
}

const std::vector<IpAddress>& far_next_hops(IpVersion version) {
  static const std::vector<IpAddress> kV4 = addresses({"198.51.100.1", "10.1.0.9", "100.64.1.7"});
  static const std::vector<IpAddress> kV6 = addresses({"2001:db8:1::9", "3fff:4::9"});
  return version == IpVersion::V4 ? kV4 : kV6;
}

// The host reaches the first far next hop at first.
Host first_host() {
  Host host;
  for (const IpVersion version : {IpVersion::V4, IpVersion::V6}) {
    for (const IpAddress& far : far_next_hops(version)) host.routes[far] = std::nullopt;
  }
  host.routes.erase(far_next_hops(IpVersion::V4).front());
  return host;
}

IpAddress change_next_hop(std::uint32_t a, std::uint32_t b, Host& host) {
  constexpr std::uint32_t kNeighbors = 12;
  constexpr std::uint32_t kFar = 10;
  const std::uint32_t number = a % (2 * kNeighbors + kFar);
  const IpVersion version = number % 2 == 0 ? IpVersion::V4 : IpVersion::V6;
  IpAddress next_hop = neighbor(1 + number / 2 % kNeighbors, version);
  const bool is_far = number >= 2 * kNeighbors;
  const std::vector<IpAddress>& far = far_next_hops(version);
  if (is_far) next_hop = far[number / 2 % far.size()];
  constexpr std::uint32_t kMetrics = 3;
  const std::uint32_t state = is_far ? b % 8 : b % 4;
  if (state == 0 || state > 3) {
    host.routes[next_hop] = std::nullopt;
  } else if (state == 1) {
    host.routes.erase(next_hop);
  } else {
    host.routes[next_hop] = 10 * (1 + b / 8 % kMetrics);
  }
  return next_hop;
}

void configure_next_hops(std::uint32_t a, Host& host) {
  host.via_bgp = a % 4 != 0;
  host.via_default = a / 4 % 3 == 0;
  host.has_entries = a / 12 % 2 == 0;
}

std::string describe(const Host& host, const IpAddress& next_hop) {
  const auto found = host.routes.find(next_hop);
  if (found == host.routes.end()) return next_hop.to_string() + " is connected";
  if (!found->second) return next_hop.to_string() + " is unresolved";
  return next_hop.to_string() + " has metric " + std::to_string(*found->second);
}

std::string describe_settings(const Host& host) {
  std::string text = host.via_bgp ? "received routes" : "only routes of the host";
  text += " resolve next hops";
  if (host.via_default) text += ", also a default route";
  return text + (host.has_entries ? ", and there are entries" : ", and there are no entries");
}

pipeline::NextHopSettings settings_of(const Host& host) {
  pipeline::NextHopSettings settings;
  settings.enabled = true;
  settings.via_bgp = host.via_bgp;
  settings.via_default = host.via_default;
  if (!host.has_entries) return settings;
  for (const Entry& entry : entries()) {
    settings.statics.push_back({entry.prefix, entry.metric, entry.via,
                                entry.on_interface ? kInterface : "", entry.unreachable});
  }
  std::ranges::stable_sort(settings.statics, std::greater{},
                           [](const auto& entry) { return entry.prefix.length(); });
  return settings;
}

std::optional<pipeline::NextHopRoute> HostKernel::look_up(const IpAddress& address) {
  pipeline::NextHopRoute route;
  const auto found = host_.routes.find(address);
  if (found == host_.routes.end()) {
    route.state = pipeline::NextHopState::Connected;
  } else if (found->second) {
    route.state = pipeline::NextHopState::Kernel;
    route.metric = *found->second;
  }
  return route;
}

std::optional<unsigned> HostKernel::interface_up(const std::string& name) {
  return name == kInterface && host_.link ? std::optional(1U) : std::nullopt;
}

}  // namespace tern::model
