#include "bgpd/events/webhook_body.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <nlohmann/json.hpp>

namespace tern::events {
namespace {

constexpr int kBodyVersion = 1;

}  // namespace

std::shared_ptr<const std::string> change_text(std::string_view line, std::string_view change) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  std::string text = "\"change\":\"";
  text.append(change).append("\",\"event\":").append(line);
  return std::make_shared<const std::string>(std::move(text));
}

std::string webhook_body(const WebhookStream& stream, std::uint64_t dropped,
                         const std::vector<WebhookQueue::Item>& items) {
  nlohmann::ordered_json head;
  head["version"] = kBodyVersion;
  head["router"]["id"] = stream.sender.router_id;
  head["router"]["asn"] = stream.sender.asn;
  if (!stream.sender.pop.empty()) head["router"]["pop"] = stream.sender.pop;
  head["webhook"] = stream.webhook;
  head["stream"] = stream.stream;
  head["dropped"] = dropped;
  std::string body = head.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  body.pop_back();  // the brace that ends the object
  body += ",\"events\":[";
  const char* between = "";
  for (const WebhookQueue::Item& item : items) {
    body.append(between).append("{\"sequence\":").append(std::to_string(item.sequence));
    body.append(",").append(*item.text).append("}");
    between = ",";
  }
  return body + "]}\n";
}

std::string webhook_signature(std::string_view key, std::uint32_t time, std::string_view body) {
  std::string text = std::to_string(time) + ".";
  text.append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int octets = 0;
  const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), data, text.size(),
             digest.data(), &octets) == nullptr) {
    return {};
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string signature = "v1=";
  for (unsigned int i = 0; i < octets; ++i) {
    signature += kDigits[digest[i] >> 4U];
    signature += kDigits[digest[i] & 15U];
  }
  return signature;
}

}  // namespace tern::events
