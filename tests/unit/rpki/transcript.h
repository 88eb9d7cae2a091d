// Transcripts of the client of a cache: what the cache does, and what the client does then, in
// lines.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "tests/unit/rpki/records.h"

namespace tern::rpki {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

inline std::string text_of(const Pdu& pdu, std::uint8_t version) {
  std::string text = "v" + std::to_string(version) + ' ';
  if (const auto* query = std::get_if<SerialQuery>(&pdu)) {
    return text + "Serial Query " + std::to_string(query->session) + '/' +
           std::to_string(query->serial);
  }
  if (std::holds_alternative<ResetQuery>(pdu)) return text + "Reset Query";
  if (const auto* report = std::get_if<ErrorReport>(&pdu)) {
    return text + "Error " + std::to_string(static_cast<int>(report->code)) + ' ' + report->text;
  }
  return text + "?";
}

// Writes down what the client wants and says, a line each.
struct Recorder : RtrClient::Rim {
  void open() override { log("open"); }
  void close() override { log("close"); }
  void send(Bytes octets) override {
    const auto next = next_pdu(octets);
    const auto& frame = std::get<Frame>(next);
    EXPECT_EQ(frame.octets.size(), octets.size());
    last_sent.assign(octets.begin(), octets.end());
    log("> " + text_of(*decode(frame), frame.version));
  }
  void wake_at(std::optional<Time> when) override { wake = when; }
  void on_data(const CacheData& data) override {
    log(data ? "data " + std::to_string(data.vrps->size()) : "no data");
  }
  void on_state(RtrClient::State, RtrClient::State to) override {
    log("= " + std::string(to_string(to)));
  }
  void on_error_report(const ErrorReport& report, bool sent) override {
    if (!sent) log("< Error " + std::to_string(static_cast<int>(report.code)));
  }
  void on_down(std::string_view why) override { log("down: " + std::string(why)); }

  void log(std::string what) { lines.push_back(std::move(what)); }
  Lines take() { return std::exchange(lines, {}); }

  Lines lines;
  Octets last_sent;
  std::optional<Time> wake;
};

// A cache of session 42, and the client that reads it.
class RtrClientTest : public testing::Test {
 protected:
  RtrClientTest() : RtrClientTest(RtrConfig{}) {}
  explicit RtrClientTest(RtrConfig config) : client(rim, config) {}

  // The cache sends a PDU.
  void cache(const Pdu& pdu, std::uint8_t version = 2) { receive(octets(pdu, version)); }
  void receive(const Octets& sent) { EXPECT_EQ(client.receive(sent, now), sent.size()); }
  void announce(const char* prefix, Asn asn, std::uint8_t version = 2) {
    cache(PrefixPdu{true, vrp(prefix, asn)}, version);
  }
  void withdraw(const char* prefix, Asn asn) { cache(PrefixPdu{false, vrp(prefix, asn)}); }
  void end_of_data(std::uint32_t serial, std::uint8_t version = 2, Intervals intervals = {}) {
    cache(EndOfData{kSession, serial, intervals}, version);
  }
  void wake() {
    ASSERT_TRUE(rim.wake.has_value());
    now = std::max(now, *std::exchange(rim.wake, std::nullopt));
    client.tick(now);
  }
  void later(Time time) {
    now += time;
    client.tick(now);
  }
  // Two records in serial 1.
  void load(std::uint8_t version = 2) {
    client.start(now);
    client.connected(now);
    cache(CacheResponse{kSession}, version);
    announce("192.0.2.0/24", 64496, version);
    announce("2001:db8::/32", 64496, version);
    end_of_data(1, version);
    ASSERT_EQ(client.state(), RtrClient::State::Synchronised);
    rim.take();
  }
  std::vector<policy::Vrp> vrps() const { return list(*client.data().vrps); }

  static constexpr std::uint16_t kSession = 42;
  Recorder rim;
  RtrClient client;
  Time now = 1h;
};

}  // namespace tern::rpki
