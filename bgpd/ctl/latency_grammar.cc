#include "bgpd/ctl/latency_grammar.h"

namespace tern::ctl {

Syntax show_latency() {
  return {CommandId::ShowLatency,
          {"show", "latency"},
          "[PREFIX|ADDRESS|METRO|NEIGHBOR] [history] [degraded]",
          "Round trips from this PoP: percentiles, and what is degraded",
          {"PREFIX"},
          {{"history", "", "with each hour of the last week"},
           {"degraded", "", "only what is longer than usual"}},
          "Of registered prefixes and metros, the round trips are those of 'ternctl latency "
          "report', 'ternctl latency import' and of probes; of a neighbor, those of its TCP "
          "connection. Percentiles are exact to 3 %. The usual p95 is known after three hours.",
          {"ternctl show latency", "ternctl show latency 203.0.113.0/24 history",
           "ternctl show latency degraded"}};
}

std::vector<Syntax> latency_actions() {
  return {{CommandId::LatencyReport,
           {"latency", "report"},
           "PREFIX|ADDRESS|METRO MILLISECONDS...",
           "Report round trips from this PoP to users",
           {"PREFIX", "MILLISECONDS"},
           {},
           "A registration covers the PREFIX or ADDRESS; the round trip counts for the registered "
           "prefix. Costs do not follow these reports; they follow 'ternctl rtt set'.",
           {"ternctl latency report 203.0.113.7 21.4 22.0 20.9",
            "ternctl latency report Frankfurt 8.5"}},
          {CommandId::LatencyImport,
           {"latency", "import"},
           "FILE",
           "Report the round trips of a CSV file",
           {"FILE"},
           {},
           "Each line has a prefix, an address or a metro, and milliseconds behind it: "
           "203.0.113.0/24,21.4,22.0. A line that is wrong refuses the file; of the others, those "
           "about nothing that is known are refused, and the rest counts.",
           {"ternctl latency import round-trips.csv"}}};
}

void parse_show_latency(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_latency();
  while (!arguments.empty()) {
    // A metro or a neighbor may have any name: in front of it, a keyword is written in full.
    const auto keyword = arguments.keyword();
    if (keyword && (arguments.at_keyword() || !request.of().empty())) {
      (void)arguments.take();
      if (*keyword == "history") {
        request.set_history(true);
      } else {
        request.set_degraded(true);
      }
    } else if (request.of().empty()) {
      request.set_of(arguments.take());
    } else {
      arguments.expect_end();
    }
  }
}

void parse_latency_report(Arguments& arguments, Command& command) {
  auto& report = *command.request.mutable_latency_report()->add_reports();
  report.set_of(arguments.take_value("latency report", "a prefix, an address or a metro"));
  do {
    report.add_microseconds(
        parse_milliseconds(arguments.take_value("latency report", "milliseconds"), "a round trip"));
  } while (!arguments.empty());
}

void parse_latency_import(Arguments& arguments, Command& command) {
  command.file = arguments.take_value("latency import", "a CSV file");
  (void)command.request.mutable_latency_report();
}

}  // namespace tern::ctl
