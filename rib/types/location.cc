#include "rib/types/location.h"

namespace tern {

std::string_view to_string(LocationSource source) {
  switch (source) {
    case LocationSource::Unknown:
      return "unknown";
    case LocationSource::Tag:
      return "tag";
    case LocationSource::Geofeed:
      return "geofeed";
    case LocationSource::Default:
      return "default";
    case LocationSource::Pop:
      return "pop";
    case LocationSource::None:
    case LocationSource::kCount:
      break;
  }
  return "";
}

}  // namespace tern
