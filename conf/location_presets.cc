#include "conf/location_presets.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "conf/iso_countries.h"
#include "conf/place_names.h"
#include "rib/types/asn.h"

namespace tern::conf {
namespace {

// ---- What networks publish

// DE-CIX: docs.de-cix.net, "DE-CIX GlobePEER Route Server Informational BGP Communities", and
// "Informational BGP communities" among the route server guides of www.de-cix.net. Countries and
// continents have their UN M49 numbers, metros numbers of DE-CIX. The numbers of metros in standard
// communities are others (65102:1000 is Frankfurt), and the pages do not list them for all metros.
constexpr std::uint32_t kDeCixMetro = 1912;  // functions of large communities
constexpr std::uint32_t kDeCixCountry = 1913;
constexpr std::uint32_t kDeCixContinent = 1914;
constexpr std::uint32_t kDeCixStandardCountry = 65103;  // first fields of standard communities
constexpr std::uint32_t kDeCixStandardContinent = 65104;

struct NumberedName {
  std::uint32_t number;
  std::string_view name;
};
constexpr std::array kContinents{NumberedName{2, "Africa"}, NumberedName{19, "Americas"},
                                 NumberedName{142, "Asia"}, NumberedName{150, "Europe"},
                                 NumberedName{9, "Oceania"}};
constexpr NumberedName kDeCixMetros[] = {
    {0, "Frankfurt"}, {1, "Munich"},       {2, "Hamburg"},    {4, "New York"}, {6, "Marseille"},
    {7, "Istanbul"},  {8, "Dallas"},       {9, "Dusseldorf"}, {10, "Madrid"},  {14, "Chicago"},
    {20, "Dortmund"}, {21, "Barcelona"},   {22, "Richmond"},  {24, "Phoenix"}, {25, "Baton Rouge"},
    {40, "Seattle"},  {50, "Mexico City"}, {52, "Houston"},
};

// Microsoft, ExpressRoute: https://learn.microsoft.com/azure/expressroute/expressroute-routing,
// "Support for BGP communities". The page names the regions of the cloud. Country and cities say
// where Microsoft has them.
constexpr std::uint32_t kAzure = 12076;
struct CloudRegion {
  std::uint32_t number;
  std::string_view title;
  std::string_view country;
  std::string_view cities;  // any of them, the first that the configuration has
};
constexpr CloudRegion kAzureRegions[] = {
    {51002, "West Europe", "nl", "Amsterdam"},
    {51003, "North Europe", "ie", "Dublin"},
    {51004, "East US", "us", "Ashburn,Washington"},
    {51005, "East US 2", "us", "Ashburn,Washington"},
    {51006, "West US", "us", "San Francisco,San Jose"},
    {51007, "North Central US", "us", "Chicago"},
    {51008, "South Central US", "us", "San Antonio,Dallas"},
    {51009, "Central US", "us", "Des Moines"},
    {51010, "East Asia", "hk", "Hong Kong"},
    {51011, "Southeast Asia", "sg", "Singapore"},
    {51012, "Japan East", "jp", "Tokyo"},
    {51013, "Japan West", "jp", "Osaka"},
    {51014, "Brazil South", "br", "Sao Paulo"},
    {51015, "Australia East", "au", "Sydney"},
    {51016, "Australia Southeast", "au", "Melbourne"},
    {51017, "India Central", "in", "Pune"},
    {51018, "India West", "in", "Mumbai"},
    {51019, "India South", "in", "Chennai"},
    {51020, "Canada Central", "ca", "Toronto"},
    {51021, "Canada East", "ca", "Quebec"},
    {51024, "UK South", "gb", "London"},
    {51025, "UK West", "gb", "Cardiff"},
    {51026, "West US 2", "us", "Seattle"},
    {51027, "West Central US", "us", "Cheyenne"},
    {51028, "Korea South", "kr", "Busan"},
    {51029, "Korea Central", "kr", "Seoul"},
    {51030, "France Central", "fr", "Paris"},
    {51031, "France South", "fr", "Marseille"},
    {51032, "Australia Central", "au", "Canberra"},
    {51033, "Australia Central 2", "au", "Canberra"},
};

// Amazon, Direct Connect:
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/routing-and-bgp.html. Routes of the
// cloud region with which the location is associated, and of its continent.
constexpr std::array<std::string_view, 2> kAmazon{"7224:8100", "7224:8200"};

// ---- In the places of a configuration

class Preset {
 public:
  explicit Preset(const proto::Egress& egress) : egress_(egress) {
    for (const auto& [name, country] : egress.countries()) {
      const std::string iso = iso_code(name, country);
      if (iso.empty()) continue;
      const auto [known, is_new] = countries_.emplace(iso, name);  // of two the lower name
      if (!is_new) known->second = std::min(known->second, std::string(name));
    }
    add(egress.metros(), metros_);
    add(egress.regions(), regions_);
  }

