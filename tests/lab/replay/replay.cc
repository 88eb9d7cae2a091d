#include "tests/lab/replay/replay.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace tern::replay {
namespace {

// False, and said so, where the file cannot be written. Written beside and renamed, so that whoever
// waits for the file never finds half of it.
bool write_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream(beside) << text;
  if (std::ifstream(beside).good() && std::rename(beside.c_str(), path.c_str()) == 0) return true;
  std::fprintf(stderr, "tern-replay: cannot write %s\n", path.c_str());
  return false;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// Addresses and names of ours: nothing in them needs escaping.
std::string to_json(const Session& session) {
  const HeldRoutes& held = session.held();
  std::string families;
  for (const Family family : kFamilies) {
    if (!families.empty()) families += ", ";
    families += quoted(to_string(family)) + ": {\"held\": " + std::to_string(held.size(family)) +
                ", \"end_of_rib\": " + (held.end_of_rib(family) ? "true" : "false") +
                ", \"sent\": " + std::to_string(session.feed().announced[index(family)]) + "}";
  }
  return "{\"local\": " + quoted(session.feed().local.to_string()) +
         ", \"asn\": " + std::to_string(session.feed().asn) +
         ", \"peer\": " + quoted(to_string(session.peer())) +
         ", \"state\": " + quoted(fsm::to_string(session.state())) +
         ", \"sent\": " + (session.sent() ? "true" : "false") +
         ", \"as_sets\": " + std::to_string(session.feed().as_sets) +
         ", \"controlled\": " + std::to_string(session.feed().controlled) +
         ", \"updates\": " + std::to_string(held.updates()) +
         ", \"announced\": " + std::to_string(held.announced()) +
         ", \"withdrawn\": " + std::to_string(held.withdrawn()) + ", \"families\": {" + families +
         "}}";
}

}  // namespace

Replay::Replay(const Options& options, const std::vector<Feed>& feeds)
    : options_(options), signals_(context_), buffer_(session::kReadBufferSize) {
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) signals_.add(number);
  for (const session::Endpoint& peer : options.peers) {
    for (const Feed& feed : feeds) {
      SessionSettings settings;
      settings.peer = peer;
      settings.hold_time_seconds = options.hold_time_seconds;
      settings.sink = options.sink;
      settings.keep = !options.held.empty();
      if (options.sink) settings.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
      sessions_.push_back(
          std::make_unique<Session>(context_, buffer_, feed, settings, [this] { session_sent(); }));
    }
  }
}

int Replay::run() {
  wait_signal();
  for (const auto& session : sessions_) session->start();
  context_.run();  // until sessions and signals want nothing more
  return report_failed_ ? 1 : 0;
}

void Replay::wait_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (number == SIGUSR1) {
      (void)write_report();
      return wait_signal();
    }
    if (number == SIGUSR2) {
      (void)write_held();
      return wait_signal();
    }
    // Now: what is held ends with the sessions.
    if (!options_.report.empty()) report_failed_ = !write_report();
    for (const auto& session : sessions_) session->stop();
  });
}

void Replay::session_sent() {
  const auto sent = [](const auto& session) { return session->sent(); };
  if (ready_ || !std::all_of(sessions_.begin(), sessions_.end(), sent)) return;
  ready_ = true;
  std::fprintf(stderr, "tern-replay: everything has been sent on %zu sessions\n", sessions_.size());
  if (!options_.wait_file.empty()) (void)write_file(options_.wait_file, "ready\n");
}

bool Replay::write_report() const {
  if (!options_.report.empty()) return write_file(options_.report, report());
  std::fputs(report().c_str(), stdout);
  return std::fflush(stdout) == 0;
}

bool Replay::write_held() const {
  if (options_.held.empty()) return true;
  for (const auto& session : sessions_) {
    const std::string path = options_.held + "/" + session->feed().local.to_string() + "-" +
                             session->peer().address.to_string();
    std::ofstream out(path);
    session->held().write(out);
    if (!out.flush()) {
      std::fprintf(stderr, "tern-replay: cannot write %s\n", path.c_str());
      return false;
    }
  }
  return write_file(options_.held + "/complete", "");
}

std::string Replay::report() const {
  std::string text = "{\"sessions\": [";
  for (const auto& session : sessions_) {
    text += session == sessions_.front() ? "\n  " : ",\n  ";
    text += to_json(*session);
  }
  return text + "\n]}\n";
}

}  // namespace tern::replay
