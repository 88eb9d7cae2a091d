// Every message of ExaBGP's encoding tests: the line before the bytes says in ExaBGP's command
// language what they mean, and what Tern reads must be that.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/open.h"
#include "tests/unit/wire/conformance_data.h"

namespace tern::wire {
namespace {

struct Sample {
  std::string file;
  std::vector<std::string> commands;  // what the message says; may be empty
  Buffer message;
};

// A message that Tern does not take, and why that is right.
struct Exception {
  const char* file;
  const char* command;  // how it begins
  const char* outcome;
  const char* why;
};

constexpr Exception kExceptions[] = {
    {"extended-nexthop.ci", "announce ipv6 unicast", "UPDATE session-reset",
     "an IPv6 route with an IPv4 next hop: RFC 8950 has only the other direction"},
    {"conf-generic-attribute.ci", "announce route 101.101.101.101/32", "UPDATE treat-as-withdraw",
     "an attribute nobody knows with the flags of a well-known one, RFC 7606 section 3 c"},
    {"conf-generic-attribute.ci", "announce route 111.111.111.111/32", "UPDATE treat-as-withdraw",
     "the same with the extended length"},
};

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// "12:raw:FFFF..." gives "12", "raw" and the rest.
bool split_line(const std::string& line, std::string& kind, std::string& rest) {
  const auto first = line.find(':');
  const auto second = first == std::string::npos ? first : line.find(':', first + 1);
  if (second == std::string::npos || first == 0) return false;
  if (!std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(first), isdigit))
    return false;
  kind = line.substr(first + 1, second - first - 1);
  rest = line.substr(second + 1);
  return true;
}

std::vector<Sample> samples(const std::filesystem::path& folder) {
  std::vector<Sample> all;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".ci") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream input(file);
    std::vector<std::string> commands;
    std::string kind;
    std::string rest;
    for (std::string line; std::getline(input, line);) {
      if (!split_line(line, kind, rest)) continue;
      if (kind == "cmd") commands.push_back(rest);
      if (kind != "raw") continue;
      all.push_back({file.filename().string(), commands, hex(rest)});
      commands.clear();
    }
  }
  return all;
}

// A sample does not name the kind of session. UPDATEs with LOCAL_PREF are internal (RFC 4271
// section 5.1.5).
UpdateContext context_of(const Sample& sample, Bytes body) {
  UpdateContext context;
  context.ibgp = has_attribute(body, 5);
  context.aigp = true;
  context.reject_as_sets = false;
  context.four_octet_as = sample.file != "conf-no-asn4.ci";
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  context.extended_next_hop = {Family::Ipv4Unicast};
  for (const std::string& command : sample.commands) {
    if (command.find("path-information") != std::string::npos) context.add_path = context.families;
  }
  return context;
}

// The words after `name`, up to the closing bracket where one opens.
std::vector<std::string> argument(const std::vector<std::string>& command, const char* name) {
  const auto at = std::find(command.begin(), command.end(), name);
  if (at == command.end() || at + 1 == command.end()) return {};
  std::vector<std::string> values;
  for (auto value = at + 1; value != command.end(); ++value) {
    std::string word = *value;
    const bool opens = value == at + 1 && word.front() == '[';
    const bool list = opens || !values.empty() || (value != at + 1);
    const bool closes = word.back() == ']';
    word.erase(
        std::remove_if(word.begin(), word.end(), [](char c) { return c == '[' || c == ']'; }),
        word.end());
    if (!word.empty()) values.push_back(word);
    if (closes || (!opens && !list) || (value == at + 1 && !opens)) break;
  }
  return values;
}

// Tern's reading of a community is that of the command when both print alike; ExaBGP's names and
// numbers of two notations are compared by value.
template <typename Community, typename Parse>
void expect_communities(const std::vector<std::string>& said, const std::vector<Community>& read,
                        Parse parse) {
  EXPECT_EQ(said.size(), read.size());
  for (const std::string& text : said) {
    const auto community = parse(text);
    if (!community) continue;
    EXPECT_NE(std::find(read.begin(), read.end(), *community), read.end()) << text;
  }
}

void expect_attributes(const std::vector<std::string>& command, const PathAttributes& read) {
  if (const auto value = argument(command, "origin"); !value.empty()) {
    EXPECT_EQ(tern::to_string(read.origin), value[0]);
  }
  if (const auto value = argument(command, "local-preference"); !value.empty()) {
    EXPECT_EQ(read.local_pref, std::stoul(value[0]));
  }
  if (const auto value = argument(command, "med"); !value.empty()) {
    EXPECT_EQ(read.med, std::stoul(value[0]));
  }
  std::string path;
  for (const std::string& asn : argument(command, "as-path"))
    path += (path.empty() ? "" : " ") + asn;
  EXPECT_EQ(read.as_path.to_string(), path);
  EXPECT_EQ(read.atomic_aggregate,
            std::find(command.begin(), command.end(), "atomic-aggregate") != command.end());
  if (const auto value = argument(command, "aggregator"); !value.empty()) {
    ASSERT_TRUE(read.aggregator);
    EXPECT_EQ(std::to_string(read.aggregator->asn) + ":" + read.aggregator->address.to_string(),
              value[0]);
  }
  if (const auto value = argument(command, "originator-id"); !value.empty()) {
    ASSERT_TRUE(read.originator_id);
    EXPECT_EQ(read.originator_id->to_string(), value[0]);
  }
  EXPECT_EQ(argument(command, "cluster-list").size(), read.cluster_list.size());
  expect_communities(argument(command, "community"), read.communities, parse_community);
  expect_communities(argument(command, "large-community"), read.large_communities,
                     parse_large_community);
}

