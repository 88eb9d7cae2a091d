#include "tests/bench/load/options.h"

#include <arpa/inet.h>

#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>

namespace tern::load {
namespace {

constexpr const char* kUsage =
    R"(usage: tern-load --target ADDRESS[:PORT] --local ADDRESS [options]
Commands come on standard input.
  --sessions N          how many, from ADDRESS, the next, ...; 250 of each 256 addresses
  --senders N           so many of them announce (1)
  --prefixes N          of each sender
  --same                the same prefixes from each sender, with attributes of its own
  --overlap SHARE       of a sender's prefixes also come from the next one (0)
  --prefixes-per-set X  the mean (7)
  --control-share X     of the attribute sets carry control communities (0)
  --ipv6-share X        of the prefixes (0)
  --seed N              (1)
  --tag                 session i adds the community 64900:i
  --own-origins         a prefix has the same origin from each sender
  --best-sender         session 0 has the shortest AS paths
  --listen              be the daemon: wait at ADDRESS:PORT, send the table of session 0
  --relay               with --listen: hand on every UPDATE as it came, to all others
  --keep                with --relay: also to sessions that come later)";

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + "\n" + kUsage); }

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("'" + std::string(text) + "' is no number");
  }
  return value;
}

std::uint32_t address(const std::string& text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, text.c_str(), &parsed) != 1) fail("'" + text + "' is no IPv4 address");
  return ntohl(parsed.s_addr);
}

void endpoint(const std::string& text, Options& options) {
  const std::size_t colon = text.find(':');
  options.target = address(text.substr(0, colon));
  if (colon != std::string::npos) options.port = number<std::uint16_t>(text.substr(colon + 1));
}

using Take = std::function<void(Options&, const std::string&)>;

template <typename Number>
Take into(Number Options::*member) {
  return [member](Options& options, const std::string& text) {
    options.*member = number<Number>(text);
  };
}
template <typename Number>
Take into(Number TableSettings::*member) {
  return [member](Options& options, const std::string& text) {
    options.tables.*member = number<Number>(text);
  };
}

const std::map<std::string, Take>& settings() {
  static const std::map<std::string, Take> kSettings{
      {"--target", [](Options& o, const std::string& text) { endpoint(text, o); }},
      {"--local", [](Options& o, const std::string& text) { o.local = address(text); }},
      {"--sessions", into(&Options::sessions)},
      {"--senders", into(&Options::senders)},
      {"--prefixes", into(&Options::prefixes)},
      {"--overlap", into(&Options::overlap)},
      {"--ipv6-share", into(&Options::ipv6_share)},
      {"--seed", into(&Options::seed)},
      {"--prefixes-per-set", into(&TableSettings::prefixes_per_set)},
      {"--control-share", into(&TableSettings::control_share)}};
  return kSettings;
}

const std::map<std::string, std::function<void(Options&)>>& switches() {
  static const std::map<std::string, std::function<void(Options&)>> kSwitches{
      {"--same", [](Options& o) { o.same = true; }},
      {"--tag", [](Options& o) { o.tables.tag = true; }},
      {"--own-origins", [](Options& o) { o.tables.own_origins = true; }},
      {"--best-sender", [](Options& o) { o.best_sender = true; }},
      {"--listen", [](Options& o) { o.listen = true; }},
      {"--relay", [](Options& o) { o.relay = true; }},
      {"--keep", [](Options& o) { o.keep = true; }}};
  return kSwitches;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (const auto found = switches().find(word); found != switches().end()) {
      found->second(options);
    } else if (const auto setting = settings().find(word); setting == settings().end()) {
      fail("unknown option '" + word + "'");
    } else if (++i == argc) {
      fail(word + " wants a value");
    } else {
      setting->second(options, argv[i]);
    }
  }
  if (options.target == 0 || options.local == 0) fail("--target and --local are needed");
  if (options.sessions == 0 || options.sessions > 10'000) fail("--sessions: 1 to 10000");
  if (options.senders > options.sessions) fail("more senders than sessions");
  if (options.relay && !options.listen) fail("--relay needs --listen");
  if (options.keep && !options.relay) fail("--keep needs --relay");
  if (options.tables.prefixes_per_set < 1) fail("--prefixes-per-set: 1 or more");
  options.tables.sessions = options.sessions;
  return options;
}

}  // namespace tern::load
