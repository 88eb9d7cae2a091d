// The names by which geofeeds and presets of dictionaries know the places of a configuration:
// countries by ISO 3166-1 code, metros and regions by name or title.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "conf/tern.pb.h"
#include "policy/places.h"
#include "rib/types/shared_value.h"

namespace tern::conf {

// In lower case, with '-' for everything between letters and digits of ASCII: "new-york".
[[nodiscard]] std::string plain_name(std::string_view name);

// The ISO 3166-1 code of a country of the configuration in lower case; empty: not known.
[[nodiscard]] std::string iso_code(const std::string& name, const proto::Country& country);

// The places of users that a code of a country and the name of a city stand for.
class PlaceNames {
 public:
  PlaceNames() = default;
  // places: of the same configuration.
  PlaceNames(const proto::Egress& egress, const policy::Places& places);

  // country: an ISO 3166-1 code in lower case. region: an ISO 3166-2 code, and city, as
  // plain_name(), or empty. A metro of that name in the country, or whose country is not known;
  // else the country. A metro with a subdivision counts where the region is that subdivision, or
  // where no region is given and no other subdivision has a metro of the name. kNoPlace: neither
  // metro nor country is a place of the configuration.
  [[nodiscard]] MetroId find(const std::string& country, const std::string& region,
                             const std::string& city) const;

  friend bool operator==(const PlaceNames&, const PlaceNames&) = default;

 private:
  struct Names;
  [[nodiscard]] static MetroId metro_of(const Names& names, const std::string& country,
                                        const std::string& region, const std::string& city);

  struct Names {
    std::map<std::string, MetroId> countries;  // by code
    // By code of the country, plain name, and code of the subdivision, which may be empty.
    std::map<std::array<std::string, 3>, MetroId> metros;
    friend bool operator==(const Names&, const Names&) = default;
  };
  SharedValue<Names> names_ = std::make_shared<const Names>();  // copies share it
};

}  // namespace tern::conf
