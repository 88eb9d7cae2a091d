#include "bgpd/ctl/import.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>

#include "bgpd/api/frame.h"

namespace tern::ctl {
namespace {

constexpr std::size_t kPieceOctets = std::size_t{48} << 10U;

}  // namespace

std::optional<std::string> read_import(const std::string& path, std::string& fault) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(api::kMostImportOctets + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad() || (errno != 0 && text.empty())) {
    fault = path + ": " + (errno != 0 ? std::strerror(errno) : "cannot be read");
    return std::nullopt;
  }
  if (text.size() > api::kMostImportOctets) {
    fault = path + ": larger than " + std::to_string(api::kMostImportOctets >> 20U) + " MiB";
    return std::nullopt;
  }
  return text;
}

std::optional<Unreachable> send_import(
    Client& client, const Command& command, const std::string& text,
    const std::function<bool(const api::proto::Response&)>& on_response) {
  std::size_t at = 0;
  for (;;) {
    api::proto::Request request = command.request;
    auto& piece = *request.mutable_registration_import();
    piece.set_text(text.substr(at, kPieceOctets));
    at = std::min(at + kPieceOctets, text.size());
    piece.set_last(at == text.size());
    bool ends = piece.last();
    const auto unreachable = client.call(request, [&](const api::proto::Response& response) {
      ends |= !response.error().empty();
      return ends ? on_response(response) : true;
    });
    if (unreachable || ends) return unreachable;
  }
}

}  // namespace tern::ctl
