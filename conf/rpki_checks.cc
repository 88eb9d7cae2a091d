#include "conf/rpki_checks.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "conf/small_file.h"

namespace tern::conf {
namespace {

constexpr std::uint32_t kPort = 323;  // as in the schema
constexpr std::uint32_t kMaxVersion = 2;

std::uint32_t port_of(const proto::RpkiCache& cache) {
  return cache.has_port() ? cache.port() : kPort;
}

class RpkiRules {
 public:
  RpkiRules(const YamlDocument& document, const Config& config, Report& report)
      : document_(document), config_(config), file_(config.file.rpki()), report_(report) {}

  void check() {
    bound(file_.caches_size(), kMostRpkiCaches, "caches");
    bound(file_.files_size(), kMostVrpFiles, "files");
    bound(file_.slurm_size(), kMostSlurmFiles, "slurm");
    for (int i = 0; i < file_.caches_size(); ++i) cache(i);
    files(file_.files(), "files");
    files(file_.slurm(), "slurm");
    if (file_.caches_size() > 0 || file_.files_size() > 0) return;
    if (file_.slurm_size() > 0) {
      warn(Path() / "rpki" / "slurm", "local exceptions count for nothing without caches or files");
    }
    const bool believes = believes_neighbors();
    for (const auto& [name, policy] : config_.file.policies()) {
      if (!believes) reads_nothing(name, policy);
    }
    for (const auto& [name, group] : config_.file.groups()) {
      reads_nothing(Path() / "groups" / name, group, believes);
    }
    for (int i = 0; i < config_.file.peers_size(); ++i) {
      reads_nothing(Path() / "peers" / static_cast<std::size_t>(i), config_.file.peers(i),
                    believes);
    }
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void warn(const Path& at, std::string message) {
    report_.warn(document_.place(at), at.to_string(), std::move(message));
  }

  // Without VRPs of our own the state can come from neighbors (RFC 8097).
  [[nodiscard]] bool believes_neighbors() const {
    const auto& peers = config_.file.peers();
    const auto& groups = config_.file.groups();
    const auto believes = [](const proto::Peer& peer) { return peer.rpki_community().receive(); };
    return std::any_of(peers.begin(), peers.end(), believes) ||
           std::any_of(groups.begin(), groups.end(),
                       [&](const auto& group) { return believes(group.second); });
  }

  // believes: a state can come from some neighbor.
  void reads_nothing(const Path& path, const proto::Peer& peer, bool believes) {
    const Path reject = path / "reject_rpki_invalid";
    const Path community = path / "rpki_community";
    const bool brings = peer.rpki_community().receive();
    if (peer.reject_rpki_invalid() && !brings && document_.find(reject) != nullptr) {
      warn(reject, "without caches or files in the section rpki no route is invalid");
    }
    if (peer.rpki_community().send() && !believes && document_.find(community) != nullptr) {
      warn(community, "without caches or files in the section rpki no route has a state to send");
    }
  }

  // The first term that reads the state stands for all of the policy.
  void reads_nothing(const std::string& name, const proto::Policy& policy) {
    for (int i = 0; i < policy.terms_size(); ++i) {
      if (policy.terms(i).match().rpki_size() == 0) continue;
      const Path terms = Path() / "policies" / name / "terms";
      return warn(terms / static_cast<std::size_t>(i) / "match" / "rpki",
                  "without caches or files in the section rpki every route is not-validated");
    }
  }

  static Path path_to(std::string_view list, int i) {
    return Path() / "rpki" / list / static_cast<std::size_t>(i);
  }

  void bound(int size, std::size_t most, std::string_view list) {
    if (static_cast<std::size_t>(size) <= most) return;
    report(
        path_to(list, static_cast<int>(most)),
        "at most " + std::to_string(most) + " may stand here, these are " + std::to_string(size));
  }

  void cache(int i) {
    const proto::RpkiCache& cache = file_.caches(i);
    const Path path = path_to("caches", i);
    const auto address = IpAddress::parse(cache.address());
    if (address) {
      const std::uint32_t port = port_of(cache);
      const auto [first, is_new] = caches_.emplace(std::pair(address->to_string(), port), i);
      if (!is_new) {
        report(path / "address", cache.address() + " port " + std::to_string(port) +
                                     " is the cache rpki.caches[" + std::to_string(first->second) +
                                     "], too");
      }
    }
    if (address || !cache.name().empty()) {
      const auto [first, is_new] = names_.emplace(cache_name(cache), i);
      if (!is_new && !cache.name().empty()) {
        report(path / "name", in_quotes(cache.name()) + " is the name of rpki.caches[" +
                                  std::to_string(first->second) + "], too");
      }
    }
    const std::uint32_t highest = cache.has_max_version() ? cache.max_version() : kMaxVersion;
    if (cache.min_version() > highest) {
      report(path / "min_version", "min_version " + std::to_string(cache.min_version()) +
                                       " is above max_version " + std::to_string(highest));
    }
    if (document_.find(path / "md5_password") != nullptr && !cache.md5_password_file().empty()) {
      report(path / "md5_password_file", "md5_password is given too; one of them is the key");
    }
  }

  template <typename Names>
  void files(const Names& names, std::string_view list) {
    std::map<std::string, int> seen;
    for (int i = 0; i < names.size(); ++i) {
      const auto [first, is_new] =
          seen.emplace(normal_path(relative_to(config_.path, names[i])), i);
      if (is_new) continue;
      const std::string& other = names[first->second];
      if (names[i] == other) {
        report(path_to(list, i), in_quotes(names[i]) + " given twice");
      } else {  // unless a link makes another path of it
        warn(path_to(list, i), in_quotes(names[i]) + " is the file " + in_quotes(other) + ", too");
      }
    }
  }

  const YamlDocument& document_;
  const Config& config_;
  const proto::Rpki& file_;
  Report& report_;
  std::map<std::pair<std::string, std::uint32_t>, int> caches_;
  std::map<std::string, int> names_;
};

}  // namespace

std::string cache_name(const proto::RpkiCache& cache) {
  if (!cache.name().empty()) return cache.name();
  const bool v6 = cache.address().find(':') != std::string::npos;
  const std::string host = v6 ? '[' + cache.address() + ']' : cache.address();
  return host + ':' + std::to_string(port_of(cache));
}

void check_rpki(const YamlDocument& document, const Config& config, Report& report) {
  RpkiRules(document, config, report).check();
}

}  // namespace tern::conf
