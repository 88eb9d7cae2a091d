#include "bgpd/api/frame.h"

#include <cstdint>

namespace tern::api {
namespace {

std::size_t read_length(std::string_view header) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kFrameHeaderLength; ++i) {
    length = (length << 8U) | static_cast<std::uint8_t>(header[i]);
  }
  return length;
}

}  // namespace

bool append_frame(std::string_view message, std::string& out) {
  if (message.size() > kMaxFrameLength) return false;
  const auto length = static_cast<std::uint32_t>(message.size());
  for (unsigned shift = 32; shift != 0;) {
    shift -= 8;
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(length >> shift)));
  }
  out.append(message);
  return true;
}

void FrameReader::feed(std::string_view bytes) {
  if (failed_) return;
  // Drops returned frames here and not in next(), so that each byte moves at most once per feed().
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

std::optional<std::string_view> FrameReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (failed_ || rest.size() < kFrameHeaderLength) return std::nullopt;
  const std::size_t length = read_length(rest);
  if (length > longest_) {
    failed_ = true;
    return std::nullopt;
  }
  if (rest.size() - kFrameHeaderLength < length) return std::nullopt;
  begin_ += kFrameHeaderLength + length;
  return rest.substr(kFrameHeaderLength, length);
}

}  // namespace tern::api
