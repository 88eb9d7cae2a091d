#include "bgpd/daemon/kept_latency.h"

#include <utility>

#include "bgpd/latency/latency_watch.h"

namespace tern::daemon {

std::string latency_text(const latency::Histories& histories, std::size_t most_bytes) {
  std::string text = "# hours of ternctl show latency\n";
  for (const latency::SubjectHistory& one : histories) {
    const std::string line = latency::history_line(one);
    if (text.size() + line.size() + 1 > most_bytes) break;
    text += line + '\n';
  }
  return text;
}

BadLines read_latency(std::string_view text, latency::Histories& histories) {
  return read_lines(text, [&](std::string_view line) {
    auto history = latency::parse_history_line(line);
    if (history) histories.push_back(*std::move(history));
    return history.has_value();
  });
}

KeptLatency::KeptLatency(ConfigThread& thread, session::Loop& loop, latency::LatencyWatch& watch,
                         const std::string& configuration)
    : watch_(watch),
      file_(thread, loop, configuration, "latency", "txt", "hours of latency", [this] {
        return [last = std::exchange(last_, nullptr)] { return latency_text(*last, kMostBytes); };
      }) {
  watch_.on_hour([this](latency::Histories histories) { keep(std::move(histories)); });
}

void KeptLatency::restore() {
  latency::Histories histories;
  const BadLines bad = read_latency(file_.read(kMostBytes), histories);
  file_.log(bad, "the hours of a latency");
  watch_.restore(histories);
}

void KeptLatency::keep(latency::Histories histories) {
  last_ = std::make_shared<const latency::Histories>(std::move(histories));
  file_.save();
}

}  // namespace tern::daemon
