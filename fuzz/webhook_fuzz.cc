// The two inputs of webhooks: the answer of a receiver, which is the same however its
// octets are cut, and bounded; and the URL of the configuration, whose parts make the URL again.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bgpd/events/webhook_answer.h"
#include "conf/http_url.h"
#include "fuzz/check.h"

namespace {

using tern::conf::HttpUrl;
using tern::conf::parse_http_url;
using tern::events::WebhookAnswer;
using tern::events::WebhookAnswerReader;
using tern::fuzz::check;

std::optional<WebhookAnswer> answer_to(std::string_view octets, std::size_t piece) {
  WebhookAnswerReader reader;
  while (!octets.empty()) {
    const std::string_view next = octets.substr(0, piece);
    octets.remove_prefix(next.size());
    if (auto answer = reader.take(next)) return answer;
  }
  return std::nullopt;
}

void check_answer(const WebhookAnswer& answer) {
  check(answer.ok() == (answer.status >= 200 && answer.status < 300));
  check(!answer.refused || answer.status == 400 || answer.status == 413 || answer.status == 422);
  check(answer.retry_after.count() >= 0);
  check(answer.status != 0 || !answer.error.empty());
  check(!answer.tls_failed);
}

void check_url(const HttpUrl& url) {
  check(!url.host.empty() && url.port != 0);
  check(url.target.front() == '/');
  const std::string text = url.origin() + url.target;
  if (text.size() > HttpUrl::kMostOctets) return;  // a "/" was added
  const auto again = parse_http_url(text);
  check(again.has_value());
  check(again->tls == url.tls && again->host == url.host && again->port == url.port);
  check(again->target == url.target && again->origin() == url.origin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = answer_to(text, size == 0 ? 1 : size);
  if (whole) check_answer(*whole);
  const auto cut = answer_to(text, 3);
  if (cut) check_answer(*cut);
  // Of octets that are no HTTP, or too many, pieces may show another mistake first.
  if (whole && whole->status != 0 && cut && cut->status != 0) {
    check(whole->status == cut->status && whole->retry_after == cut->retry_after);
  }
  check(!whole || !whole->ok() || (cut && cut->ok()));
  if (const auto url = parse_http_url(text)) {
    check_url(*url);
  } else {
    (void)tern::conf::http_url_hint(text);
  }
  return 0;
}