// The prefix a command names, for the families Tern routes.
std::optional<Prefix> prefix_of(const std::vector<std::string>& command) {
  const bool labelled = std::find(command.begin(), command.end(), "label") != command.end() ||
                        std::find(command.begin(), command.end(), "rd") != command.end();
  if (labelled || command.size() < 3) return std::nullopt;
  if (command[1] == "route") return Prefix::parse(command[2]);
  const bool unicast = command.size() > 3 && command[2] == "unicast" && command[0] != "eor";
  if (unicast && command[1] != "eor") return Prefix::parse(command[3]);
  return std::nullopt;
}

void expect_end_of_rib(const std::vector<std::string>& command, const UpdateMessage& read) {
  if (command.at(3) != "unicast") {
    EXPECT_FALSE(read.end_of_rib);
    return;
  }
  ASSERT_TRUE(read.end_of_rib);
  EXPECT_EQ(to_string(*read.end_of_rib), command.at(2) + "-unicast");
}

bool holds(const std::vector<Nlri>& list, const Prefix& prefix) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Nlri& nlri) { return nlri.prefix == prefix; });
}

void expect_announced(const std::vector<std::string>& command, const Prefix& prefix,
                      const UpdateMessage& read) {
  const bool mp = read.has_mp_reach;
  EXPECT_TRUE(holds(mp ? read.mp_reach.prefixes : read.announced, prefix)) << prefix.to_string();
  const NextHop& next_hop = mp ? read.mp_reach.next_hop : read.attributes.next_hop;
  const auto said = argument(command, "next-hop");
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(next_hop.global, IpAddress::parse(said[0])) << next_hop.global.to_string();
  expect_attributes(command, read.attributes);
}

// True when the command was one of a route or marker Tern knows, and so was compared.
bool expect_as_said(const std::string& text, const UpdateMessage& read) {
  const auto command = words(text);
  if (command.size() > 3 && command[1] == "eor") {
    expect_end_of_rib(command, read);
    return true;
  }
  const auto prefix = prefix_of(command);
  if (!prefix) return false;
  if (command[0] == "withdraw") {
    EXPECT_TRUE(holds(read.has_mp_unreach ? read.mp_unreach.prefixes : read.withdrawn, *prefix));
  } else {
    expect_announced(command, *prefix, read);
  }
  return true;
}

const Exception* exception_of(const Sample& sample) {
  for (const Exception& exception : kExceptions) {
    if (sample.file == exception.file && !sample.commands.empty() &&
        sample.commands[0].rfind(exception.command, 0) == 0) {
      return &exception;
    }
  }
  return nullptr;
}

std::string check_update(const Sample& sample, Bytes body, std::size_t& compared) {
  const UpdateContext context = context_of(sample, body);
  UpdateMessage update;
  const bool reset = decode_update(body, context, update).has_value();
  const std::string result = outcome(update, reset);
  if (const Exception* exception = exception_of(sample)) {
    EXPECT_EQ(result, exception->outcome) << exception->why;
    return result;
  }
  EXPECT_FALSE(reset);
  EXPECT_LT(update.treatment, Treatment::TreatAsWithdraw)
      << (update.faults.empty() ? "" : update.faults.front().what);
  bool known = false;
  for (const std::string& command : sample.commands) known |= expect_as_said(command, update);
  compared += known ? 1 : 0;
  expect_round_trip(update, context);
  return result;
}

std::string check_open(Bytes body) {
  const auto open = decode_open(body);
  EXPECT_TRUE(open.ok());
  if (!open.ok()) return "OPEN refused";
  Buffer out;
  encode_open(*open, out);
  const auto again = decode_open(body_of(out));
  EXPECT_TRUE(again.ok() && *again == *open);
  return "OPEN";
}

TEST(Conformance, ExaBgpEncodings) {
  const auto folder = conformance_data("exabgp-encoding");
  if (!folder) GTEST_SKIP() << "no conformance/exabgp-encoding; set TERN_DATA to have it";
  Counts counts;
  std::size_t compared = 0;
  const auto all = samples(*folder);
  for (const Sample& sample : all) {
    SCOPED_TRACE(sample.file + ": " + (sample.commands.empty() ? "" : sample.commands[0]));
    const auto framed = next_message(sample.message, kMaxExtendedMessage);
    ASSERT_TRUE(std::holds_alternative<Frame>(framed));
    const Frame& frame = std::get<Frame>(framed);
    ASSERT_EQ(frame.message.size(), sample.message.size());
    std::string result(to_string(frame.type));
    if (frame.type == MessageType::Update) result = check_update(sample, frame.body, compared);
    if (frame.type == MessageType::Open) result = check_open(frame.body);
    if (frame.type == MessageType::Notification) {
      EXPECT_NE(decode_notification(frame.body).code, static_cast<ErrorCode>(0));
    }
    ++counts[result];
  }
  std::cout << all.size() << " messages, " << compared
            << " UPDATEs compared with their command:" << to_string(counts) << "\n";
  EXPECT_GE(all.size(), 166U);
  EXPECT_GE(compared, 90U);
  EXPECT_EQ(counts["UPDATE without routes"], 0U);
}

}  // namespace
}  // namespace tern::wire
