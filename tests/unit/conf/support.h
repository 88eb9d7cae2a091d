// What the tests of conf/ share.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "conf/config.h"

namespace tern::conf::test {

inline std::string errors_of(const LoadResult& result) {
  std::string text;
  if (result) return text;
  for (const Error& error : result.error()) text += error.to_string() + '\n';
  return text;
}

inline std::string warnings_of(const LoadResult& result) {
  std::string text;
  if (!result) return text;
  for (const Error& warning : (*result)->warnings) text += warning.to_string() + '\n';
  return text;
}

// A file must have this section.
inline const std::string kRouter = "router: { asn: 65000, id: 10.0.0.1 }\n";

// A text without faults; the test ends where it has one.
inline std::shared_ptr<const Config> must_load(const std::string& text,
                                               const std::string& file = "t.yml") {
  auto result = load_text(text, file);
  if (!result) {
    std::cerr << errors_of(result);
    std::abort();
  }
  return *result;
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace tern::conf::test