  PresetTags de_cix(const std::string& asn) {
    const auto large = [&](std::uint32_t function, std::uint32_t number) {
      return asn + ':' + std::to_string(function) + ':' + std::to_string(number);
    };
    const auto standard = [](std::uint32_t first, std::uint32_t number) {
      return std::to_string(first) + ':' + std::to_string(number);
    };
    for (const auto& [number, city] : kDeCixMetros) {
      if (asn.empty()) break;
      tag(large(kDeCixMetro, number), find(metros_, city), policy::PlaceKind::Metro, city);
    }
    for (const auto& [iso, name] : countries_) {
      const std::uint32_t number = country_number(iso).value_or(0);
      const std::optional<std::string> country = name;
      tag(standard(kDeCixStandardCountry, number), country, policy::PlaceKind::Country, name);
      if (asn.empty()) continue;
      tag(large(kDeCixCountry, number), country, policy::PlaceKind::Country, name);
    }
    for (const auto& [number, name] : kContinents) {
      const auto region = find(regions_, name);
      tag(standard(kDeCixStandardContinent, number), region, policy::PlaceKind::Region, name);
      if (asn.empty()) continue;
      tag(large(kDeCixContinent, number), region, policy::PlaceKind::Region, name);
    }
    return std::move(tags_);
  }

  PresetTags azure() {
    for (const CloudRegion& cloud : kAzureRegions) {
      const std::string community = std::to_string(kAzure) + ':' + std::to_string(cloud.number);
      const auto metro = any_of_cities(cloud);
      const auto country = find(countries_, cloud.country);
      tag(community, metro ? metro : country,
          metro ? policy::PlaceKind::Metro : policy::PlaceKind::Country, cloud.title);
    }
    return std::move(tags_);
  }

  PresetTags aws() {
    const auto pop = egress_.pops().find(egress_.pop());
    const auto country = pop == egress_.pops().end()
                             ? egress_.countries().end()
                             : egress_.countries().find(pop->second.country());
    std::optional<std::string> region;
    if (country != egress_.countries().end() && !country->second.region().empty()) {
      region = country->second.region();
    }
    for (const std::string_view community : kAmazon) {
      tag(std::string(community), region, policy::PlaceKind::Region, "the continent of this PoP");
    }
    return std::move(tags_);
  }

 private:
  using Names = std::map<std::string, std::string, std::less<>>;  // to the name of the place

  // A name goes before a title, and of equal titles the one whose name is lower.
  template <typename Map>
  static void add(const Map& places, Names& names) {
    for (const auto& [name, place] : places) {
      if (place.title().empty()) continue;
      const auto [known, is_new] = names.emplace(plain_name(place.title()), name);
      if (!is_new) known->second = std::min(known->second, std::string(name));
    }
    for (const auto& [name, place] : places) names[plain_name(name)] = name;
  }

  static std::optional<std::string> find(const Names& names, std::string_view name) {
    const auto found = names.find(plain_name(name));
    return found == names.end() ? std::nullopt : std::optional(found->second);
  }

  // A metro of the country of that name, where the metro names a country.
  [[nodiscard]] std::optional<std::string> any_of_cities(const CloudRegion& cloud) const {
    for (std::string_view rest = cloud.cities; !rest.empty();) {
      const std::string_view city = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), city.size() + 1));
      const auto metro = find(metros_, city);
      if (!metro) continue;
      const std::string& country = egress_.metros().at(*metro).country();
      if (country.empty() || find(countries_, cloud.country) == country) return metro;
    }
    return std::nullopt;
  }

  void tag(const std::string& community, const std::optional<std::string>& place,
           policy::PlaceKind kind, std::string_view title) {
    const auto pattern = policy::parse_community_pattern(community);
    if (!place || !pattern) {
      tags_.without_place.push_back(community + " (" + std::string(title) + ")");
    } else {
      tags_.tags.push_back({*pattern, *place, kind});
    }
  }

  const proto::Egress& egress_;
  Names countries_;  // by ISO code
  Names metros_;     // by name and title
  Names regions_;
  PresetTags tags_;
};

}  // namespace

PresetTags preset_tags(const proto::Egress& egress, const proto::Dictionary& dictionary) {
  switch (dictionary.preset()) {
    case proto::Dictionary::DE_CIX: {
      const auto asn = parse_asn(dictionary.preset_asn());
      return Preset(egress).de_cix(asn ? std::to_string(*asn) : std::string());
    }
    case proto::Dictionary::AZURE:
      return Preset(egress).azure();
    case proto::Dictionary::AWS:
      return Preset(egress).aws();
    default:
      return {};
  }
}

}  // namespace tern::conf
