// A block of "Label  value" lines.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "bgpd/ctl/screen.h"

namespace tern::ctl {

struct Field {
  std::string label;
  std::string value;  // empty: the line is left out
};

// Labels padded to `label_width`, so that blocks of one list align. On a terminal, values wrap at
// words under themselves.
void print_fields(std::ostream& out, const Screen& screen, const std::vector<Field>& fields,
                  std::size_t label_width);

}  // namespace tern::ctl
