#include "bgpd/daemon/kept_latency.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "bgpd/latency/latency_watch.h"

namespace tern::daemon {

namespace {

using latency::Subject;

std::string text_to_keep(const latency::Histories& histories, std::size_t& left_out) {
  LatencyText text = latency_text(histories, KeptLatency::kMostBytes);
  if (text.left_out != 0 && left_out == 0) {
    spdlog::error(
        "the hours of the latency of {} subjects are not kept over a restart: the file "
        "has {} MiB at most",
        text.left_out, KeptLatency::kMostBytes >> 20U);
  }
  left_out = text.left_out;
  return std::move(text.text);
}

}  // namespace

LatencyText latency_text(const latency::Histories& histories, std::size_t most_bytes) {
  LatencyText all{"# hours of ternctl show latency\n"};
  for (const auto kind : {Subject::Kind::Metro, Subject::Kind::Prefix, Subject::Kind::Neighbor}) {
    for (const latency::SubjectHistory& one : histories) {
      if (one.subject.kind != kind) continue;
      const std::string line = latency::history_line(one);
      if (all.left_out != 0 || all.text.size() + line.size() + 1 > most_bytes) {
        ++all.left_out;
      } else {
        all.text += line + '\n';
      }
    }
  }
  return all;
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
        return [last = std::exchange(last_, nullptr), left_out = left_out_] {
          return text_to_keep(*last, *left_out);
        };
      }) {
  watch_.on_hour([this](latency::Histories histories) { keep(std::move(histories)); });
}

void KeptLatency::restore() {
  latency::Histories histories;
  const BadLines bad = read_latency(file_.read(kMostBytes), histories);
  file_.log(bad, "the hours of a latency");
  has_hours_ = !histories.empty();
  const std::size_t left_out = watch_.restore(histories);
  if (left_out != 0) {
    spdlog::warn("the hours of the latency of {} subjects are left out: latency.subjects",
                 left_out);
  }
}

void KeptLatency::keep(latency::Histories histories) {
  if (histories.empty() && !has_hours_) return;
  has_hours_ = !histories.empty();
  last_ = std::make_shared<const latency::Histories>(std::move(histories));
  file_.save();
}

}  // namespace tern::daemon
