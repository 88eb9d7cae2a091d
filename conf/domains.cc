#include "conf/domains.h"

#include <map>
#include <string_view>
#include <utility>

#include "conf/small_file.h"
#include "rib/types/domain_socket.h"

namespace tern::conf {
namespace {

constexpr std::string_view kFirstSocketName = "ternd";  // of the default of api.socket

// The keys of a process, which its first configuration has.
constexpr std::string_view kProcessSections[] = {"log", "metrics", "domains"};

class DomainChecks {
 public:
  DomainChecks(const YamlDocument& document, Report& report)
      : document_(document), report_(report) {}

  void check_list(const proto::Configuration& file, const std::string& path) {
    if (static_cast<std::size_t>(file.domains_size()) > kMostDomains) {
      add(Path() / "domains", "there are at most " + std::to_string(kMostDomains) +
                                  " further domains, these are " +
                                  std::to_string(file.domains_size()));
    }
    for (int i = 0; i < file.domains_size(); ++i) {
      const proto::Domain& domain = file.domains(i);
      const Path at = Path() / "domains" / static_cast<std::size_t>(i);
      check_name(at / "name", file.api().socket(), domain.name());
      const std::string name = relative_to(path, domain.file());
      if (name == path) add(at / "file", "this is the file of the first domain");
      unique(at / "file", "the file " + in_quotes(name), "file:" + name);
    }
  }

  void check_file_of_domain() {
    for (const std::string_view section : kProcessSections) forbid(Path() / section);
    forbid(Path() / "api" / "socket");
    forbid(Path() / "router" / "core_dumps");
  }

 private:
  void add(const Path& path, std::string message) {
    report_.add(document_.place(path), path.to_string(), std::move(message));
  }

  void check_name(const Path& at, const std::string& first_socket, const std::string& name) {
    if (name.empty()) return;
    if (name == kFirstSocketName || domain_socket(first_socket, name) == first_socket) {
      add(at, in_quotes(name) + " would have the control socket of the first domain");
    }
    unique(at, "a domain " + in_quotes(name), "name:" + name);
  }

  void unique(const Path& at, const std::string& what, const std::string& key) {
    const auto [known, is_new] = seen_.emplace(key, at.to_string());
    if (!is_new) add(at, what + " is that of " + known->second);
  }

  void forbid(const Path& at) {
    if (document_.find(at) == nullptr) return;
    add(at, "this belongs to the process, and stands in the first configuration alone");
  }

  const YamlDocument& document_;
  Report& report_;
  std::map<std::string, std::string> seen_;  // to the path of the first
};

}  // namespace

void check_domains(const YamlDocument& document, const LoadOptions& options,
                   const proto::Configuration& file, const std::string& path, Report& report) {
  DomainChecks checks(document, report);
  if (options.domain != nullptr) return checks.check_file_of_domain();
  checks.check_list(file, path);
}

std::string domain_file(const Config& first, const proto::Domain& domain) {
  return relative_to(first.path, domain.file());
}

LoadResult load_domain(const Config& first, const proto::Domain& domain, LoadOptions options) {
  const LoadOptions::Domain place{domain.name(),
                                  domain_socket(first.file.api().socket(), domain.name())};
  options.domain = &place;
  return load_file(domain_file(first, domain), options);
}

}  // namespace tern::conf
