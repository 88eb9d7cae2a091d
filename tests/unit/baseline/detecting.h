// A detector with what it reported, for the tests of the baseline.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/baseline/detector.h"
#include "bgpd/events/event_log.h"
#include "learning.h"

namespace tern::baseline {

class Detecting {
 public:
  Detecting() {
    around.peers = std::make_shared<const PeerNames>(
        PeerNames{{}, {"192.0.2.1", "upstream"}, {"192.0.2.2", "stranger"}});
  }

  // The prefix has these routes on the day, and no others.
  void see(const Prefix& of, std::vector<Route> routes, std::uint64_t day) {
    detector.take(whole(of, std::move(routes)), around, on_day(day));
  }
  // The same on seven days, until the prefix is ripe.
  void learn(const Prefix& of, const std::vector<Route>& routes) {
    for (std::uint64_t day = 0; day < kDays; ++day) see(of, routes, day);
  }
  // A route comes or changes, as the journal reports it. Returns whether all routes of the prefix
  // are to be read.
  bool change(const Prefix& of, const Route& to, const Now& now) {
    Batch batch;
    batch.changes.push_back({of, to.from, to.path, to.accepted});
    detector.take(batch, around, now);
    return asks(of);
  }
  bool withdraw(const Prefix& of, const Now& now) {
    Batch batch;
    batch.changes.push_back({of, 1, std::nullopt, false});
    detector.take(batch, around, now);
    return asks(of);
  }
  bool asks(const Prefix& of) {
    const std::vector<Prefix> asked = detector.asks(1'000'000);
    return std::ranges::find(asked, of) != asked.end();
  }
  // "begin origin-changed 198.51.100.0/24 warning", ...; of the reports since the last call.
  [[nodiscard]] std::string said() {
    std::string text;
    for (const events::Report& report : std::exchange(reports, {})) {
      const bool begins = report.what == events::Report::What::Begin;
      text += (text.empty() ? "" : ", ") + std::string(begins ? "begin " : "end ") +
              std::string(to_string(report.kind)) + " " + report.key;
      if (!begins) continue;
      text += " " + std::string(to_string(severity_of(report)));
      last = report;
    }
    return text;
  }

  // Passes the reports since the last call to the log.
  void pass(events::EventLog& log, std::uint32_t now) {
    for (events::Report& report : std::exchange(reports, {})) log.take(std::move(report), now);
  }

  std::vector<events::Report> reports;
  events::Report last;  // that began, of said()
  Surroundings around;
  Detector detector{[this](events::Report report) { reports.push_back(std::move(report)); }};
};

}  // namespace tern::baseline
