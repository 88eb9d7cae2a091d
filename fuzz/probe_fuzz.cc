// Messages that any host may send to the ICMP sockets of probes. Prober ignores all messages except
// an Echo Reply of our form, and only the answer to a probe under way ends that probe.
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "bgpd/probes/echo.h"
#include "bgpd/probes/prober.h"
#include "fuzz/check.h"

namespace {

using tern::IpAddress;
using tern::IpVersion;
using tern::fuzz::check;
using namespace tern::probes;

constexpr std::uint64_t kToken = 0x0102030405060708;

void check_message(IpVersion version, std::span<const std::byte> message) {
  const auto echo = parse_echo_reply(version, message);
  if (!echo) return;
  check(message.size() == kEchoOctets);
  const auto request = echo_request(version, *echo);
  check(std::memcmp(request.data() + 6, message.data() + 6, kEchoOctets - 6) == 0);

  const IpAddress host = *IpAddress::parse(version == IpVersion::V4 ? "192.0.2.1" : "2001:db8::1");
  Prober prober([] { return kToken; });
  (void)prober.configure({std::chrono::seconds(1),
                          std::chrono::milliseconds(500),
                          {{"a", "berlin", host, Method::Icmp, 0}}},
                         {});
  const auto probe = prober.next({});
  check(probe.has_value());
  const bool ours = *echo == probe->echo;
  prober.echo_came(host, *echo, std::chrono::milliseconds(1));
  check(prober.take_places().size() == (ours ? 1U : 0U));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span message(reinterpret_cast<const std::byte*>(data), size);
  check_message(IpVersion::V4, message);
  check_message(IpVersion::V6, message);
  return 0;
}
