// The octets of an RTR cache. First octet: versions. Then each PDU is decoded, encoded and decoded
// again, and the whole goes to a client, in pieces, with a clock that goes on and with connections
// that end and begin again. Whatever comes, the client's records are those of an End of Data, and
// its table answers as a list of the records does.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "fuzz/check.h"

namespace {

using namespace tern;
using namespace tern::rpki;
using tern::fuzz::check;

void decode_again(Bytes octets) {
  while (!octets.empty()) {
    const auto next = next_pdu(octets);
    const auto* frame = std::get_if<Frame>(&next);
    if (frame == nullptr) {
      check(std::holds_alternative<Fault>(next) || octets.size() < kMaxPdu);
      return;
    }
    octets = octets.subspan(frame->octets.size());
    if (frame->version > kHighestVersion) continue;
    const auto pdu = decode(*frame);
    if (!pdu.ok()) {
      check(!pdu.error().text.empty());
      continue;
    }
    if (std::holds_alternative<RouterKey>(*pdu)) continue;
    std::vector<std::byte> out;
    encode(*pdu, frame->version, out);
    const auto again = next_pdu(out);
    check(std::holds_alternative<Frame>(again));
    const auto back = decode(std::get<Frame>(again));
    check(back.ok());
    if (!std::holds_alternative<ErrorReport>(*pdu)) check(*back == *pdu);  // its texts are cut
  }
}

// A connection that takes everything.
class Connection : public RtrClient::Rim {
 public:
  void open() override { opening = true; }
  void close() override { open_now = opening = false; }
  void send(Bytes octets) override {
    check(open_now);
    const auto next = next_pdu(octets);
    check(std::get<Frame>(next).octets.size() == octets.size());
    check(decode(std::get<Frame>(next)).ok());
  }
  void wake_at(std::optional<Time> when) override { wake = when; }
  void on_data(const CacheData& data) override { check((data.vrps == nullptr) == !data.aspas); }
  void on_state(RtrClient::State from, RtrClient::State to) override { check(from != to); }
  void on_error_report(const ErrorReport&, bool) override {}
  void on_down(std::string_view why) override {
    check(!why.empty() && why.find('\n') == std::string_view::npos);
  }

  bool opening = false;
  bool open_now = false;
  std::optional<Time> wake;
};

void check_table(const policy::VrpTable& table) {
  std::vector<policy::Vrp> all;
  table.for_each([&](const policy::Vrp& vrp) {
    all.push_back(vrp);
    return true;
  });
  check(all.size() == table.size() && std::is_sorted(all.begin(), all.end()));
  for (std::size_t i = 0; i < all.size() && i < 32; ++i) {
    const policy::Vrp& sought = all[i];
    policy::OriginState expected = policy::OriginState::NotFound;
    for (const policy::Vrp& vrp : all) {
      if (!vrp.prefix.covers(sought.prefix)) continue;
      const bool match =
          vrp.asn == sought.asn && vrp.asn != 0 && vrp.max_length >= sought.prefix.length();
      if (match) expected = policy::OriginState::Valid;
      if (expected == policy::OriginState::NotFound) expected = policy::OriginState::Invalid;
    }
    check(table.validate(sought.prefix, sought.asn) == expected);
    check(table.contains(sought));
  }
}

void run(Bytes octets, unsigned versions) {
  RtrConfig config;
  config.min_version = static_cast<std::uint8_t>(std::min(versions % 4, 2U));
  config.max_version =
      std::max(config.min_version, static_cast<std::uint8_t>(std::min(versions / 4 % 4, 2U)));
  config.max_records = 200;
  Connection rim;
  RtrClient client(rim, config);
  Time now = std::chrono::hours(1);
  client.start(now);
  std::size_t piece = 1 + versions / 16;
  for (int turn = 0; turn < 64; ++turn) {
    if (rim.opening) {
      rim.opening = false;
      rim.open_now = true;
      client.connected(now);
    }
    const std::uint64_t updates = client.status().updates;
    const CacheData before = client.data();
    if (rim.open_now && !octets.empty()) {
      const Bytes given = octets.first(std::min(octets.size(), piece));
      const std::size_t used = client.receive(given, now);
      check(used <= given.size());
      octets = octets.subspan(used);
      piece = used == 0 ? piece * 2 : piece;
      if (!rim.open_now || rim.opening) piece = std::max<std::size_t>(piece / 2, 8);
      if (client.data() && !(client.data() == before)) check(client.status().updates > updates);
    } else if (rim.open_now) {
      rim.open_now = false;
      client.failed("closed", now);
    } else {
      check(rim.wake.has_value());
      now = std::max(now, *rim.wake);
      client.tick(now);
    }
    if (client.data() && !(client.data() == before)) check_table(*client.data().vrps);
  }
  client.stop(now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes octets = std::as_bytes(std::span(data + 1, size - 1));
  decode_again(octets);
  run(octets, data[0]);
  return 0;
}
