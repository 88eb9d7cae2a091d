// Webhooks in the configuration: URLs, and the files that they name.
#include <gtest/gtest.h>

#include "conf/http_url.h"
#include "conf/webhook_checks.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

std::string url_parts_of(std::string_view text) {
  const auto url = parse_http_url(text);
  if (!url) return "none";
  return std::string(url->tls ? "tls " : "") + url->host + ' ' + std::to_string(url->port) + ' ' +
         url->target + ' ' + url->origin();
}

TEST(HttpUrl, Parts) {
  EXPECT_EQ(url_parts_of("https://hooks.example.net/a/b?c=d"),
            "tls hooks.example.net 443 /a/b?c=d https://hooks.example.net");
  EXPECT_EQ(url_parts_of("http://192.0.2.1"), "192.0.2.1 80 / http://192.0.2.1");
  EXPECT_EQ(url_parts_of("http://[2001:db8::1]:8080?x"),
            "2001:db8::1 8080 /?x http://[2001:db8::1]:8080");
  EXPECT_EQ(url_parts_of("https://localhost:443/"), "tls localhost 443 / https://localhost");
}

TEST(HttpUrl, WhatIsNone) {
  for (const char* const text : {"",
                                 "hooks.example.net",
                                 "ftp://a",
                                 "https://",
                                 "https:///x",
                                 "https://a:/",
                                 "https://a:0/",
                                 "https://a:65536/",
                                 "https://a:+1/",
                                 "https://a b/",
                                 "https://a/\tb",
                                 "https://a/#b",
                                 "https://u:p@a/",
                                 "https://2001:db8::1/",
                                 "https://[192.0.2.1]/",
                                 "https://[2001:db8::1",
                                 "https://[2001:db8::1]x/",
                                 "https://a..b/",
                                 "https://.a/",
                                 "https://a./",
                                 "https://a/\xc3",
                                 "HTTPS://a/"}) {
    EXPECT_EQ(url_parts_of(text), "none") << text;
  }
  EXPECT_EQ(url_parts_of("https://a/" + std::string(HttpUrl::kMostOctets, 'x')), "none");
  EXPECT_NE(http_url_hint("https://2001:db8::1/").find("brackets"), std::string::npos);
  EXPECT_NE(http_url_hint("https://a/#b").find("fragment"), std::string::npos);
}

const std::string kWebhook =
    "events: { webhooks: [ { name: noc, url: \"https://a/secret-path\", secret_file: key } ] }\n";

TEST(WebhookFiles, TheKeyIsTheFirstLineOfItsFile) {
  const Folder folder;
  folder.write("key", "0123456789abcdef\r\nmore\n");
  const auto config = test::must_load(test::kRouter + kWebhook, folder.path("t.yml"));
  EXPECT_EQ(config->file.events().webhooks(0).secret(), "0123456789abcdef");
  folder.write("key", "short\n");
  EXPECT_EQ(test::errors_of(load_text(test::kRouter + kWebhook, folder.path("t.yml"))),
            folder.path("t.yml") +
                ":2:79: events.webhooks[0].secret_file: cannot read a key from '" +
                folder.path("key") + "': a key has at least 16 bytes, this has 5\n");
}

TEST(WebhookFiles, CertificatesAreInPemForm) {
  const Folder folder;
  const std::string text =
      test::kRouter + "events: { webhooks: [ { name: noc, url: \"https://a/\", ca_file: ca } ] }\n";
  folder.write("ca", "-----BEGIN CERTIFICATE-----\n");
  EXPECT_TRUE(load_text(text, folder.path("t.yml")).ok());
  folder.write("ca", "MIIB\n");
  EXPECT_NE(
      test::errors_of(load_text(text, folder.path("t.yml"))).find("there is none in PEM form"),
      std::string::npos);
}

TEST(WebhookFiles, AreBounded) {
  const Folder folder;
  const auto errors = [&](const std::string& text) {
    return test::errors_of(load_text(test::kRouter + text, folder.path("t.yml")));
  };
  folder.write("key", std::string(256, 'k'));
  EXPECT_EQ(errors(kWebhook), "");
  folder.write("key", std::string(257, 'k'));
  EXPECT_NE(errors(kWebhook).find("at most 256"), std::string::npos) << errors(kWebhook);
  const std::string trusts =
      "events: { webhooks: [ { name: noc, url: \"https://a/\", ca_file: ca } ] }\n";
  const std::string certificate = "-----BEGIN CERTIFICATE-----\n";
  folder.write("ca", certificate + std::string(kMostCaBytes - certificate.size(), 'x'));
  EXPECT_EQ(errors(trusts), "");
  folder.write("ca", certificate + std::string(kMostCaBytes, 'x'));
  EXPECT_NE(errors(trusts).find("is larger than"), std::string::npos);
}

TEST(WebhookRules, TheirNumberIsBounded) {
  const auto errors_of_number = [](std::size_t number) {
    std::string text = "events: { webhooks: [ ";
    for (std::size_t i = 0; i < number; ++i) {
      text += "{ name: w" + std::to_string(i) + ", url: \"https://a/\" }, ";
    }
    return test::errors_of(load_text(test::kRouter + text + "] }\n", "/etc/t.yml"));
  };
  EXPECT_EQ(errors_of_number(kMostWebhooks), "");
  EXPECT_NE(errors_of_number(kMostWebhooks + 1).find("at most 16 may stand here, these are 17"),
            std::string::npos);
}

TEST(WebhookFiles, ADifferenceNamesTheWebhookAndPrintsNoSecret) {
  const Folder folder;
  folder.write("key", "0123456789abcdef");
  const auto from = test::must_load(test::kRouter + kWebhook, folder.path("t.yml"));
  folder.write("key", "fedcba9876543210");
  std::string other = kWebhook;
  other.replace(other.find("secret-path"), 11, "another-path");
  const auto to = test::must_load(test::kRouter + other, folder.path("t.yml"));
  std::string all;
  for (const Change& change : diff(*from, *to)) {
    all += change.subject + "\n";
    for (const std::string& detail : change.details) all += detail + "\n";
  }
  EXPECT_NE(all.find("events"), std::string::npos);
  for (const char* const hidden : {"0123456789", "fedcba98", "secret-path", "another-path"}) {
    EXPECT_EQ(all.find(hidden), std::string::npos) << all;
  }
}

}  // namespace
}  // namespace tern::conf
