#include "conf/kernel_checks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "policy/program.h"

namespace tern::conf {
namespace {

constexpr std::uint32_t kLocalTable = 255;  // RT_TABLE_LOCAL

// Of /etc/iproute2/rt_protos and of FRR (zebra/rt_netlink.h): programs that change and remove the
// routes of their number.
using Program = std::pair<std::uint32_t, std::string_view>;
constexpr std::array kPrograms{
    Program{9, "router advertisements"},
    Program{11, "zebra"},
    Program{12, "BIRD"},
    Program{14, "XORP"},
    Program{16, "DHCP clients"},
    Program{17, "mrouted"},
    Program{18, "keepalived"},
    Program{42, "babeld"},
    Program{99, "Open/R"},
    Program{186, "the BGP of FRR"},
    Program{187, "the IS-IS of FRR"},
    Program{188, "the OSPF of FRR"},
    Program{189, "the RIP of FRR"},
    Program{190, "the RIPng of FRR"},
    Program{191, "the NHRP of FRR"},
    Program{192, "the EIGRP of FRR"},
    Program{193, "the LDP of FRR"},
    Program{194, "sharpd of FRR"},
    Program{195, "the PBR of FRR"},
    Program{196, "the static routes of FRR"},
    Program{197, "the OpenFabric of FRR"},
    Program{198, "the SR-TE of FRR"},
};

class KernelRules {
 public:
  KernelRules(const YamlDocument& document, const Config& config, Report& report)
      : document_(document), config_(config), file_(config.file.kernel()), report_(report) {}

  void check() {
    families();
    if (file_.table() == kLocalTable) {
      report(Path() / "kernel" / "table", "table 255 has the kernel's own addresses alone");
    }
    const auto program = std::ranges::find(kPrograms, file_.protocol(), &Program::first);
    if (program != kPrograms.end()) {
      report(Path() / "kernel" / "protocol",
             "protocol " + std::to_string(file_.protocol()) + " is the number of " +
                 std::string(program->second) + ", which would take our routes for its own");
    }
    metric();
    policies("policies", file_.policies());
    policies("blackhole_policies", file_.blackhole_policies());
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void families() {
    std::set<int> seen;
    for (int i = 0; i < file_.families_size(); ++i) {
      const Path at = Path() / "kernel" / "families" / static_cast<std::size_t>(i);
      const int family = file_.families(i);
      if (family != proto::IPV4_UNICAST && family != proto::IPV6_UNICAST) {
        report(at, "the kernel's routing tables have ipv4-unicast and ipv6-unicast alone");
      } else if (!seen.insert(family).second) {
        report(at, "the family is given twice");
      }
    }
  }

  // Of the kernel's IPv6 routes in the main table: those of interfaces (IP6_RT_PRIO_ADDRCONF) and
  // those without a metric of their own (IP6_RT_PRIO_USER). In IPv4 both are 0.
  void metric() {
    constexpr std::uint32_t kMainTable = 254;
    constexpr std::uint32_t kInterfaces = 256;
    constexpr std::uint32_t kStatic = 1024;
    const bool main = !file_.has_table() || file_.table() == kMainTable;
    const auto& families = file_.families();
    const bool v6 =
        families.empty() || std::ranges::find(families, proto::IPV6_UNICAST) != families.end();
    if (!main || !v6 || !file_.has_metric() || file_.metric() > kStatic) return;
    const Path at = Path() / "kernel" / "metric";
    const char* const whose =
        file_.metric() > kInterfaces
            ? "static IPv6 routes have metric 1024: a route of BGP takes the place of one"
            : "IPv6 routes of interfaces have metric 256: a route of BGP takes the place of one";
    report_.warn(document_.place(at), at.to_string(), whose);
  }

  template <typename Names>
  void policies(std::string_view field, const Names& names) {
    for (int i = 0; i < names.size(); ++i) {
      const auto program = config_.policies.find(names[i]);
      if (program == nullptr || !program->reads_rpki()) continue;
      report(Path() / "kernel" / field / static_cast<std::size_t>(i),
             "policy " + in_quotes(names[i]) +
                 " reads the state of origin validation, which is for import policies");
    }
  }

  const YamlDocument& document_;
  const Config& config_;
  const proto::Kernel& file_;
  Report& report_;
};

}  // namespace

void check_kernel(const YamlDocument& document, const Config& config, Report& report) {
  if (config.file.has_kernel()) KernelRules(document, config, report).check();
}

}  // namespace tern::conf
