// What is being written to: a person's terminal, or a pipe or file that a program reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::ctl {

enum class Tint : std::uint8_t { Plain, Bold, Dim, Good, Bad, Warn, Accent };

// A value: the facts views need to know about their surroundings.
struct Screen {
  bool color = false;
  // Columns of the terminal; nothing when the output is no terminal, and then nothing is cut.
  std::optional<std::size_t> width;
  std::uint64_t now_seconds = 0;  // Unix time, for ages

  // `text` in the tint, or as it is without colours.
  [[nodiscard]] std::string paint(Tint tint, std::string_view text) const;
};

// The screen behind a file descriptor. Colours need a terminal, no `no_color`, and an environment
// without NO_COLOR and with a TERM that is not "dumb".
[[nodiscard]] Screen screen_of(int descriptor, bool no_color);

}  // namespace tern::ctl
