#include "conf/http_url.h"

#include <algorithm>

#include "rib/types/decimal.h"
#include "rib/types/ip_address.h"

namespace tern::conf {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::uint16_t kHttpPort = 80;    // RFC 9110 section 4.2.1
constexpr std::uint16_t kHttpsPort = 443;  // RFC 9110 section 4.2.2
constexpr std::size_t kLongestHost = 253;  // RFC 1035 section 2.3.4, as text

std::uint16_t usual_port(bool tls) { return tls ? kHttpsPort : kHttpPort; }

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The text behind the scheme, in two parts: the host with its port, and the rest.
struct UrlParts {
  bool tls = false;
  std::string_view authority;
  std::string_view rest;
};

std::optional<UrlParts> url_parts(std::string_view text) {
  UrlParts parts;
  parts.tls = text.substr(0, kHttps.size()) == kHttps;
  if (!parts.tls && text.substr(0, kHttp.size()) != kHttp) return std::nullopt;
  text.remove_prefix(parts.tls ? kHttps.size() : kHttp.size());
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  parts.authority = text.substr(0, end);
  parts.rest = text.substr(end);
  return parts;
}

// A dot at the end of a name is not allowed: certificates have none.
bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kLongestHost && host.front() != '.' &&
         host.back() != '.' && host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

bool set_host(std::string_view text, HttpUrl& url) {
  const bool bracketed = !text.empty() && text.front() == '[';
  std::string_view host = text;
  std::string_view port;
  if (bracketed) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  url.port = usual_port(url.tls);
  if (!port.empty()) {
    const auto number = parse_decimal<std::uint16_t>(port.substr(1));
    if (port.front() != ':' || !number || *number == 0) return false;
    url.port = *number;
  }
  url.host = host;
  if (!bracketed) return is_host_name(host);
  const auto address = IpAddress::parse(host);
  return address && address->is_v6();
}

}  // namespace

std::string HttpUrl::origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  std::string text(tls ? kHttps : kHttp);
  text += v6 ? '[' + host + ']' : host;
  return port == usual_port(tls) ? text : text + ':' + std::to_string(port);
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  if (text.size() > HttpUrl::kMostOctets) return std::nullopt;
  const bool visible =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
  const auto parts = url_parts(text);
  if (!visible || !parts || parts->rest.find('#') != std::string_view::npos) return std::nullopt;
  HttpUrl url;
  url.tls = parts->tls;
  if (!set_host(parts->authority, url)) return std::nullopt;
  url.target = parts->rest;
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  return url;
}

std::string http_url_hint(std::string_view text) {
  if (text.size() > HttpUrl::kMostOctets) {
    return "a URL has at most " + std::to_string(HttpUrl::kMostOctets) + " bytes here";
  }
  const auto parts = url_parts(text);
  if (!parts) return "the scheme 'https://' or 'http://' is missing";
  if (parts->authority.find('@') != std::string_view::npos) {
    return "a user and a password in the URL are not sent; sign with secret_file";
  }
  if (parts->rest.find('#') != std::string_view::npos) return "a fragment (#) is never sent";
  const auto colons = std::count(parts->authority.begin(), parts->authority.end(), ':');
  if (colons > 1 && parts->authority.front() != '[') return "an IPv6 address stands in brackets";
  return {};
}

}  // namespace tern::conf
