// Compresses an answer for a client that takes gzip (RFC 1952, RFC 9110 section 8.4.1.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tern::exporter {

// Nothing when zlib refuses (out of memory): the caller then sends the text uncompressed.
[[nodiscard]] std::optional<std::string> gzip(std::string_view text);

// True when an Accept-Encoding value admits gzip: named, or by "*", and not with q=0
// (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace tern::exporter
