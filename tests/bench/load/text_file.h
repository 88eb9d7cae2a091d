// A text file that a benchmark writes for ternd.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "tests/bench/load/universe.h"

namespace tern::load {

// Throws std::runtime_error where the file cannot be opened or written.
class TextFile {
 public:
  explicit TextFile(const std::string& path);
  void add(const std::string& text);
  // Call it once, behind the last add().
  void end();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

// "198.51.100.0/24"
[[nodiscard]] std::string text_of(const Prefix& prefix);

}  // namespace tern::load
