#include "bgpd/ctl/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace tern::ctl {
namespace {

// ECMA-48 SGR parameters.
std::string_view sgr(Tint tint) {
  switch (tint) {
    case Tint::Plain:
      return "";
    case Tint::Bold:
      return "1";
    case Tint::Dim:
      return "2";
    case Tint::Good:
      return "32";
    case Tint::Bad:
      return "31";
    case Tint::Warn:
      return "33";
    case Tint::Accent:
      return "36";
  }
  return "";
}

bool environment_allows_color() {
  const char* const refused = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  if (refused != nullptr && *refused != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

std::string Screen::paint(Tint tint, std::string_view text) const {
  if (!color || tint == Tint::Plain || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted.append(sgr(tint)).append("m").append(text).append("\x1b[0m");
  return painted;
}

Screen screen_of(int descriptor, bool no_color) {
  Screen screen;
  screen.now_seconds = static_cast<std::uint64_t>(std::time(nullptr));
  if (isatty(descriptor) == 0) return screen;
  screen.color = !no_color && environment_allows_color();
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  screen.width = known ? size.ws_col : 80U;  // a terminal that does not tell is taken for a VT100
  return screen;
}

}  // namespace tern::ctl
