#include "conf/webhook_checks.h"

#include <map>
#include <string>
#include <utility>

#include "conf/http_url.h"
#include "conf/secrets.h"
#include "conf/small_file.h"

namespace tern::conf {
namespace {

constexpr std::size_t kShortestSecret = 16;  // bytes: a shorter one can be guessed
constexpr std::size_t kLongestSecret = 256;  // bytes, as in the schema
constexpr std::uint32_t kWebhookBatch = 50;  // as in the schema, as the next one
constexpr std::uint32_t kWebhookQueue = 10'000;
constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----";

Path webhook_path(int i) { return Path() / "events" / "webhooks" / static_cast<std::size_t>(i); }

class WebhookFiles {
 public:
  WebhookFiles(const YamlDocument& document, const LoadOptions& options, Config& config,
               Report& report)
      : document_(document), options_(options), config_(config), report_(report) {}

  void read() {
    proto::Events& file = *config_.file.mutable_events();
    for (int i = 0; i < file.webhooks_size(); ++i) {
      read(webhook_path(i), *file.mutable_webhooks(i));
    }
  }

 private:
  void read(const Path& path, proto::Webhook& webhook) {
    if (!webhook.secret_file().empty()) {
      const std::string name = relative_to(config_.path, webhook.secret_file());
      const auto key = read_key(name, kShortestSecret, kLongestSecret);
      if (key) {
        webhook.set_secret(*key);
      } else {
        webhook.clear_secret();
        fault(path / "secret_file", name, "a key", key.error().message);
      }
    }
    if (webhook.ca_file().empty()) return;
    const std::string name = relative_to(config_.path, webhook.ca_file());
    const auto text = read_file(name, kMostCaBytes);
    if (!text) {
      fault(path / "ca_file", name, "certificates", text.error().message);
    } else if (text->find(kCertificate) == std::string::npos) {
      fault(path / "ca_file", name, "certificates", "there is none in PEM form");
    }
  }

  void fault(const Path& place, const std::string& name, const std::string& what,
             const std::string& why) {
    const std::string text = "cannot read " + what + " from " + in_quotes(name) + ": " + why;
    if (options_.last_good == nullptr) {
      report_.add(document_.place(place), place.to_string(), text);
    } else {
      config_.stale.push_back({name, place.to_string() + ": " + text + "; nothing is sent"});
    }
  }

  const YamlDocument& document_;
  const LoadOptions& options_;
  Config& config_;
  Report& report_;
};

class WebhookRules {
 public:
  WebhookRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file.events()), report_(report) {}

  void check() {
    if (static_cast<std::size_t>(file_.webhooks_size()) > kMostWebhooks) {
      report(webhook_path(static_cast<int>(kMostWebhooks)),
             "at most " + std::to_string(kMostWebhooks) + " may stand here, these are " +
                 std::to_string(file_.webhooks_size()));
    }
    for (int i = 0; i < file_.webhooks_size(); ++i) check(i, file_.webhooks(i));
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void check(int i, const proto::Webhook& webhook) {
    const Path path = webhook_path(i);
    const auto [first, is_new] = names_.emplace(webhook.name(), i);
    if (!is_new && !webhook.name().empty()) {
      report(path / "name", in_quotes(webhook.name()) + " is the name of events.webhooks[" +
                                std::to_string(first->second) + "], too");
    }
    const bool written = document_.find(path / "secret") != nullptr;
    if (written && !webhook.secret_file().empty()) {
      report(path / "secret_file", "secret is given too; one of them is the key");
    } else if (written && !webhook.secret().empty() && webhook.secret().size() < kShortestSecret) {
      report(path / "secret", "a key has at least " + std::to_string(kShortestSecret) +
                                  " bytes, this has " + std::to_string(webhook.secret().size()));
    }
    const auto url = parse_http_url(webhook.url());
    if (url && !url->tls && !webhook.ca_file().empty()) {
      report(path / "ca_file", "is for a URL of https");
    }
    if (url && !url->tls && webhook.secret().empty() && webhook.secret_file().empty()) {
      report_.warn(document_.place(path / "url"), (path / "url").to_string(),
                   "events go out without encryption and without a signature");
    }
    const std::uint32_t batch = webhook.has_batch() ? webhook.batch() : kWebhookBatch;
    const std::uint32_t queue = webhook.has_queue() ? webhook.queue() : kWebhookQueue;
    if (batch > queue) {
      report(path / (webhook.has_batch() ? "batch" : "queue"),
             "a batch of " + std::to_string(batch) + " is larger than the queue of " +
                 std::to_string(queue));
    }
  }

  const YamlDocument& document_;
  const proto::Events& file_;
  Report& report_;
  std::map<std::string, int> names_;
};

}  // namespace

void read_webhook_files(const YamlDocument& document, const LoadOptions& options, Config& config,
                        Report& report) {
  if (config.file.events().webhooks().empty()) return;
  WebhookFiles(document, options, config, report).read();
}

void check_webhooks(const YamlDocument& document, const proto::Configuration& file,
                    Report& report) {
  WebhookRules(document, file, report).check();
}

}  // namespace tern::conf
