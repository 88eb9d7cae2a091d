#include "tests/bench/load/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/load/registered.h"
#include "tests/bench/load/vrps.h"

namespace tern::load {
namespace {

constexpr Nanoseconds kIdle = 3600 * kSecond;

// The words of a line behind the first; throws std::runtime_error when one is missing or unfit.
class Words {
 public:
  explicit Words(const std::string& line) : stream_(line) { stream_ >> command_; }

  [[nodiscard]] const std::string& command() const { return command_; }

  template <typename Value>
  Value take(const char* what) {
    Value value{};
    if (!(stream_ >> value)) throw std::runtime_error(std::string("where is ") + what);
    return value;
  }
  Range range(const Engine& engine) {
    Range range;
    range.first = take<std::uint32_t>("FIRST");
    range.last = take<std::uint32_t>("LAST");
    if (range.first > range.last || range.last > engine.sessions()) {
      throw std::runtime_error("there are no such sessions");
    }
    return range;
  }
  Nanoseconds time(const char* what) {
    return static_cast<Nanoseconds>(take<double>(what) * static_cast<double>(kSecond));
  }
  [[nodiscard]] bool more() { return !(stream_ >> std::ws).eof(); }

 private:
  std::istringstream stream_;
  std::string command_;
};

const std::string kDone = R"({"done": true})";

Goal::Kind goal_kind(const std::string& word) {
  if (word == "held") return Goal::Kind::Held;
  if (word == "marked") return Goal::Kind::Marked;
  if (word == "unmarked") return Goal::Kind::Unmarked;
  throw std::runtime_error("wait held, marked or unmarked");
}

std::string connect(Engine& engine, Words& words) {
  const Range range = words.range(engine);
  engine.connect(range, words.take<std::uint32_t>("AT_ONCE"));
  return engine.wait_established(range, words.time("TIMEOUT"));
}

std::string cold_start(Engine& engine, Words& words) {
  const Range range = words.range(engine);
  engine.cold_start(range, words.take<std::uint32_t>("AT_ONCE"));
  return kDone;
}

std::string wait(Engine& engine, Words& words) {
  Goal goal;
  goal.kind = goal_kind(words.take<std::string>("the goal"));
  const Range range = words.range(engine);
  goal.first = range.first;
  goal.last = range.last;
  goal.receivers_only = words.take<std::string>("all or receivers") == "receivers";
  const Nanoseconds timeout = words.time("TIMEOUT");
  return engine.wait(goal, timeout, words.time("QUIET"));
}

std::string watch(Engine& engine, Words& words) {
  std::vector<std::uint32_t> communities;
  while (words.more()) {
    const auto high = words.take<std::uint32_t>("a community");
    const auto colon = words.take<char>("a community");
    const auto low = words.take<std::uint32_t>("a community");
    if (colon != ':') throw std::runtime_error("a community is HIGH:LOW");
    communities.push_back((high << 16U) | low);
  }
  engine.watch(std::move(communities));
  return kDone;
}

std::string churn(Engine& engine, Words& words) {
  const auto verb = words.take<std::string>("start, report or stop");
  if (verb == "start") {
    const auto session = words.take<std::uint32_t>("SESSION");
    if (session >= engine.senders()) throw std::runtime_error("that session has no table");
    engine.churn_start(session, words.take<double>("RATE"));
    return kDone;
  }
  if (verb == "stop") engine.churn_stop();
  return engine.churn_report();
}

std::string vrps(Engine& engine, Words& words) {
  const auto count = words.take<std::uint32_t>("COUNT");
  const auto moved = words.take<std::uint32_t>("MOVED");
  const VrpCounts written =
      write_vrps(engine.universe(), count, moved, words.take<std::string>("PATH"));
  return R"({"all": )" + std::to_string(written.all) + R"(, "matching": )" +
         std::to_string(written.matching) + R"(, "other": )" + std::to_string(written.other) + "}";
}

std::string registrations(Engine& engine, Words& words) {
  const auto count = words.take<std::uint32_t>("COUNT");
  const auto partners = words.take<std::uint32_t>("PARTNERS");
  const auto preferred = words.take<std::uint32_t>("PREFERRED");
  if (partners == 0 || preferred == 0) {
    throw std::runtime_error("a registered prefix needs a partner, and prefers one");
  }
  const std::uint32_t written = write_registrations(engine.universe(), count, partners, preferred,
                                                    words.take<std::string>("PATH"));
  return R"({"all": )" + std::to_string(written) + "}";
}

using Command = std::function<std::string(Engine&, Words&)>;

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands{
      {"connect", connect},
      {"start", cold_start},
      {"handshakes", [](Engine& e, Words&) { return e.handshakes(); }},
      {"wait", wait},
      {"watch", watch},
      {"churn", churn},
      {"vrps", vrps},
      {"registrations", registrations},
      {"announce", [](Engine& e, Words& words) { return e.announce(words.range(e)), kDone; }},
      {"close", [](Engine& e, Words& words) { return e.close(words.range(e)), kDone; }},
      {"clock", [](Engine& e, Words&) { return e.reset_clock(), kDone; }},
      {"run", [](Engine& e, Words& words) {
         e.run(words.time("SECONDS"), [] { return false; });
         return kDone;
       }}};
  return kCommands;
}

}  // namespace

Commands::Commands(Engine& engine) : engine_(engine) {
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  engine_.on_input([this] { read_input(); });
}

void Commands::read_input() {
  std::array<char, 4096> bytes;
  const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got == 0) engine_.stop();
  if (got <= 0) return;
  input_.append(bytes.data(), static_cast<std::size_t>(got));
  for (std::size_t end; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1)) {
    lines_.push_back(input_.substr(0, end));
  }
}

std::string Commands::execute(const std::string& line) {
  Words words(line);
  const auto found = commands().find(words.command());
  if (found == commands().end()) return R"({"error": "no such command"})";
  try {
    return found->second(engine_, words);
  } catch (const std::runtime_error& error) {
    return std::string(R"({"error": ")") + error.what() + R"("})";
  }
}

void Commands::run() {
  for (;;) {
    read_input();
    engine_.run(kIdle, [this] { return !lines_.empty(); });
    if (lines_.empty()) return;
    const std::string line = std::move(lines_.front());
    lines_.pop_front();
    std::printf("%s\n", execute(line).c_str());
    std::fflush(stdout);
  }
}

}  // namespace tern::load
