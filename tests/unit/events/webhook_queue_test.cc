// The queue of a webhook: order, batches, bounds, pauses, and what a receiver refuses.
#include "bgpd/events/webhook_queue.h"

#include <gtest/gtest.h>

namespace tern::events {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const WebhookQueue::Time kNow{std::chrono::hours(1)};

WebhookSettings webhook_settings(std::size_t queue, std::size_t batch) {
  WebhookSettings settings;
  settings.queue = queue;
  settings.batch = batch;
  return settings;
}

void push_all(WebhookQueue& queue, std::size_t count, const std::string& text = "x") {
  for (std::size_t i = 0; i < count; ++i) queue.push(std::make_shared<const std::string>(text));
}

std::vector<std::uint64_t> taken(WebhookQueue& queue) {
  std::vector<std::uint64_t> sequences;
  for (const WebhookQueue::Item& item : queue.begin()) sequences.push_back(item.sequence);
  return sequences;
}

milliseconds pause_of(const WebhookQueue& queue) {
  return std::chrono::duration_cast<milliseconds>(*queue.due() - kNow);
}

using Sequences = std::vector<std::uint64_t>;

TEST(WebhookQueue, SendsInBatchesAndInOrder) {
  WebhookQueue queue(webhook_settings(100, 2));
  EXPECT_FALSE(queue.due());
  push_all(queue, 5);
  ASSERT_TRUE(queue.due());
  EXPECT_LE(*queue.due(), kNow);
  EXPECT_EQ(taken(queue), (Sequences{1, 2}));
  EXPECT_FALSE(queue.due()) << "one request at a time";
  EXPECT_EQ(queue.size(), 5U);
  queue.succeeded();
  EXPECT_EQ(taken(queue), (Sequences{3, 4}));
  queue.succeeded();
  EXPECT_EQ(taken(queue), (Sequences{5}));
  queue.succeeded();
  EXPECT_FALSE(queue.due());
  EXPECT_EQ(queue.counts().delivered, 5U);
  EXPECT_EQ(queue.counts().requests, 3U);
  EXPECT_EQ(queue.counts().failures, 0U);
}

TEST(WebhookQueue, SendsTheSameAgainAfterAFailure) {
  WebhookQueue queue(webhook_settings(100, 2));
  push_all(queue, 3);
  EXPECT_EQ(taken(queue), (Sequences{1, 2}));
  queue.failed(false, kNow, 0.99);
  EXPECT_TRUE(queue.is_failing());
  EXPECT_GT(*queue.due(), kNow);
  EXPECT_EQ(taken(queue), (Sequences{1, 2}));
  queue.succeeded();
  EXPECT_FALSE(queue.is_failing());
  EXPECT_EQ(queue.counts().delivered, 2U);
  EXPECT_EQ(queue.counts().failures, 1U);
}

TEST(WebhookQueue, PausesGrowToTheLongest) {
  WebhookSettings settings = webhook_settings(100, 10);
  settings.longest_pause = seconds(5);
  WebhookQueue queue(settings);
  push_all(queue, 1);
  for (const int most : {1000, 2000, 4000, 5000, 5000}) {
    (void)queue.begin();
    queue.failed(false, kNow, 0.0);
    EXPECT_EQ(pause_of(queue), milliseconds(most / 2)) << "half of the pause is certain";
  }
  (void)queue.begin();
  queue.failed(false, kNow, 0.5);
  EXPECT_EQ(pause_of(queue), milliseconds(3750));
  for (int i = 0; i < 100; ++i) {
    (void)queue.begin();
    queue.failed(false, kNow, 0.999);
    EXPECT_LE(pause_of(queue), settings.longest_pause);
  }
  (void)queue.begin();
  queue.succeeded();
  push_all(queue, 1);
  (void)queue.begin();
  queue.failed(false, kNow, 0.0);
  EXPECT_EQ(pause_of(queue), milliseconds(500)) << "a success begins anew";
}

TEST(WebhookQueue, TheReceiverMayAskForALongerPause) {
  WebhookQueue queue(webhook_settings(100, 10));
  push_all(queue, 1);
  (void)queue.begin();
  queue.failed(false, kNow, 0.0, seconds(30));
  EXPECT_EQ(pause_of(queue), seconds(30));
  (void)queue.begin();
  queue.failed(false, kNow, 0.0, seconds(86'400));
  EXPECT_EQ(pause_of(queue), seconds(300)) << "but for no longer one than the settings have";
}

TEST(WebhookQueue, DropsTheOldestWhereThereIsNoRoom) {
  WebhookQueue queue(webhook_settings(10, 5));
  push_all(queue, 25);
  EXPECT_EQ(queue.size(), 10U);
  EXPECT_EQ(queue.counts().dropped, 15U);
  EXPECT_EQ(taken(queue), (Sequences{16, 17, 18, 19, 20})) << "the gap shows";
  push_all(queue, 8);
  EXPECT_EQ(queue.size(), 15U) << "beside those of the request";
  EXPECT_EQ(queue.counts().dropped, 18U);
  queue.failed(false, kNow, 0.0);
  EXPECT_EQ(queue.size(), 10U);
  EXPECT_EQ(queue.counts().dropped, 23U);
  EXPECT_EQ(taken(queue), (Sequences{24, 25, 26, 27, 28}));
}

TEST(WebhookQueue, IsBoundedInOctets) {
  WebhookQueue queue(webhook_settings(100'000, 500));
  const std::string large(100'000, 'x');
  push_all(queue, 200, large);
  EXPECT_LE(queue.size() * (large.size() + WebhookQueue::kItemOverhead), WebhookQueue::kMostOctets);
  EXPECT_EQ(queue.counts().dropped + queue.size(), 200U);
  const std::size_t batch = queue.begin().size();
  EXPECT_LE(batch * large.size(), WebhookQueue::kMostBody);
  EXPECT_GE(batch, 2U);
  queue.succeeded();
  push_all(queue, 1, std::string(2 * WebhookQueue::kMostBody, 'x'));
  while (queue.due()) {
    EXPECT_GE(queue.begin().size(), 1U) << "an event that is too large for a body goes alone";
    queue.succeeded();
  }
}

TEST(WebhookQueue, ARefusedBatchIsSentOneByOne) {
  WebhookQueue queue(webhook_settings(100, 3));
  push_all(queue, 5);
  EXPECT_EQ(taken(queue), (Sequences{1, 2, 3}));
  queue.failed(true, kNow, 0.0);
  EXPECT_EQ(*queue.due(), kNow) << "at once";
  EXPECT_FALSE(queue.is_failing());
  EXPECT_EQ(taken(queue), (Sequences{1}));
  queue.succeeded();
  for (unsigned i = 1; i <= WebhookQueue::kMostRefusals; ++i) {
    EXPECT_EQ(queue.counts().refused, 0U);
    EXPECT_EQ(taken(queue), (Sequences{2}));
    queue.failed(true, kNow, 0.0);
    EXPECT_GT(*queue.due(), kNow);
  }
  EXPECT_EQ(queue.counts().refused, 1U);
  EXPECT_EQ(taken(queue), (Sequences{3}));
  queue.succeeded();
  EXPECT_EQ(taken(queue), (Sequences{4, 5})) << "batches again";
  queue.succeeded();
  EXPECT_EQ(queue.counts().delivered, 4U);
}

TEST(WebhookQueue, NewSettingsSendAtOnce) {
  WebhookQueue queue(webhook_settings(100, 10));
  push_all(queue, 20);
  (void)queue.begin();
  queue.failed(false, kNow, 0.0);
  queue.set(webhook_settings(10, 4));
  EXPECT_LE(*queue.due(), kNow);
  EXPECT_FALSE(queue.is_failing());
  EXPECT_EQ(queue.size(), 10U);
  EXPECT_EQ(queue.counts().dropped, 10U);
  EXPECT_EQ(taken(queue), (Sequences{11, 12, 13, 14}));
}

TEST(WebhookQueue, AFailureWithOldSettingsIsNoneOfTheNewOnes) {
  WebhookQueue queue(webhook_settings(100, 10));
  push_all(queue, 3);
  (void)queue.begin();
  queue.set(webhook_settings(100, 10));
  queue.failed(false, kNow, 0.0);
  EXPECT_LE(*queue.due(), kNow);
  EXPECT_FALSE(queue.is_failing());
  EXPECT_EQ(queue.counts().failures, 1U);
  EXPECT_EQ(taken(queue), (Sequences{1, 2, 3}));
  queue.failed(false, kNow, 0.0);
  EXPECT_GT(*queue.due(), kNow);
}

TEST(WebhookQueue, EventsThatAreDroppedAreNotSentSingly) {
  WebhookQueue queue(webhook_settings(4, 3));
  push_all(queue, 3);
  (void)queue.begin();
  queue.failed(true, kNow, 0.0);
  EXPECT_EQ(taken(queue), (Sequences{1}));
  push_all(queue, 6);  // drops 2 and 3, while 1 is under way, and 4 and 5
  EXPECT_EQ(queue.counts().dropped, 4U);
  queue.succeeded();
  EXPECT_EQ(taken(queue), (Sequences{6, 7, 8})) << "batches again";
}

}  // namespace
}  // namespace tern::events
