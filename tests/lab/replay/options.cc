#include "tests/lab/replay/options.h"

#include <getopt.h>

#include <array>

#include "rib/types/decimal.h"

namespace tern::replay {
namespace {

constexpr char kUsage[] =
    R"(tern-replay, a BGP speaker that announces what it is given

  tern-replay --local ADDRESS --asn N --peer ADDRESS:PORT [--routes FILE]
  tern-replay --mrt FILE --mrt-peer INDEX --local ADDRESS [--asn N] --peer ADDRESS:PORT
  tern-replay --mrt FILE --mrt-peers all --local-base ADDRESS --peer ADDRESS:PORT

  --local ADDRESS        where the sessions come from
  --asn N                our AS; with --mrt-peer: instead of the one in the dump
  --identifier ADDRESS   the BGP identifier; given more than once: of one speaker after the other
  --peer ADDRESS:PORT    a neighbour ([ADDRESS]:PORT for IPv6); may be given more than once, then
                         every neighbour is advertised the same
  --routes FILE          lines: PREFIX NEXT-HOP AS-PATH COMMUNITIES [med=N] [origin=WORD]
  --mrt FILE             a table dump (TABLE_DUMP, TABLE_DUMP_V2), perhaps .gz, .bz2 or .xz
  --mrt-peer INDEX       the dump's peer to play, counted from 0
  --mrt-peers all        all of them, the first from --local-base, the others from the addresses
                         that follow, each with its AS and its BGP identifier
  --next-hop-self        instead of the dump's next hops, for routes of the family of --local
  --every N              only one of N prefixes of the dump
  --updates FILE         BGP4MP messages to send after the table; may be given more than once
  --sink                 count the routes that come, in both families; SIGUSR1 prints the report
  --held FOLDER          with --sink: SIGUSR2 writes what each session holds to LOCAL-PEER there, a
                         line per prefix with its attributes, and then a file "complete"
  --control-for ASN      routes of --mrt-peers all carry control communities for the route server
                         of that AS, drawn by prefix and speaker
  --control-seed N       of the draw, 1
  --control-every N      one route of N carries them, 5
  --report FILE          write the report there, at the end and at SIGUSR1
  --hold-time SECONDS    90
  --wait-file FILE       write "ready" there once everything has been sent on every session

Ends with Cease on SIGTERM.
)";

enum Option : int {
  kHelp = 1,
  kLocal,
  kAsn,
  kIdentifier,
  kPeer,
  kRoutes,
  kMrt,
  kMrtPeer,
  kMrtPeers,
  kNextHopSelf,
  kEvery,
  kUpdates,
  kSink,
  kHeld,
  kControlFor,
  kControlSeed,
  kControlEvery,
  kReport,
  kHoldTime,
  kWaitFile,
};

const std::array<option, 22> kOptions{{{"help", no_argument, nullptr, kHelp},
                                       {"local", required_argument, nullptr, kLocal},
                                       {"local-base", required_argument, nullptr, kLocal},
                                       {"asn", required_argument, nullptr, kAsn},
                                       {"identifier", required_argument, nullptr, kIdentifier},
                                       {"peer", required_argument, nullptr, kPeer},
                                       {"routes", required_argument, nullptr, kRoutes},
                                       {"mrt", required_argument, nullptr, kMrt},
                                       {"mrt-peer", required_argument, nullptr, kMrtPeer},
                                       {"mrt-peers", required_argument, nullptr, kMrtPeers},
                                       {"next-hop-self", no_argument, nullptr, kNextHopSelf},
                                       {"every", required_argument, nullptr, kEvery},
                                       {"updates", required_argument, nullptr, kUpdates},
                                       {"sink", no_argument, nullptr, kSink},
                                       {"held", required_argument, nullptr, kHeld},
                                       {"control-for", required_argument, nullptr, kControlFor},
                                       {"control-seed", required_argument, nullptr, kControlSeed},
                                       {"control-every", required_argument, nullptr, kControlEvery},
                                       {"report", required_argument, nullptr, kReport},
                                       {"hold-time", required_argument, nullptr, kHoldTime},
                                       {"wait-file", required_argument, nullptr, kWaitFile},
                                       {nullptr, 0, nullptr, 0}}};

// "10.0.0.1:179", "[2001:db8::1]:179"
std::optional<session::Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = IpAddress::parse(host);
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return session::Endpoint{*address, *port};
}

struct Parsing {
  Options options;
  DumpChoice dump;
  bool has_local = false;
  bool all_peers = false;
};

