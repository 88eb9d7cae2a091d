// Frames of the control API: a 4-octet big-endian length and that many octets of one Protobuf
// message (control.proto). Both ends use this; it opens and reads nothing.
//
// The other end's bytes are ordinary input: a length above the limit is a result, and the stream
// ends there, because no byte after it can be trusted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tern::api {

// A file that a client sends piece by piece has at most so many octets.
inline constexpr std::size_t kMostImportOctets = std::size_t{64} << 20U;

inline constexpr std::size_t kFrameHeaderLength = 4;
// The largest message. A daemon that streams a table stays far below (a few hundred routes each);
// the limit bounds what a broken peer can make the reader hold.
inline constexpr std::size_t kMaxFrameLength = std::size_t{16} << 20U;
// The largest request: a few names, patterns and texts. The limit bounds the memory that the daemon
// has for a client.
inline constexpr std::size_t kMaxRequestLength = std::size_t{64} << 10U;

// Appends the frame of `message` to `out`. False, and nothing appended, above kMaxFrameLength.
[[nodiscard]] bool append_frame(std::string_view message, std::string& out);

// Cuts frames out of a byte stream that comes in pieces of any size. Used by one thread.
class FrameReader {
 public:
  // longest: the longest message that is accepted.
  explicit FrameReader(std::size_t longest = kMaxFrameLength) : longest_(longest) {}

  // The bytes that came next. Ignored after failed().
  void feed(std::string_view bytes);

  // The next whole message, possibly empty; nothing when more bytes are needed or after failed().
  // The view is valid until the next call of feed() or next().
  [[nodiscard]] std::optional<std::string_view> next();

  // A length above the longest was announced: close the connection.
  [[nodiscard]] bool failed() const { return failed_; }
  // A frame has begun and is not complete: if the stream ends now, it is truncated.
  [[nodiscard]] bool inside_frame() const { return begin_ < buffer_.size(); }

 private:
  std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the first frame not yet returned
  bool failed_ = false;
};

}  // namespace tern::api
