#include "conf/probe_checks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "conf/by_name.h"
#include "conf/place_checks.h"
#include "rib/types/ip_address.h"

namespace tern::conf {
namespace {

constexpr std::uint32_t kProbeInterval = 10;   // seconds, as in the schema
constexpr std::uint32_t kProbeTimeout = 2000;  // milliseconds, likewise

class ProbeRulesOfFile {
 public:
  ProbeRulesOfFile(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), probes_(file.egress().probes()), report_(report) {}

  void check() {
    if (!file_.egress().has_probes()) return;
    const Path path = Path() / "egress" / "probes";
    if (probe_timeout(probes_) > probe_interval(probes_) * 1000) {
      report(path / "timeout_milliseconds",
             "longer than the interval of " + std::to_string(probe_interval(probes_)) + " s");
    }
    if (probes_.targets().empty()) return;
    if (document_.find(Path() / "egress" / "pop") == nullptr) {
      report(path / "targets", "round trips are from this PoP, and there is no 'egress.pop'");
    }
    numbers(path / "targets");
    for (const auto& [name, target] : by_name(probes_.targets())) {
      check(path / "targets" / name, *target);
    }
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void numbers(const Path& path) {
    const std::size_t count = probes_.targets().size();
    if (count > kMostProbeTargets) {
      return report(path, "at most " + std::to_string(kMostProbeTargets) +
                              " targets may stand here, these are " + std::to_string(count));
    }
    const std::size_t least = (count + kMostProbes - 1) / kMostProbes;
    if (probe_interval(probes_) >= least) return;
    report(path, std::to_string(count) + " targets need an interval of " + std::to_string(least) +
                     " s or more: at most " + std::to_string(kMostProbes) +
                     " probes are sent a second");
  }

  void check(const Path& path, const proto::ProbeTarget& target) {
    const bool tcp = target.method() == proto::ProbeTarget::TCP;
    if (tcp && !target.has_port()) report(path, "'port' is missing: method tcp connects to it");
    if (!tcp && target.has_port()) report(path / "port", "is for method tcp");
    if (target.to().empty() == target.prefix().empty()) {
      report(path, "either 'to' or 'prefix' must be given, and not both");
    }
    if (is_to_itself(file_.egress(), target.to())) {
      report(path / "to", "a PoP has no round trip to itself");
    }
    const auto address = IpAddress::parse(target.address());
    if (address && address->is_link_local()) {
      report(path / "address", "a link-local address is of one link, and names no host elsewhere");
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  const proto::Probes& probes_;
  Report& report_;
};

}  // namespace

std::uint32_t probe_interval(const proto::Probes& probes) {
  return probes.has_interval() ? probes.interval() : kProbeInterval;
}

std::uint32_t probe_timeout(const proto::Probes& probes) {
  if (probes.has_timeout_milliseconds()) return probes.timeout_milliseconds();
  return std::min(kProbeTimeout, probe_interval(probes) * 1000);
}

void check_probes(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  ProbeRulesOfFile(document, file, report).check();
}

}  // namespace tern::conf
