#include "bgpd/ctl/fields.h"

#include <algorithm>
#include <limits>

#include "bgpd/ctl/text.h"

namespace tern::ctl {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastValueWidth = 20;

}  // namespace

void print_fields(std::ostream& out, const Screen& screen, const std::vector<Field>& fields,
                  std::size_t label_width) {
  const std::size_t start = kIndent + label_width + kGap;
  std::size_t room = std::numeric_limits<std::size_t>::max();
  if (screen.width) {
    room = std::max(*screen.width - std::min(*screen.width, start), kLeastValueWidth);
  }
  for (const Field& field : fields) {
    const std::vector<std::string> lines = wrap(field.value, room);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string_view label = i == 0 ? field.label : std::string_view();
      const std::size_t padding = label_width - std::min(label_width, display_width(label)) + kGap;
      out << std::string(kIndent, ' ') << screen.paint(Tint::Dim, label)
          << std::string(padding, ' ') << lines[i] << '\n';
    }
  }
}

}  // namespace tern::ctl
