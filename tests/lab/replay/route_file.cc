#include "tests/lab/replay/route_file.h"

#include <optional>
#include <sstream>
#include <string_view>

#include "rib/types/community.h"
#include "rib/types/decimal.h"

namespace tern::replay {
namespace {

struct Line {
  Prefix prefix;
  PathAttributes attributes;
};

// What is wrong with a line; empty: nothing.
using Fault = std::string;

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

Fault read_as_path(const std::string& text, PathAttributes& attributes) {
  if (text == "-") return {};
  std::vector<Asn> asns;
  for (const std::string& word : split(text, ',')) {
    const auto asn = parse_asn(word);
    if (!asn) return "'" + word + "' is no AS number";
    asns.push_back(*asn);
  }
  attributes.as_path = AsPath::sequence(std::move(asns));
  return {};
}

Fault read_communities(const std::string& text, PathAttributes& attributes) {
  if (text == "-") return {};
  for (const std::string& word : split(text, ',')) {
    if (const auto standard = parse_community(word)) {
      attributes.communities.push_back(*standard);
    } else if (const auto large = parse_large_community(word)) {
      attributes.large_communities.push_back(*large);
    } else if (const auto extended = parse_extended_community(word)) {
      attributes.extended_communities.push_back(*extended);
    } else {
      return "'" + word + "' is no community";
    }
  }
  attributes.normalise();
  return {};
}

Fault read_option(const std::string& word, PathAttributes& attributes) {
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (name == "med") {
    attributes.med = parse_decimal<std::uint32_t>(value);
    return attributes.med ? Fault() : "'" + value + "' is no MED";
  }
  if (name != "origin") return "'" + word + "' is neither med=N nor origin=WORD";
  for (const Origin origin : {Origin::Igp, Origin::Egp, Origin::Incomplete}) {
    if (value == to_string(origin)) {
      attributes.origin = origin;
      return {};
    }
  }
  return "'" + value + "' is no origin: igp, egp or incomplete";
}

Fault read_line(std::istringstream& words, const std::string& first, Line& line) {
  std::string next_hop;
  std::string as_path;
  std::string communities;
  if (!(words >> next_hop >> as_path >> communities)) {
    return "expected PREFIX NEXT-HOP AS-PATH COMMUNITIES";
  }
  const auto prefix = Prefix::parse(first);
  if (!prefix) return "'" + first + "' is no prefix";
  const auto address = IpAddress::parse(next_hop);
  if (!address) return "'" + next_hop + "' is no next hop";
  line.prefix = *prefix;
  line.attributes.next_hop = {*address, std::nullopt};
  line.attributes.origin = Origin::Igp;
  if (Fault fault = read_as_path(as_path, line.attributes); !fault.empty()) return fault;
  if (Fault fault = read_communities(communities, line.attributes); !fault.empty()) return fault;
  for (std::string word; words >> word;) {
    if (Fault fault = read_option(word, line.attributes); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace

Result<std::vector<RouteGroup>, std::string> read_routes(std::istream& in) {
  std::vector<RouteGroup> groups;
  std::size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    std::istringstream words(text.substr(0, text.find('#')));
    std::string first;
    if (!(words >> first)) continue;
    Line line;
    if (const Fault fault = read_line(words, first, line); !fault.empty()) {
      return "line " + std::to_string(number) + ": " + fault;
    }
    const bool same =
        !groups.empty() &&
        groups.back().prefixes.back().family == unicast(line.prefix.address().version()) &&
        groups.back().attributes == line.attributes;
    if (!same) groups.push_back({std::move(line.attributes), {}});
    groups.back().prefixes.push_back(unicast(line.prefix));
  }
  return groups;
}

}  // namespace tern::replay
