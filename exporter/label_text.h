// Makes a valid value of a metric label of any bytes.
//
// A description or a shutdown communication (RFC 9003) comes from outside: one byte that is not
// UTF-8, or a NUL, would make Prometheus refuse the whole scrape. Such bytes become U+FFFD; line
// feeds stay, and the serializer escapes them.
#pragma once

#include <string>
#include <string_view>

namespace tern::exporter {

[[nodiscard]] std::string label_text(std::string_view text);

}  // namespace tern::exporter
