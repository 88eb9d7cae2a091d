#include "conf/place_checks.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "conf/by_name.h"
#include "conf/location_presets.h"
#include "conf/place_names.h"
#include "conf/small_file.h"

namespace tern::conf {
namespace {

constexpr char kNotOfIbgp[] =
    "counts for nothing at an iBGP neighbor: its routes bring their places, or have none";

class PlaceRules {
 public:
  PlaceRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    for (const auto& [name, dictionary] : file_.egress().dictionaries()) {
      const Path list = Path() / "egress" / "dictionaries" / name / "tags";
      for (int i = 0; i < dictionary.tags_size(); ++i) {
        check(list / static_cast<std::size_t>(i), dictionary.tags(i));
      }
      preset(Path() / "egress" / "dictionaries" / name, dictionary);
    }
    iso_codes();
    subdivisions();
    unknown_costs();
    geofeeds();
    for (const auto& [name, group] : file_.groups()) check(Path() / "groups" / name, group);
    for (int i = 0; i < file_.peers_size(); ++i) {
      check(Path() / "peers" / static_cast<std::size_t>(i), file_.peers(i));
    }
  }

 private:
  void check(const Path& peer, const proto::Peer& settings) {
    const Path tags = peer / "location_dictionary";
    if (document_.find(tags) != nullptr && is_ibgp(settings) && !settings.between_pops()) {
      report_.warn(document_.place(tags), tags.to_string(), kNotOfIbgp);
    }
    const Path path = peer / "location_default";
    if (document_.find(path) == nullptr) return;  // the group's, checked there
    check(path, settings.location_default());
    if (settings.between_pops()) {
      report_.add(document_.place(path), path.to_string(),
                  "the routes of another PoP bring their places; between_pops says that the "
                  "neighbor is one");
    } else if (file_.egress().pop().empty() && !report_.has_below("egress")) {
      report_.warn(document_.place(path), path.to_string(),
                   "counts for nothing without egress.pop");
    } else if (is_ibgp(settings)) {
      report_.warn(document_.place(path), path.to_string(), kNotOfIbgp);
    }
  }

  // False where the AS number of the neighbor is not known yet (a group without asn).
  [[nodiscard]] bool is_ibgp(const proto::Peer& settings) const {
    const std::string& ours =
        settings.local_asn().empty() ? file_.router().asn() : settings.local_asn();
    return !settings.asn().empty() && settings.asn() == ours;
  }

  void iso_codes() {
    std::map<std::string, std::string> owners;
    for (const auto& [name, place] : by_name(file_.egress().countries())) {
      const std::string code = iso_code(name, *place);
      if (code.empty()) continue;
      const auto [owner, is_new] = owners.emplace(code, name);
      if (is_new) continue;
      const Path country = Path() / "egress" / "countries" / name;
      const Path path = document_.find(country / "iso") != nullptr ? country / "iso" : country;
      report_.add(document_.place(path), path.to_string(),
                  "the code " + code + " is that of " + in_quotes(owner->second) + " too");
    }
  }

  // Geofeeds find a metro by its subdivision and the code of its country.
  void subdivisions() {
    const proto::Egress& egress = file_.egress();
    const auto report = [&](const char* list, const std::string& name, const std::string& text) {
      const Path path = Path() / "egress" / list / name / "subdivision";
      report_.add(document_.place(path), path.to_string(), text);
    };
    for (const auto& [name, pop] : by_name(egress.pops())) {
      if (!pop->subdivision().empty()) report("pops", name, "is for metros");
    }
    for (const auto& [name, metro] : by_name(egress.metros())) {
      if (metro->subdivision().empty()) continue;
      const auto country = egress.countries().find(metro->country());
      const std::string code = country == egress.countries().end()
                                   ? std::string()
                                   : iso_code(country->first, country->second);
      if (code.empty()) {
        report("metros", name, "needs the country of the metro, and its ISO code");
      } else if (plain_name(metro->subdivision()).substr(0, code.size()) != code) {
        report("metros", name,
               "expected a subdivision of the metro's country, whose code is " + code + ", found " +
                   in_quotes(metro->subdivision()));
      }
    }
  }

