#include "rib/types/family.h"

namespace tern {

std::string family_names() {
  std::string names;
  for (const Family family : kFamilies) {
    if (!names.empty()) names += index(family) + 1 == kFamilyCount ? " or " : ", ";
    names += to_string(family);
  }
  return names;
}

}  // namespace tern
