// Every BGP message in the captures of tcpdump's tests and of PacketLife: real routers, and the
// inputs with which fuzzers broke other decoders. Each message is read in the state its session has
// (from the OPENs in the capture) and must end in exactly one outcome; what tcpdump printed of the
// sound captures must be what Tern reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/route_refresh.h"
#include "tests/unit/wire/capture.h"
#include "tests/unit/wire/conformance_data.h"

namespace tern::wire {
namespace {

// What a capture was read as, in the terms of tcpdump's text.
struct Reading {
  Counts counts;                         // by outcome, of every message
  std::multiset<std::string> messages;   // "Update 95"
  std::multiset<std::string> updated;    // IPv4 prefixes of the message's own field
  std::multiset<std::string> withdrawn;  // likewise
  std::multiset<std::string> next_hops;  // of NEXT_HOP
};

// What both directions of a connection have said in their OPENs.
struct Sessions {
  std::map<std::string, OpenMessage> opens;  // by source

  [[nodiscard]] UpdateContext context(const Stream& stream) const;
};

bool both_have_add_path(const OpenMessage& sender, const OpenMessage& receiver) {
  const auto mode = [](const OpenMessage& open) {
    for (const AddPath& entry : open.capabilities.add_paths) {
      if (entry.family == afi_safi(Family::Ipv4Unicast)) return entry.mode;
    }
    return AddPathMode::None;
  };
  return can_send(mode(sender)) && can_receive(mode(receiver));
}

UpdateContext Sessions::context(const Stream& stream) const {
  UpdateContext context;
  context.ibgp = true;
  context.aigp = true;
  context.reject_as_sets = false;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  context.extended_next_hop = {Family::Ipv4Unicast};
  const auto sender = opens.find(stream.source);
  const auto receiver = opens.find(stream.destination);
  if (sender == opens.end() || receiver == opens.end()) return context;
  context.four_octet_as = sender->second.capabilities.four_octet_as.has_value() &&
                          receiver->second.capabilities.four_octet_as.has_value();
  if (both_have_add_path(sender->second, receiver->second)) context.add_path = context.families;
  return context;
}

// Where the OPENs are not in the capture: the reading in which the attributes have no fault, as
// tcpdump finds the width of AS numbers.
bool decode_guessing(Bytes body, UpdateContext& context, bool opens_seen, UpdateMessage& update) {
  bool reset = decode_update(body, context, update).has_value();
  if (opens_seen || update.treatment < Treatment::TreatAsWithdraw) return reset;
  UpdateContext other = context;
  other.four_octet_as = !other.four_octet_as;
  UpdateMessage guess;
  const bool guess_reset = decode_update(body, other, guess).has_value();
  if (guess.treatment >= update.treatment) return reset;
  context = other;
  update = guess;
  return guess_reset;
}

class CaptureReader {
 public:
  // add_path: what tcpdump's text says where no OPEN does.
  explicit CaptureReader(bool add_path) : add_path_(add_path) {}

  Reading read(const std::vector<Stream>& streams) {
    for (const Stream& stream : streams) find_opens(stream);
    for (const Stream& stream : streams) {
      for (const Buffer& run : stream.runs) read_run(stream, run);
    }
    return reading_;
  }

 private:
  // Calls `each` with every frame; a run begins anywhere and goes on at the next marker after what
  // cannot be a message.
  template <typename EachFrame, typename EachFault>
  static void frames(Bytes run, EachFrame each, EachFault fault) {
    while (!run.empty()) {
      const auto next = next_message(run, kMaxExtendedMessage);
      if (std::holds_alternative<Frame>(next)) {
        each(std::get<Frame>(next));
        run = run.subspan(std::get<Frame>(next).message.size());
        continue;
      }
      const bool cut = std::holds_alternative<NeedMore>(next);
      const bool lost =
          !cut && std::get<Notification>(next).subcode == header_error::kNotSynchronised;
      fault(cut ? "cut by the capture" : lost ? "octets between messages" : "header fault");
      run = next_marker(run.subspan(1));
    }
  }

  static Bytes next_marker(Bytes bytes) {
    const Buffer marker = repeat(16, 0xFF);
    const auto at = std::search(bytes.begin(), bytes.end(), marker.begin(), marker.end());
    return bytes.subspan(static_cast<std::size_t>(at - bytes.begin()));
  }

  void find_opens(const Stream& stream) {
    for (const Buffer& run : stream.runs) {
      frames(
          run,
          [&](const Frame& frame) {
            if (frame.type != MessageType::Open) return;
            const auto open = decode_open(frame.body);
            if (open.ok()) sessions_.opens.insert_or_assign(stream.source, *open);
          },
          [](const char*) {});
    }
  }

