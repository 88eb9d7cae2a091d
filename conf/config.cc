#include "conf/config.h"

#include <utility>

#include "conf/baseline_checks.h"
#include "conf/circuit_checks.h"
#include "conf/condition_checks.h"
#include "conf/defaults.h"
#include "conf/dictionary_checks.h"
#include "conf/domains.h"
#include "conf/groups.h"
#include "conf/health_checks.h"
#include "conf/kernel_checks.h"
#include "conf/latency_checks.h"
#include "conf/network_checks.h"
#include "conf/next_hop_checks.h"
#include "conf/own_checks.h"
#include "conf/peer_checks.h"
#include "conf/place_checks.h"
#include "conf/policy_check.h"
#include "conf/probe_checks.h"
#include "conf/references.h"
#include "conf/registration_checks.h"
#include "conf/report.h"
#include "conf/route_filter_checks.h"
#include "conf/rpki_checks.h"
#include "conf/secrets.h"
#include "conf/small_file.h"
#include "conf/webhook_checks.h"
#include "conf/yaml_document.h"
#include "conf/yaml_loader.h"

namespace tern::conf {

std::string Error::to_string() const {
  std::string text = file;
  if (line > 0) text += ':' + std::to_string(line) + ':' + std::to_string(column);
  text += is_warning ? ": warning: " : ": ";
  if (!path.empty()) text += path + ": ";
  return text + message;
}

const proto::Peer& Config::settings(const proto::DynamicPeers& range) const {
  const auto group = file.groups().find(range.group());
  return group == file.groups().end() ? proto::Peer::default_instance() : group->second;
}

LoadResult load_text(std::string_view text, const std::string& file, const LoadOptions& options) {
  Report report(file);
  YamlDocument document;
  if (!document.parse(text, report)) return report.take();
  if (document.root() == nullptr || document.root()->kind == YamlNode::Kind::Null) {
    report.add({1, 1}, "",
               "the file is empty; the least there can be is "
               "router: { asn: 65000, id: 192.0.2.1 }");
    return report.take();
  }
  const auto config = std::make_shared<Config>();
  config->path = file;
  proto::Configuration& written = config->file;
  const auto references = load_yaml(*document.root(), written, report);
  check_references(*document.root(), references, report);
  if (options.domain != nullptr) config->domain = options.domain->name;
  check_domains(document, options, written, file, report);
  fill_defaults(*document.root(), written);
  if (options.domain != nullptr) written.mutable_api()->set_socket(options.domain->socket);
  read_secrets(document, options, *config, report);
  read_webhook_files(document, options, *config, report);
  merge_groups(*document.root(), written);
  check_matched_peers(document, written, report);
  check_peers(document, written, report);
  check_route_filters(document, written, report);
  check_network(document, written, report);
  check_dictionaries(document, written, report);
  check_places(document, written, report);
  check_probes(document, written, report);
  check_rpki(document, *config, report);
  check_networks(document, written, report);
  check_conditions(document, written, report);
  check_health(document, written, report);
  check_webhooks(document, written, report);
  check_circuits(document, written, report);
  check_latency(document, written, report);
  check_baseline(document, written, report);
  check_next_hops(document, written, report);
  config->policies = compile_policies(document, written, report);
  check_kernel(document, *config, report);
  if (options.running != nullptr) config->policies.share_with(options.running->policies);
  build_registrations(document, *config, report);
  build_egress(document, options, *config, report);
  if (!report.empty()) return report.take();
  config->warnings = report.take_warnings();
  return std::shared_ptr<const Config>(config);
}

LoadResult load_file(const std::string& path, const LoadOptions& options) {
  const auto text = read_file(path, YamlDocument::kMostBytes);
  if (text) return load_text(*text, path, options);
  return std::vector<Error>{{path, 0, 0, "", "cannot read: " + text.error().message}};
}

}  // namespace tern::conf