// False: the argument is not what the option wants.
bool take_number(int code, const std::string& argument, Parsing& out) {
  const auto number = parse_decimal<std::uint32_t>(argument);
  if (!number) return false;
  switch (code) {
    case kMrtPeer:
      out.dump.peer = *number;
      return true;
    case kEvery:
      out.dump.every = *number;
      return *number != 0;
    case kControlFor:
      out.dump.control.route_server = *number;
      return *number != 0 && *number <= 65535;  // standard communities name it
    case kControlSeed:
      out.dump.control.seed = *number;
      return true;
    case kControlEvery:
      out.dump.control.every = *number;
      return *number != 0;
    case kHoldTime:
      out.options.hold_time_seconds = static_cast<std::uint16_t>(*number);
      return *number == 0 || (*number >= 3 && *number <= 65535);
    default:
      return false;
  }
}

bool take(int code, const std::string& argument, Parsing& out) {
  switch (code) {
    case kHelp:
      out.options.help = true;
      return true;
    case kLocal: {
      const auto address = IpAddress::parse(argument);
      out.options.local = address.value_or(IpAddress());
      return out.has_local = address.has_value();
    }
    case kAsn: {
      const auto asn = parse_asn(argument);
      out.options.asn = asn.value_or(0);
      return out.options.asn != 0;
    }
    case kIdentifier: {
      const auto identifier = IpAddress::parse(argument);
      if (!identifier || identifier->is_v6() || identifier->is_unspecified()) return false;
      out.options.identifiers.push_back(identifier->v4_value());
      return true;
    }
    case kPeer: {
      const auto endpoint = parse_endpoint(argument);
      if (endpoint) out.options.peers.push_back(*endpoint);
      return endpoint.has_value();
    }
    case kRoutes:
      out.options.routes = argument;
      return true;
    case kMrt:
      out.dump.table = argument;
      return true;
    case kMrtPeers:
      out.all_peers = true;
      return argument == "all";
    case kNextHopSelf:
      return out.dump.next_hop_self = true;
    case kUpdates:
      out.dump.updates.push_back(argument);
      return true;
    case kSink:
      return out.options.sink = true;
    case kHeld:
      out.options.held = argument;
      return true;
    case kReport:
      out.options.report = argument;
      return true;
    case kWaitFile:
      out.options.wait_file = argument;
      return true;
    default:
      return take_number(code, argument, out);
  }
}

// What is missing or does not go together; empty: nothing.
std::string judge(const Parsing& parsed) {
  const Options& options = parsed.options;
  if (!parsed.has_local) return "--local (or --local-base) is missing";
  if (options.peers.empty()) return "--peer is missing";
  if (!options.held.empty() && !options.sink) return "--held wants --sink";
  if (parsed.dump.control.route_server != 0 && !parsed.all_peers) {
    return "--control-for wants --mrt-peers all: peers name each other";
  }
  if (parsed.dump.table.empty()) {
    if (!parsed.dump.updates.empty()) return "--updates continues a table: --mrt is missing";
    return options.asn == 0 ? "--asn is missing" : "";
  }
  if (!options.routes.empty()) return "--routes and --mrt do not go together";
  if (parsed.all_peers == parsed.dump.peer.has_value()) {
    return "--mrt wants either --mrt-peer INDEX or --mrt-peers all";
  }
  if (parsed.all_peers && options.asn != 0) return "--asn and --mrt-peers all do not go together";
  return "";
}

}  // namespace

const char* usage() { return kUsage; }

Result<Options, std::string> parse_options(int argc, char** argv) {
  Parsing parsed;
  for (;;) {
    int position = 0;
    const int code = getopt_long(argc, argv, "", kOptions.data(), &position);
    if (code == -1) break;
    if (code == '?') return std::string("see tern-replay --help");
    const std::string argument = optarg != nullptr ? optarg : "";
    if (!take(code, argument, parsed)) {
      return "'" + argument + "' is nothing for --" +
             std::string(kOptions[static_cast<std::size_t>(position)].name);
    }
  }
  if (parsed.options.help) return std::move(parsed.options);
  if (optind < argc) return "'" + std::string(argv[optind]) + "' belongs to no option";
  if (std::string fault = judge(parsed); !fault.empty()) return fault;
  if (!parsed.dump.table.empty()) {
    parsed.dump.local = parsed.options.local;
    parsed.options.dump = std::move(parsed.dump);
  }
  return std::move(parsed.options);
}

}  // namespace tern::replay
