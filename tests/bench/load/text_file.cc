#include "tests/bench/load/text_file.h"

#include <stdexcept>

namespace tern::load {

TextFile::TextFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "w")) {
  if (!file_) throw std::runtime_error("cannot write " + path);
}

void TextFile::add(const std::string& text) { std::fputs(text.c_str(), file_.get()); }

void TextFile::end() {
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) {
    throw std::runtime_error(path_ + " is not whole");
  }
}

std::string text_of(const Prefix& prefix) {
  char text[64];
  const std::uint32_t bits = prefix.bits;
  if (prefix.ipv6) {
    std::snprintf(text, sizeof text, "2a10:%x:%x::/%u", bits >> 16U, bits & 0xFFFFU,
                  prefix.length + 24U);
  } else {
    std::snprintf(text, sizeof text, "%u.%u.%u.0/%u", bits >> 16U, bits >> 8U & 0xFFU, bits & 0xFFU,
                  unsigned{prefix.length});
  }
  return text;
}

}  // namespace tern::load