  void read_run(const Stream& stream, const Buffer& run) {
    frames(
        run, [&](const Frame& frame) { ++reading_.counts[read_frame(stream, frame)]; },
        [&](const char* what) { ++reading_.counts[what]; });
  }

  std::string read_frame(const Stream& stream, const Frame& frame) {
    const std::string size = std::to_string(frame.message.size());
    switch (frame.type) {
      case MessageType::Open:
        reading_.messages.insert("Open " + size);
        return decode_open(frame.body).ok() ? "OPEN" : "OPEN refused";
      case MessageType::Update:
        reading_.messages.insert("Update " + size);
        return read_update(stream, frame.body);
      case MessageType::Notification:
        reading_.messages.insert("Notification " + size);
        EXPECT_NE(decode_notification(frame.body).code, static_cast<ErrorCode>(0));
        return "NOTIFICATION";
      case MessageType::Keepalive:
        reading_.messages.insert("Keepalive " + size);
        return "KEEPALIVE";
      case MessageType::RouteRefresh:
        reading_.messages.insert("Route Refresh " + size);
        return decode_route_refresh(frame.body, true).ok() ? "ROUTE-REFRESH"
                                                           : "ROUTE-REFRESH refused";
    }
    return "unclassified";
  }

  std::string read_update(const Stream& stream, Bytes body) {
    UpdateContext context = sessions_.context(stream);
    // The capture does not name the kind of session. UPDATEs with LOCAL_PREF are internal (RFC 4271
    // section 5.1.5).
    context.ibgp = has_attribute(body, 5);
    const bool opens_seen =
        sessions_.opens.count(stream.source) != 0 && sessions_.opens.count(stream.destination) != 0;
    if (!opens_seen && add_path_) context.add_path = context.families;
    UpdateMessage update;
    const bool reset = decode_guessing(body, context, opens_seen, update);
    EXPECT_EQ(reset, update.treatment == Treatment::SessionReset);
    if (!reset) note_routes(update);
    expect_round_trip(update, context);
    return outcome(update, reset);
  }

  void note_routes(const UpdateMessage& update) {
    for (const Nlri& nlri : update.announced) reading_.updated.insert(nlri.prefix.to_string());
    for (const Nlri& nlri : update.withdrawn) reading_.withdrawn.insert(nlri.prefix.to_string());
    if (update.has_next_hop && !update.announced.empty()) {
      reading_.next_hops.insert(update.attributes.next_hop.global.to_string());
    }
  }

