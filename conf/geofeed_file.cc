#include "conf/geofeed_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "conf/iso_countries.h"
#include "conf/place_names.h"
#include "conf/report.h"
#include "rib/types/one_line.h"
#include "rib/types/prefix_text.h"
#include "rib/types/trimmed.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostShown = 80;   // octets of a field in a message
constexpr std::size_t kMostCity = 128;   // octets of the name of a city
constexpr std::size_t kMostRegion = 16;  // octets of a code of ISO 3166-2

// A line up to the '#' that begins a comment (RFC 8805 section 2.1). In quotes '#' is a letter.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return line.substr(0, i);
  }
  return line;
}

// Takes the next field of a line, which may stand in quotes (RFC 4180 section 2).
std::string_view take_field(std::string_view& line) {
  std::string_view field;
  line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
  if (!line.empty() && line.front() == '"') {
    const std::size_t end = line.find('"', 1);
    field = line.substr(1, end == std::string_view::npos ? end : end - 1);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  const std::size_t comma = line.find(',');
  if (field.empty()) field = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return trimmed(field);
}

class Reader {
 public:
  Reader(const std::string& name, const GeofeedLimits& limits) : name_(name), limits_(limits) {}

  void line(std::size_t number, std::string_view text) {
    std::string_view rest = trimmed(without_comment(text));
    if (rest.empty()) return;
    const std::string_view prefix_text = take_field(rest);
    const auto prefix = parse_prefix_or_address(prefix_text);  // RFC 8805 section 2.1.1.1
    if (!prefix) return leave_out(number, "expected a prefix", prefix_text);
    const std::string_view country_text = take_field(rest);
    const std::string_view region = take_field(rest).substr(0, kMostRegion);
    const std::string_view city = take_field(rest).substr(0, kMostCity);
    const std::string country = plain_name(country_text);
    if (!country_text.empty() && !country_number(country)) {
      return leave_out(number, "expected a code of ISO 3166-1", country_text);
    }
    file_.entries.push_back({*prefix, location(country, plain_name(region), plain_name(city))});
  }

  [[nodiscard]] bool too_many() const { return file_.entries.size() > limits_.max_entries; }
  GeofeedFile take() { return std::move(file_); }

 private:
  std::uint32_t location(std::string country, std::string region, std::string city) {
    if (country.empty()) city.clear();  // RFC 8805 section 2.1.2: not to be located
    if (city.empty()) region.clear();   // tells cities of one name apart, no more
    GeofeedFile::Location location{std::move(country), std::move(region), std::move(city)};
    const auto [known, is_new] =
        numbers_.emplace(location, static_cast<std::uint32_t>(file_.locations.size()));
    if (is_new) file_.locations.push_back(std::move(location));
    return known->second;
  }

  void leave_out(std::size_t number, const std::string& expected, std::string_view found) {
    ++file_.left_out;
    if (file_.messages.size() >= limits_.max_messages) return;
    file_.messages.push_back(name_ + ":" + std::to_string(number) + ": " + expected + ", found " +
                             in_quotes(one_line(found, kMostShown)));
  }

  const std::string& name_;
  const GeofeedLimits& limits_;
  GeofeedFile file_;
  std::map<GeofeedFile::Location, std::uint32_t> numbers_;
};

}  // namespace

Result<GeofeedFile, std::string> read_geofeed(std::string_view text, const std::string& name,
                                              const GeofeedLimits& limits) {
  if (text.size() > limits.max_octets) {
    return name + ": more than " + std::to_string(limits.max_octets) + " octets";
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  Reader reader(name, limits);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    reader.line(number, text.substr(0, end));
    if (reader.too_many()) {
      return name + ":" + std::to_string(number) + ": more than " +
             std::to_string(limits.max_entries) + " entries";
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  GeofeedFile file = reader.take();
  if (file.entries.empty() && file.left_out > 0) {
    return "no line is good, the first: " + file.messages.front();
  }
  return file;
}

}  // namespace tern::conf
