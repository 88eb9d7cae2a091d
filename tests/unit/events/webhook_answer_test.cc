// Answers of receivers, in pieces of any size.
#include "bgpd/events/webhook_answer.h"

#include <gtest/gtest.h>

namespace tern::events {
namespace {

// The answer of octets that come in pieces of that size; nothing: none came.
std::optional<WebhookAnswer> answer_to(const std::string& octets, std::size_t piece) {
  WebhookAnswerReader reader;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    if (auto answer = reader.take(std::string_view(octets).substr(at, piece))) return answer;
  }
  return std::nullopt;
}

std::string answer_text(const std::string& octets, std::size_t piece = 4096) {
  const auto answer = answer_to(octets, piece);
  if (!answer) return "none";
  return std::to_string(answer->status) + " " + answer->error;
}

TEST(WebhookAnswer, IsItsStatusHoweverItIsCut) {
  for (const std::size_t piece : {1U, 2U, 7U, 4096U}) {
    EXPECT_EQ(answer_text("HTTP/1.1 204 No Content\r\n\r\n", piece), "204 ");
    EXPECT_EQ(answer_text("HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\nx", piece),
              "200 ");
    EXPECT_EQ(answer_text("HTTP/1.1 500 x\r\nA: b\r\n\r\n", piece), "500 answered 500");
    EXPECT_EQ(answer_text("HTTP/1.1 301 x\r\n\r\n", piece),
              "301 answered 301: redirects are not followed");
    EXPECT_EQ(answer_text("HTTP/1.1 200 OK\r\nA: b\r\n", piece), "none");
  }
  EXPECT_NE(answer_text("220 mail.example.net ESMTP\r\n\r\n").find("0 answer: "),
            std::string::npos);
}

TEST(WebhookAnswer, SaysWhatTheReceiverRefusesAndWhenToComeAgain) {
  for (const char* const status : {"400", "413", "422"}) {
    EXPECT_TRUE(answer_to(std::string("HTTP/1.1 ") + status + " x\r\n\r\n", 4096)->refused);
  }
  EXPECT_FALSE(answer_to("HTTP/1.1 404 x\r\n\r\n", 4096)->refused);
  const std::string busy = "HTTP/1.1 429 x\r\nRetry-After: ";
  EXPECT_EQ(answer_to(busy + "17\r\n\r\n", 4096)->retry_after, std::chrono::seconds(17));
  for (const char* const other : {"-1", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999"}) {
    EXPECT_EQ(answer_to(busy + other + "\r\n\r\n", 4096)->retry_after, std::chrono::seconds(0));
  }
}

TEST(WebhookAnswer, InterimAnswersAreBounded) {
  const std::string interim = "HTTP/1.1 103 x\r\nLink: y\r\n\r\n";
  std::string octets;
  for (unsigned i = 1; i < WebhookAnswerReader::kMostInterim; ++i) octets += interim;
  EXPECT_EQ(answer_text(octets + "HTTP/1.1 200 OK\r\n\r\n", 5), "200 ");
  EXPECT_EQ(answer_text(octets + interim, 5), "103 answered 103");
}

TEST(WebhookAnswer, ItsHeaderIsBounded) {
  const std::string long_field = "HTTP/1.1 200 OK\r\nX: " + std::string(9'000, 'x');
  for (const std::size_t piece : {100U, 4096U, 20'000U}) {
    EXPECT_NE(answer_text(long_field, piece).find("longer than 8192 bytes"), std::string::npos);
    EXPECT_NE(answer_text(long_field + "\r\n\r\n", piece).find("longer than 8192 bytes"),
              std::string::npos);
  }
  EXPECT_EQ(answer_text("HTTP/1.1 200 OK\r\nX: " + std::string(8'000, 'x') + "\r\n\r\n", 100),
            "200 ");
}

}  // namespace
}  // namespace tern::events
