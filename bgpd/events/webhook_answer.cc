#include "bgpd/events/webhook_answer.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/none.hpp>
#include <cstdint>

#include "rib/types/decimal.h"

namespace tern::events {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::empty_body>;

// RFC 9110 section 10.2.3, as a number of seconds; a date is ignored.
std::chrono::seconds retry_after(const Parser& parser) {
  const auto field = parser.get()[http::field::retry_after];
  const auto seconds = parse_decimal<std::uint32_t>(std::string_view(field.data(), field.size()));
  return std::chrono::seconds(seconds.value_or(0));
}

WebhookAnswer answer_of(const Parser& parser) {
  WebhookAnswer answer;
  answer.status = parser.get().result_int();
  if (answer.status >= 200 && answer.status < 300) return answer;
  answer.error = "answered " + std::to_string(answer.status);
  if (answer.status >= 300 && answer.status < 400) answer.error += ": redirects are not followed";
  answer.refused = answer.status == 400 || answer.status == 413 || answer.status == 422;
  answer.retry_after = retry_after(parser);
  return answer;
}

WebhookAnswer no_answer(std::string error) {
  WebhookAnswer answer;
  answer.error = std::move(error);
  return answer;
}

WebhookAnswer too_long() {
  return no_answer("the header of the answer is longer than " +
                   std::to_string(WebhookAnswerReader::kMostHeader) + " bytes");
}

}  // namespace

class WebhookAnswerReader::Impl {
 public:
  std::optional<WebhookAnswer> take(std::string_view octets) {
    waiting_.append(octets);
    for (;;) {
      if (!parser_) begin();
      error_code error;
      const std::size_t used = parser_->put(boost::asio::buffer(waiting_), error);
      waiting_.erase(0, used);
      if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return too_long();
      }
      if (error && error != http::error::need_more) return no_answer("answer: " + error.message());
      if (!parser_->is_header_done()) {
        if (waiting_.size() > kMostHeader) return too_long();
        return std::nullopt;
      }
      const unsigned status = parser_->get().result_int();
      if (status < 100 || status >= 200 || ++interim_ >= kMostInterim) return answer_of(*parser_);
      parser_.reset();
      if (waiting_.empty()) return std::nullopt;
    }
  }
  [[nodiscard]] bool has_begun() const {
    return !waiting_.empty() || (parser_ && parser_->got_some());
  }

 private:
  void begin() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(kMostHeader));
    parser_->body_limit(boost::none);  // the body is not read
  }

  std::optional<Parser> parser_;
  std::string waiting_;  // octets that the parser did not take
  unsigned interim_ = 0;
};

WebhookAnswerReader::WebhookAnswerReader() : impl_(std::make_unique<Impl>()) {}
WebhookAnswerReader::~WebhookAnswerReader() = default;

std::optional<WebhookAnswer> WebhookAnswerReader::take(std::string_view octets) {
  return impl_->take(octets);
}
bool WebhookAnswerReader::has_begun() const { return impl_->has_begun(); }

}  // namespace tern::events
