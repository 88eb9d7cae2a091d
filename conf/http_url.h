// A URL of http or https (RFC 3986), as a request needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::conf {

struct HttpUrl {
  static constexpr std::size_t kMostOctets = 2048;

  bool tls = false;        // https
  std::string host;        // a name, or an address without brackets
  std::uint16_t port = 0;  // 80 or 443 where the URL has none
  std::string target;      // path and query; "/" where the URL has neither

  // "https://hooks.example.net:8443": without the path, which often holds a key. A port that the
  // scheme implies is left out.
  [[nodiscard]] std::string origin() const;
};

[[nodiscard]] std::optional<HttpUrl> parse_http_url(std::string_view text);
// Why a text of a common mistake is no URL of a webhook; empty: another mistake.
[[nodiscard]] std::string http_url_hint(std::string_view text);

}  // namespace tern::conf
