#include "bgpd/daemon/kept_drains.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/session/speaker.h"
#include "rib/types/one_line.h"

namespace tern::daemon {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 10U;
constexpr std::size_t kMostAddress = 100;

}  // namespace

KeptDrains::KeptDrains(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                       const std::string& configuration)
    : speaker_(speaker), file_(thread, loop, configuration, "drains", "txt", "drains", [this] {
        return [list = kept_] { return to_text(list); };
      }) {}

std::string to_text(const session::DrainList& list) {
  std::string text = "# drained by ternctl\n";
  if (list.pop) text += "pop\n";
  for (const std::string& address : list.drained) text += "neighbor " + address + '\n';
  for (const std::string& address : list.shut_down) text += "shut-down " + address + '\n';
  return text;
}

session::DrainList drain_list_of(std::string_view text, std::vector<std::size_t>& bad) {
  constexpr std::string_view kNeighbor = "neighbor ";
  constexpr std::string_view kShutDown = "shut-down ";
  session::DrainList list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line == "pop") {
      list.pop = true;
    } else if (line.starts_with(kNeighbor)) {
      list.drained.emplace_back(line.substr(kNeighbor.size()));
    } else if (line.starts_with(kShutDown)) {
      list.shut_down.emplace_back(line.substr(kShutDown.size()));
    } else if (!line.empty() && line.front() != '#') {
      bad.push_back(number);
    }
  }
  return list;
}

void KeptDrains::read() {
  std::vector<std::size_t> bad;
  kept_ = drain_list_of(file_.read(kMostBytes), bad);
  if (!bad.empty()) {
    spdlog::error(
        "{}, line {}: expected 'pop', 'neighbor ADDRESS' or 'shut-down ADDRESS'; {} lines left out",
        file_.path(), bad.front(), bad.size());
  }
  speaker_.restore_pop_drain(kept_.pop);
}

void KeptDrains::restore() {
  for (const std::string& address : speaker_.restore_drains(kept_)) {
    spdlog::warn("neighbor {} was drained and is not configured any more",
                 one_line(address, kMostAddress));
  }
  if (kept_.pop) spdlog::warn("the PoP is still drained; 'ternctl pop undrain' ends the drain");
  if (!kept_.drained.empty()) {
    spdlog::warn("{} neighbors are still drained", kept_.drained.size());
  }
  speaker_.on_drains_changed([this] {
    session::DrainList now = speaker_.drain_list();
    if (now == kept_) return;
    kept_ = std::move(now);
    file_.save();
  });
}

}  // namespace tern::daemon
