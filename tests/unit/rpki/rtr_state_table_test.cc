// The effect of every PDU in every state: the table below is the whole machine, but for timers.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "tests/unit/rpki/records.h"

namespace tern::rpki {
namespace {

constexpr std::uint16_t kSession = 42;

// Remembers the last thing that the client sent.
struct LastSent : RtrClient::Rim {
  void open() override {}
  void close() override {}
  void send(Bytes octets) override {
    const auto pdu = decode(std::get<Frame>(next_pdu(octets)));
    what.clear();
    if (std::holds_alternative<SerialQuery>(*pdu)) what = "Serial Query";
    if (std::holds_alternative<ResetQuery>(*pdu)) what = "Reset Query";
    if (const auto* report = std::get_if<ErrorReport>(&*pdu)) {
      what = "Error " + std::to_string(static_cast<int>(report->code));
    }
  }
  void wake_at(std::optional<Time> when) override { wake = when; }
  void on_data(const CacheData&) override {}
  void on_state(RtrClient::State, RtrClient::State) override {}
  void on_error_report(const ErrorReport&, bool) override {}
  void on_down(std::string_view) override {}
  std::string what;
  std::optional<Time> wake;
};

enum class At { ResetQuery, SerialQuery, Receiving, Synchronised, NoData };

class Machine {
 public:
  explicit Machine(At at) {
    client_.start(now_);
    client_.connected(now_);
    if (at == At::ResetQuery) return;
    if (at == At::NoData) {
      take(ErrorReport{ErrorCode::NoDataAvailable, {}, {}});
      return;
    }
    take(CacheResponse{kSession});
    if (at == At::Receiving) return;
    take(PrefixPdu{true, vrp("192.0.2.0/24", 1)});
    take(EndOfData{kSession, 7, Intervals{}});
    if (at == At::SerialQuery) client_.tick(now_ = *rim_.wake);
  }

  void take(const Pdu& pdu) { take(octets(pdu, 2)); }
  void take(const Octets& sent) { client_.receive(sent, now_); }

  // The client's answer to a PDU, its state afterwards, and whether it still has data.
  std::string after(const Octets& pdu) {
    rim_.what.clear();
    take(pdu);
    std::string line = rim_.what.empty() ? "-" : rim_.what;
    line += ", " + std::string(to_string(client_.state()));
    return line + (client_.data() ? ", data" : "");
  }

 private:
  LastSent rim_;
  RtrClient client_{rim_, {}};
  Time now_ = std::chrono::hours(1);
};

struct Row {
  const char* event;
  Octets pdu;
  std::array<const char*, 5> expected;  // by At
};

std::vector<Row> table() {
  const char* const kRefused = "Error 0, waiting";
  const char* const kRefusedWithData = "Error 0, waiting, data";
  const std::array<const char*, 5> out_of_place{kRefused, kRefusedWithData, kRefused,
                                                kRefusedWithData, kRefused};
  const auto in_answer = [&](const char* receiving) {
    auto row = out_of_place;
    row[2] = receiving;
    return row;
  };
  return {
      {"Serial Notify, known",
       octets(SerialNotify{kSession, 7}, 2),
       {"-, querying", "-, querying, data", "-, receiving", "-, synchronised, data",
        "Reset Query, querying"}},
      {"Serial Notify, news",
       octets(SerialNotify{kSession, 8}, 2),
       {"-, querying", "-, querying, data", "-, receiving", "Serial Query, querying, data",
        "Reset Query, querying"}},
      {"Serial Notify of another session",
       octets(SerialNotify{43, 8}, 2),
       {"-, querying", "-, querying, data", "-, receiving", "Error 0, waiting",
        "Reset Query, querying"}},
      {"Serial Query", octets(SerialQuery{kSession, 7}, 2), out_of_place},
      {"Reset Query", octets(ResetQuery{}, 2), out_of_place},
      {"Cache Response",
       octets(CacheResponse{kSession}, 2),
       {"-, receiving", "-, receiving, data", kRefused, kRefusedWithData, kRefused}},
      {"Cache Response of another session",
       octets(CacheResponse{43}, 2),
       {"-, receiving", "Error 0, waiting", kRefused, kRefusedWithData, kRefused}},
      {"IPv4 Prefix", octets(PrefixPdu{true, vrp("10.0.0.0/8", 1)}, 2), in_answer("-, receiving")},
      {"IPv6 Prefix", octets(PrefixPdu{true, vrp("2001:db8::/32", 1)}, 2),
       in_answer("-, receiving")},
      {"Router Key", raw({2, 9, 1, 0, 0, 0, 0, 32}) + Octets(24), in_answer("-, receiving")},
      {"ASPA", octets(AspaPdu{true, 1, {2}}, 2), in_answer("-, receiving")},
      {"End of Data", octets(EndOfData{kSession, 8, Intervals{}}, 2),
       in_answer("-, synchronised, data")},
      {"End of Data of another session", octets(EndOfData{43, 8, Intervals{}}, 2),
       in_answer(kRefused)},
      {"Cache Reset",
       octets(CacheReset{}, 2),
       {kRefused, "Reset Query, querying, data", kRefused, kRefusedWithData, kRefused}},
      {"No Data Available",
       octets(ErrorReport{ErrorCode::NoDataAvailable, {}, {}}, 2),
       {"-, no-data", "-, no-data, data", "-, waiting", "-, waiting, data", "-, waiting"}},
      {"Unsupported Protocol Version",
       octets(ErrorReport{ErrorCode::UnsupportedVersion, {}, {}}, 1),
       {"-, waiting", "-, waiting, data", "-, waiting", "-, waiting, data", "-, waiting"}},
      {"another Error Report",
       octets(ErrorReport{ErrorCode::InternalError, {}, {}}, 2),
       {"-, waiting", "-, waiting, data", "-, waiting", "-, waiting, data", "-, waiting"}},
      {"a PDU of another version",
       octets(CacheReset{}, 1),
       {kRefused, "Error 8, waiting, data", "Error 8, waiting", "Error 8, waiting, data",
        "Error 8, waiting"}},
      {"a type that is none",
       raw({2, 77, 0, 0, 0, 0, 0, 8}),
       {"Error 5, waiting", "Error 5, waiting, data", "Error 5, waiting", "Error 5, waiting, data",
        "Error 5, waiting"}},
      {"a length that is none", raw({2, 4, 0, 0, 0, 0, 0, 0}), out_of_place},
  };
}

TEST(RtrStateTable, EveryPduInEveryState) {
  constexpr std::array kStates{At::ResetQuery, At::SerialQuery, At::Receiving, At::Synchronised,
                               At::NoData};
  for (const Row& row : table()) {
    for (std::size_t i = 0; i < kStates.size(); ++i) {
      EXPECT_EQ(Machine(kStates[i]).after(row.pdu), row.expected[i])
          << row.event << ", column " << i;
    }
  }
}

}  // namespace
}  // namespace tern::rpki