  bool add_path_;
  Sessions sessions_;
  Reading reading_;
};

// ---- tcpdump's text

struct Text {
  bool exists = false;
  bool complaint = false;  // tcpdump found something wrong itself, or could not tell
  bool add_path = false;
  Reading reading;
};

std::string first_word(const std::string& line) {
  std::istringstream stream(line);
  std::string word;
  stream >> word;
  return word;
}

Text parse_text(const std::filesystem::path& file) {
  Text text;
  std::ifstream input(file);
  text.exists = input.good();
  std::multiset<std::string>* list = nullptr;
  std::string next_hop;
  for (std::string line; std::getline(input, line);) {
    for (const char* sign : {"[|bgp]", "illegal", "invalid", "too short", "truncated"}) {
      text.complaint |= line.find(sign) != std::string::npos;
    }
    text.add_path |= line.find("Path Id:") != std::string::npos;
    const auto message = line.find(" Message (");
    if (line.rfind('\t', 0) == 0 && line.rfind("\t ", 0) != 0 && message != std::string::npos) {
      const auto length = line.find("length: ");
      text.reading.messages.insert(line.substr(1, message - 1) + " " +
                                   std::to_string(std::stoul(line.substr(length + 8))));
      list = nullptr;
    } else if (line.rfind("\t  Updated routes:", 0) == 0) {
      list = &text.reading.updated;
      text.reading.next_hops.insert(next_hop);
    } else if (line.rfind("\t  Withdrawn routes:", 0) == 0) {
      list = &text.reading.withdrawn;
    } else if (line.rfind("\t  Next Hop (3)", 0) == 0) {
      next_hop = line.substr(line.rfind(' ') + 1);  // beside MP_REACH_NLRI alone it is ignored
      list = nullptr;
    } else if (line.rfind("\t    ", 0) == 0 && list != nullptr) {
      list->insert(first_word(line));
    } else {
      list = nullptr;
    }
  }
  return text;
}

void expect_same(const Text& text, const Reading& reading) {
  EXPECT_EQ(text.reading.messages, reading.messages);
  EXPECT_EQ(text.reading.updated, reading.updated);
  EXPECT_EQ(text.reading.withdrawn, reading.withdrawn);
  EXPECT_EQ(text.reading.next_hops, reading.next_hops);
}

// The captures that are not sound, and how many of their messages end how. All others must not have
// a single such message.
struct Unsound {
  const char* file;
  std::size_t resets;
  std::size_t withdraws;
  std::size_t refused;  // OPENs
  std::size_t header_faults;
  const char* why;
};

constexpr Unsound kUnsound[] = {
    {"bgp-addpath.pcap", 1, 0, 0, 0, "made by hand: MP_REACH_NLRI twice, flags of well-known ones"},
    {"bgp-aigp-oobr.pcap", 112, 2, 0, 0, "fuzzed: attributes past their list"},
    {"bgp-as-path-oobr.pcap", 196, 2, 0, 0, "fuzzed: attributes past their list, segments"},
    {"bgp-bgp_capabilities_print-oobr-1.pcap", 0, 0, 1, 0, "fuzzed: a capability past the end"},
    {"bgp-bgp_capabilities_print-oobr-2.pcap", 0, 0, 1, 0, "fuzzed: a capability past the end"},
    {"bgp-bgpsec.pcap", 0, 20, 0, 0, "BGPsec_PATH in place of AS_PATH, which is then missing"},
    {"bgp-infinite-loop.pcap", 0, 0, 0, 4, "lengths that no message has"},
    {"bgp-ub.pcap", 14, 0, 0, 1, "fuzzed"},
    {"bgp_mp_reach_nlri-oobr.pcap", 6, 0, 0, 0, "fuzzed"},
    {"bgp_mvpn_6_and_7_oobr.pcap", 1, 0, 0, 0, "fuzzed"},
    {"bgp_pmsi_tunnel-oobr.pcap", 1, 0, 0, 0, "fuzzed"},
    {"bgp_vpn_rt-oobr.pcap", 3, 0, 0, 0, "fuzzed"},
    {"bgpsec_invalid_signature_block_length.pcap", 0, 1, 0, 0, "BGPsec_PATH in place of AS_PATH"},
};

void expect_outcomes(const std::string& file, const Counts& counts) {
  const auto count = [&](const char* outcome) {
    const auto found = counts.find(outcome);
    return found == counts.end() ? 0 : found->second;
  };
  Unsound expected{"", 0, 0, 0, 0, "a sound capture"};
  for (const Unsound& row : kUnsound) {
    if (file == row.file) expected = row;
  }
  EXPECT_EQ(count("UPDATE session-reset"), expected.resets) << expected.why;
  EXPECT_EQ(count("UPDATE treat-as-withdraw"), expected.withdraws) << expected.why;
  EXPECT_EQ(count("OPEN refused"), expected.refused) << expected.why;
  EXPECT_EQ(count("header fault"), expected.header_faults) << expected.why;
  EXPECT_EQ(count("ROUTE-REFRESH refused"), 0U);
}

void read_folder(const char* name, Counts& total, std::size_t& files, std::size_t& compared) {
  const auto folder = conformance_data(name);
  ASSERT_TRUE(folder);
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const auto streams = read_capture(entry.path());
    ASSERT_TRUE(streams);
    ++files;
    auto text_file = entry.path();
    const Text text = parse_text(text_file.replace_extension(".out"));
    const Reading reading = CaptureReader(text.add_path).read(*streams);
    for (const auto& [outcome, count] : reading.counts) total[outcome] += count;
    expect_outcomes(entry.path().filename().string(), reading.counts);
    if (!text.exists || text.complaint) continue;
    ++compared;
    expect_same(text, reading);
  }
}

TEST(Conformance, Captures) {
  if (!conformance_data("tcpdump-bgp") || !conformance_data("packetlife-pcap")) {
    GTEST_SKIP()
        << "no conformance/tcpdump-bgp, conformance/packetlife-pcap; set TERN_DATA to have "
           "them";
  }
  Counts total;
  std::size_t files = 0;
  std::size_t compared = 0;
  read_folder("tcpdump-bgp", total, files, compared);
  read_folder("packetlife-pcap", total, files, compared);
  std::cout << files << " captures, " << compared
            << " compared with tcpdump's text:" << to_string(total) << "\n";
  EXPECT_GE(files, 59U);
  EXPECT_EQ(total["unclassified"], 0U);
}

}  // namespace
}  // namespace tern::wire
