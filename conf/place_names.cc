#include "conf/place_names.h"

#include <algorithm>
#include <iterator>

#include "conf/iso_countries.h"

namespace tern::conf {

std::string plain_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept) {
      text += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!text.empty() && text.back() != '-') {
      text += '-';
    }
  }
  return text;
}

std::string iso_code(const std::string& name, const proto::Country& country) {
  const std::string code = plain_name(country.iso().empty() ? name : country.iso());
  return country_number(code) ? code : std::string();
}

PlaceNames::PlaceNames(const proto::Egress& egress, const policy::Places& places) {
  const auto names = std::make_shared<Names>();
  std::map<std::string, std::string> codes;  // by the name of the country
  for (const auto& [name, country] : egress.countries()) {
    const std::string code = iso_code(name, country);
    const auto place = places.find(policy::PlaceKind::Country, name);
    if (code.empty() || !place) continue;
    codes[name] = code;
    const auto [known, is_new] = names->countries.emplace(code, *place);
    if (!is_new) known->second = std::min(known->second, *place);
  }
  const auto add = [&](const proto::Place& metro, const std::string& city, MetroId place) {
    const auto code = codes.find(metro.country());
    const std::string known = code == codes.end() ? std::string() : code->second;
    // Of equal names the one of the lower number counts.
    const auto [entry, is_new] = names->metros.emplace(
        std::array{known, plain_name(city), plain_name(metro.subdivision())}, place);
    if (!is_new) entry->second = std::min(entry->second, place);
  };
  for (const auto& [name, metro] : egress.metros()) {
    const auto place = places.find(policy::PlaceKind::Metro, name);
    if (!place) continue;
    add(metro, name, *place);
    if (!metro.title().empty()) add(metro, metro.title(), *place);
  }
  names_ = std::shared_ptr<const Names>(names);
}

// Behind the metro without a subdivision stand those of its name that have one.
MetroId PlaceNames::metro_of(const Names& names, const std::string& country,
                             const std::string& region, const std::string& city) {
  const auto in = names.metros.find({country, city, region});
  if (in != names.metros.end()) return in->second;
  const auto begin = names.metros.lower_bound({country, city, std::string()});
  const auto has_name = [&](auto metro) {
    return metro != names.metros.end() && metro->first[0] == country && metro->first[1] == city;
  };
  if (!has_name(begin)) return kNoPlace;
  const bool anywhere = begin->first[2].empty();
  const bool alone = region.empty() && !has_name(std::next(begin));
  return anywhere || alone ? begin->second : kNoPlace;
}

MetroId PlaceNames::find(const std::string& country, const std::string& region,
                         const std::string& city) const {
  if (!city.empty()) {
    for (const std::string& of : {country, std::string()}) {
      const MetroId metro = metro_of(*names_, of, region, city);
      if (metro != kNoPlace) return metro;
    }
  }
  const auto found = names_->countries.find(country);
  return found == names_->countries.end() ? kNoPlace : found->second;
}

}  // namespace tern::conf
