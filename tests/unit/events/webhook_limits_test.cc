// Webhooks where something is missing: certificates, descriptors, and time at the end.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <utility>

#include "tests/unit/events/webhook_support.h"
#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

using Port = HttpReceiver::Port;

TEST(WebhookLimits, BelieveTheCertificateOfTheReceiverAlone) {
  const Folder folder;
  const TestCertificate certificate;
  const TestCertificate stranger;
  const HttpReceiver receiver(always_ok, Port::Open, &certificate);
  WebhookSettings settings = posts_to(receiver);
  settings.tls = true;
  settings.ca_file = folder.write("ca.pem", stranger.certificate);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "the certificate of the receiver is not valid"));
  folder.remove("ca.pem");
  EXPECT_TRUE(fails_with(webhooks, settings.ca_file)) << "a file that is missing is an error";
  settings.host = "localhost";
  webhooks.apply({settings}, {});
  folder.write("ca.pem", certificate.certificate);
  EXPECT_TRUE(fails_with(webhooks, "mismatch")) << "the certificate is for another name";
  EXPECT_TRUE(receiver.requests().empty());
  settings.host = "127.0.0.1";
  webhooks.apply({settings}, {});
  EXPECT_TRUE(delivers(webhooks, 1));
}

TEST(WebhookLimits, BelieveACertificateForTheNameOfTheReceiver) {
  const Folder folder;
  const TestCertificate certificate("DNS:localhost");
  const HttpReceiver receiver(always_ok, Port::Open, &certificate);
  WebhookSettings settings = posts_to(receiver);
  settings.tls = true;
  settings.host = "localhost";
  settings.ca_file = folder.write("ca.pem", certificate.certificate);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(delivers(webhooks, 1)) << only(webhooks).last_error;
  EXPECT_EQ(receiver.requests()[0].server_name, "localhost");
}

TEST(WebhookLimits, BelieveACertificateForAnAddressOfIpv6) {
  const Folder folder;
  const TestCertificate certificate("IP:::1");
  const HttpReceiver receiver(always_ok, Port::Open, &certificate, "::1");
  WebhookSettings settings = posts_to(receiver);
  settings.tls = true;
  settings.host = "::1";
  settings.ca_file = folder.write("ca.pem", certificate.certificate);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(delivers(webhooks, 1)) << only(webhooks).last_error;
}

TEST(WebhookLimits, WaitForNoPipeInPlaceOfCertificates) {
  const Folder folder;
  const HttpReceiver receiver(always_ok);
  WebhookSettings settings = posts_to(receiver);
  settings.tls = true;
  settings.ca_file = folder.path("pipe");
  ASSERT_EQ(::mkfifo(settings.ca_file.c_str(), 0600), 0);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "is no regular file"));
}

TEST(WebhookLimits, SendAtTheEndWhatWaits) {
  const HttpReceiver receiver(always_ok);
  {
    Webhooks webhooks;
    webhooks.apply({posts_to(receiver)}, {});
    for (std::uint32_t id = 1; id <= 120; ++id) append(webhooks, event_of(id));
    webhooks.end(std::chrono::minutes(1));
  }
  EXPECT_EQ(ids(receiver).size(), 120U);
}

TEST(WebhookLimits, TryAFailedReceiverOnceMoreAtTheEnd) {
  HttpReceiver receiver(always_ok, Port::Refuses);
  WebhookSettings settings = posts_to(receiver);
  settings.first_pause = settings.longest_pause = std::chrono::hours(1);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(fails_with(webhooks, "refused"));
  receiver.open();
  webhooks.end(std::chrono::minutes(1));
  EXPECT_EQ(ids(receiver), std::vector<std::uint32_t>{1});
}

// The sanitizer of undefined behavior opens a pipe to look at an exception, and takes the lack of
// descriptors for a fault of the exception.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define TERN_EXCEPTIONS_NEED_A_PIPE
#endif
#endif
#ifndef TERN_EXCEPTIONS_NEED_A_PIPE
TEST(WebhookLimits, ASystemWithoutADescriptorForThemEndsNothing) {
  // A receiver that waits for connections would want a descriptor, too.
  HttpReceiver receiver(always_ok, Port::Refuses);
  Webhooks webhooks;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t before = std::exchange(limit.rlim_cur, 0);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  webhooks.apply({posts_to(receiver)}, {});
  limit.rlim_cur = before;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(only(webhooks).state, WebhookStatus::State::Unusable);
  EXPECT_NE(only(webhooks).last_error, "");
  receiver.open();
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(delivers(webhooks, 1)) << "tried again with the next settings";
}
#endif

}  // namespace
}  // namespace tern::events
