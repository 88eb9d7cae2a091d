#include "bgpd/daemon/events.h"

#include <algorithm>
#include <chrono>

#include "bgpd/daemon/directories.h"
#include "conf/http_url.h"
#include "conf/small_file.h"
#include "conf/state_file.h"
#include "rib/types/asn.h"

namespace tern::daemon {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

// The kinds and severities of the schema stand in the order of events/event.h, behind 0.
static_assert(conf::proto::Webhook::Kind_MAX == static_cast<int>(events::kKinds));
static_assert(conf::proto::Webhook::Severity_MAX == static_cast<int>(events::kSeverities));

events::WebhookSettings compose_webhook(const conf::proto::Webhook& file,
                                        const std::string& config_path) {
  events::WebhookSettings webhook;
  webhook.name = file.name();
  const conf::HttpUrl url = *conf::parse_http_url(file.url());
  webhook.receiver = url.origin();
  webhook.tls = url.tls;
  webhook.host = url.host;
  webhook.port = url.port;
  webhook.target = url.target;
  webhook.secret = file.secret();
  webhook.lacks_secret = file.secret().empty() && !file.secret_file().empty();
  if (!file.ca_file().empty()) webhook.ca_file = conf::relative_to(config_path, file.ca_file());
  if (!file.kinds().empty()) webhook.kinds.reset();
  for (const int kind : file.kinds()) webhook.kinds.set(static_cast<std::size_t>(kind - 1));
  if (file.severity() != conf::proto::Webhook::SEVERITY_UNSPECIFIED) {
    webhook.least = static_cast<events::Severity>(file.severity() - 1);
  }
  if (file.has_timeout()) webhook.timeout = std::chrono::seconds(file.timeout());
  if (file.has_batch()) webhook.batch = file.batch();
  if (file.has_queue()) webhook.queue = file.queue();
  if (file.has_retry_interval()) {
    webhook.longest_pause = std::chrono::seconds(file.retry_interval());
  }
  webhook.first_pause = std::min(webhook.first_pause, webhook.longest_pause);
  return webhook;
}

}  // namespace

events::EventSettings compose_events(const conf::Config& config) {
  const conf::proto::Events& file = config.file.events();
  events::EventSettings settings;
  if (file.has_keep()) settings.keep = file.keep();
  if (file.has_log()) settings.log = file.log();
  if (!file.file().empty()) settings.file.path = conf::relative_to(config.path, file.file());
  if (file.has_file_size()) settings.file.most_octets = file.file_size() * kMebibyte;
  if (file.has_old_files()) settings.file.older = file.old_files();
  if (file.has_history()) {
    settings.history.path = conf::state_file(state_directory(), config.path, "events", "db");
    const conf::proto::EventHistory& history = file.history();
    if (history.has_days()) settings.history.longest = std::chrono::hours(24) * history.days();
    if (history.has_rows()) settings.history.rows = history.rows();
  }
  for (const conf::proto::Webhook& webhook : file.webhooks()) {
    settings.webhooks.push_back(compose_webhook(webhook, config.path));
  }
  settings.sender.router_id = config.file.router().id();
  settings.sender.asn = parse_asn(config.file.router().asn()).value_or(0);
  settings.sender.pop = config.file.egress().pop();
  return settings;
}

}  // namespace tern::daemon
