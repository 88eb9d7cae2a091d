#include "bgpd/ctl/import.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>

namespace tern::ctl {
namespace {

constexpr std::size_t kPieceOctets = std::size_t{48} << 10U;
constexpr std::size_t kMostOctets = std::size_t{64} << 20U;  // the daemon takes no more

}  // namespace

std::optional<std::string> read_import(const std::string& path, std::string& fault) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(kMostOctets + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad() || (errno != 0 && text.empty())) {
    fault = path + ": " + (errno != 0 ? std::strerror(errno) : "cannot be read");
    return std::nullopt;
  }
  if (text.size() > kMostOctets) {
    fault = path + ": larger than 64 MiB";
    return std::nullopt;
  }
  return text;
}

std::optional<Unreachable> send_import(
    Client& client, const Command& command, const std::string& text,
    const std::function<bool(const api::proto::Response&)>& on_response) {
  std::uint64_t upload = 0;
  std::size_t at = 0;
  for (;;) {
    api::proto::Request request = command.request;
    auto& piece = *request.mutable_registration_import();
    piece.set_upload(upload);
    piece.set_text(text.substr(at, kPieceOctets));
    at = std::min(at + kPieceOctets, text.size());
    piece.set_last(at == text.size());
    bool ends = piece.last();
    const auto unreachable = client.call(request, [&](const api::proto::Response& response) {
      upload = response.registration_write().upload();
      ends |= !response.error().empty();
      return ends ? on_response(response) : true;
    });
    if (unreachable || ends) return unreachable;
  }
}

}  // namespace tern::ctl