  // The cost to a country or region is made of those to the metros or PoPs in it.
  void unknown_costs() {
    const proto::Egress& egress = file_.egress();
    std::set<std::string> countries;
    for (const auto& [name, metro] : egress.metros()) countries.insert(metro.country());
    for (const auto& [name, pop] : egress.pops()) countries.insert(pop.country());
    std::set<std::string> regions;
    for (const auto& [name, country] : egress.countries()) {
      if (countries.count(name) != 0) regions.insert(country.region());
    }
    const auto warn = [&](const char* list, const std::string& name, const char* text) {
      const Path path = Path() / "egress" / list / name;
      report_.warn(document_.place(path), path.to_string(), text);
    };
    for (const auto& [name, country] : by_name(egress.countries())) {
      const std::string& region = country->region();
      if (countries.count(name) != 0 || (!region.empty() && regions.count(region) != 0)) continue;
      warn("countries", name,
           "no metro and no PoP is in the country or its region, so its cost is unknown");
    }
    for (const auto& [name, region] : by_name(egress.regions())) {
      if (regions.count(name) != 0) continue;
      warn("regions", name, "no metro and no PoP is in the region, so its cost is unknown");
    }
  }

  void geofeeds() {
    const auto& paths = file_.egress().geofeeds();
    const Path list = Path() / "egress" / "geofeeds";
    if (static_cast<std::size_t>(paths.size()) > kMostGeofeeds) {
      report_.add(document_.place(list), list.to_string(),
                  "at most " + std::to_string(kMostGeofeeds) + " files may stand here, these are " +
                      std::to_string(paths.size()));
    }
    std::set<std::string> seen;
    for (int i = 0; i < paths.size(); ++i) {
      if (seen.insert(normal_path(paths[i])).second) continue;
      const Path path = list / static_cast<std::size_t>(i);
      report_.add(document_.place(path), path.to_string(), in_quotes(paths[i]) + " given twice");
    }
  }

  void preset(const Path& path, const proto::Dictionary& dictionary) {
    if (!dictionary.preset_asn().empty() && dictionary.preset() != proto::Dictionary::DE_CIX) {
      report_.add(document_.place(path / "preset_asn"), (path / "preset_asn").to_string(),
                  "is for the preset de-cix");
    }
    const auto without_place = preset_tags(file_.egress(), dictionary).without_place;
    if (without_place.empty()) return;
    constexpr std::size_t kMostNamed = 8;
    std::string text = "the configuration has no place for tags of the preset, which are left out:";
    for (std::size_t i = 0; i < std::min(without_place.size(), kMostNamed); ++i) {
      text += (i == 0 ? " " : ", ") + without_place[i];
    }
    if (without_place.size() > kMostNamed) {
      text += " and " + std::to_string(without_place.size() - kMostNamed) + " more";
    }
    report_.warn(document_.place(path / "preset"), (path / "preset").to_string(), text);
  }

  // message: with the fields of PlaceName.
  template <typename Message>
  void check(const Path& path, const Message& message) {
    int named = 0;
    for (const char* const field : {"metro", "pop", "country", "region"}) {
      named += document_.find(path / field) != nullptr ? 1 : 0;
    }
    if (named != 1) {
      report_.add(document_.place(path), path.to_string(),
                  std::string(named == 0 ? "names no place" : "names several places") +
                      "; expected one of metro, pop, country or region");
    }
    if (named == 1 && !message.pop().empty() && !file_.egress().has_pop_function()) {
      report_.warn(document_.place(path / "pop"), (path / "pop").to_string(),
                   "other PoPs do not learn this place without egress.pop_function");
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
};

}  // namespace

bool is_to_itself(const proto::Egress& egress, const std::string& to) {
  return !to.empty() && to == egress.pop() && egress.metros().count(to) == 0;
}

void check_places(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  PlaceRules(document, file, report).check();
}

}  // namespace tern::conf
