#include "bgpd/rpki/vrp_file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "rib/types/decimal.h"

namespace tern::rpki {
namespace {

using nlohmann::json;

// "2025-07-20T09:31:33Z"; days by the proleptic Gregorian calendar.
std::optional<std::int64_t> parse_time(std::string_view text) {
  if (text.size() != 20 || text[10] != 'T' || text[19] != 'Z') return std::nullopt;
  std::array<std::int64_t, 6> fields{};
  constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kPlaces{
      {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const char digit : text.substr(kPlaces[i].first, kPlaces[i].second)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      fields[i] = fields[i] * 10 + (digit - '0');
    }
  }
  const auto [year, month, day, hour, minute, second] = fields;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  // Years begin in March, so that the day that some years lack is their last.
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t m = (month + 9) % 12;
  const std::int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

std::optional<Asn> parse_as(std::string_view text) {
  if (text.starts_with("AS") || text.starts_with("as")) text.remove_prefix(2);
  return parse_decimal<Asn>(text);
}

// Takes the events of a JSON parser. Level 1 is the whole, level 2 a list or the metadata, level 3
// an entry, level 4 a list inside of one.
class VrpReader : public nlohmann::json_sax<json> {
 public:
  VrpReader(std::string_view name, const VrpFileOptions& options)
      : name_(name), options_(options) {}

  [[nodiscard]] VrpFile& file() { return file_; }
  [[nodiscard]] bool has_roas() const { return has_roas_; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::size_t error_position() const { return error_position_; }

  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }  // below zero
  bool number_unsigned(number_unsigned_t number) override {
    scalar();
    if (in_metadata() && field_ == Field::Made) file_.made = static_cast<std::int64_t>(number);
    if (!in_entry()) return true;
    switch (field_) {
      case Field::Asn:
        return set_as(number);
      case Field::MaxLength:
        if (number > 128) return wrong("is above 128");
        entry_.max_length = static_cast<std::uint8_t>(number);
        return true;
      case Field::Expires:
        entry_.expires = static_cast<std::int64_t>(std::min<std::uint64_t>(number, kFarAway));
        return true;
      case Field::Providers:
        return level_ == 4 ? add_provider(number) : wrong("is no list");
      case Field::Prefix:
        return wrong("is no text");
      case Field::Made:
      case Field::Other:
        return true;
    }
    return true;
  }
  bool string(string_t& text) override {
    scalar();
    if (in_metadata() && field_ == Field::Made && !file_.made) file_.made = parse_time(text);
    if (!in_entry()) return true;
    switch (field_) {
      case Field::Prefix:
        entry_.prefix = Prefix::parse(text);
        return entry_.prefix ? true : wrong("'" + text + "' is no prefix");
      case Field::Asn:
      case Field::Providers: {
        const auto asn = parse_as(text);
        if (!asn) return wrong("'" + text + "' is no AS number");
        if (field_ == Field::Asn) return set_as(*asn);
        return level_ == 4 ? add_provider(*asn) : wrong("is no list");
      }
      case Field::MaxLength:
      case Field::Expires:
        return wrong("is no number");
      case Field::Made:
      case Field::Other:
        return true;
    }
    return true;
  }

  bool start_object(std::size_t) override { return enter(false); }
  bool start_array(std::size_t) override {
    if (level_ == 1 && section_ == Section::Roas) has_roas_ = true;
    return enter(true);
  }
  bool end_object() override {
    if (in_list() && level_ == 3) finish_entry();
    --level_;
    return error_.empty();
  }
  bool end_array() override {
    if (in_list() && level_ == 3) {
      wrong("is no object");
      finish_entry();
    }
    --level_;
    return error_.empty();
  }
  bool key(string_t& name) override {
    if (level_ == 1) {
      section_ = name == "roas"       ? Section::Roas
                 : name == "aspas"    ? Section::Aspas
                 : name == "metadata" ? Section::Metadata
                                      : Section::Other;
      index_ = 0;
    } else if (level_ == 2) {
      field_ = name == "generated" || name == "buildtime" ? Field::Made : Field::Other;
    } else if (level_ == 3) {
      field_ = field_of(name);
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    error_ = parser_message(error.what());
    error_position_ = position;
    return false;
  }

 private:
  enum class Section : std::uint8_t { Other, Roas, Aspas, Metadata };
  enum class Field : std::uint8_t { Other, Prefix, Asn, MaxLength, Expires, Providers, Made };
  static constexpr std::uint64_t kFarAway = std::uint64_t{1} << 62U;

  struct Entry {
    std::optional<Prefix> prefix;
    std::optional<Asn> asn;  // of a ROA, or the customer of an ASPA
    std::optional<std::uint8_t> max_length;
    std::optional<std::int64_t> expires;
    std::vector<Asn> providers;
    std::string wrong;  // what is wrong with it; the first fault
    std::string_view wrong_field;
  };

  [[nodiscard]] bool in_list() const {
    return section_ == Section::Roas || section_ == Section::Aspas;
  }
  [[nodiscard]] bool in_entry() const { return in_list() && level_ >= 3; }
  [[nodiscard]] bool in_metadata() const { return section_ == Section::Metadata && level_ == 2; }

  [[nodiscard]] Field field_of(std::string_view name) const {
    if (name == "expires") return Field::Expires;
    if (section_ == Section::Roas) {
      if (name == "prefix") return Field::Prefix;
      if (name == "asn") return Field::Asn;
      if (name == "maxLength") return Field::MaxLength;
    } else if (section_ == Section::Aspas) {
      if (name == "customer" || name == "customer_asid") return Field::Asn;
      if (name == "providers") return Field::Providers;
    }
    return Field::Other;
  }
  [[nodiscard]] std::string_view name_of(Field field) const {
    switch (field) {
      case Field::Prefix:
        return "prefix";
      case Field::Asn:
        return section_ == Section::Roas ? "asn" : "customer_asid";
      case Field::MaxLength:
        return "maxLength";
      case Field::Expires:
        return "expires";
      case Field::Providers:
        return "providers";
      case Field::Made:
      case Field::Other:
        break;
    }
    return "";
  }

  bool enter(bool list) {
    if (level_ == kMostJsonLevels) {
      error_ = "more than " + std::to_string(kMostJsonLevels) + " levels";
      return false;
    }
    if (in_entry() && level_ == 3 && field_ == Field::Providers) {
      if (!list) wrong("is no list");
    } else if (in_entry() && level_ == 3 && field_ != Field::Other) {
      wrong("is no scalar");
    }
    ++level_;
    if (in_list() && level_ == 3) {
      entry_ = {};
      field_ = Field::Other;
    }
    return true;
  }
  // A scalar that stands where an entry belongs.
  void scalar() {
    if (!in_list() || level_ != 2) return;
    entry_ = {};
    field_ = Field::Other;
    wrong("is no object");
    finish_entry();
  }
  bool other() {
    scalar();
    if (in_entry() && field_ != Field::Other) wrong("has a wrong value");
    return error_.empty();
  }

  bool wrong(std::string message) {
    if (!entry_.wrong.empty()) return true;
    entry_.wrong = std::move(message);
    entry_.wrong_field = name_of(field_);
    return true;
  }
  bool set_as(std::uint64_t number) {
    if (number > 0xFFFFFFFF) return wrong("is above 4294967295");
    entry_.asn = static_cast<Asn>(number);
    return true;
  }
  bool add_provider(std::uint64_t number) {
    if (number > 0xFFFFFFFF) return wrong("is above 4294967295");
    if (!count()) return false;
    entry_.providers.push_back(static_cast<Asn>(number));
    return true;
  }
  bool count() {
    if (++records_ <= options_.max_records) return true;
    error_ = "more than " + std::to_string(options_.max_records) + " records";
    return false;
  }

  void finish_entry() {
    if (entry_.wrong.empty()) {
      field_ = Field::Other;
      if (entry_.expires && options_.now && *entry_.expires < *options_.now) {
        ++file_.expired;
      } else if (section_ == Section::Roas) {
        finish_roa();
      } else {
        finish_aspa();
      }
    }
    if (!entry_.wrong.empty()) leave_out();
    ++index_;
  }
  void missing(Field field) {
    field_ = field;
    wrong("is missing");
  }
  void finish_roa() {
    if (!entry_.prefix) return missing(Field::Prefix);
    if (!entry_.asn) return missing(Field::Asn);
    const std::uint8_t length = entry_.prefix->length();
    const std::uint8_t most = entry_.max_length.value_or(length);
    if (most < length || most > entry_.prefix->address().bits()) {
      field_ = Field::MaxLength;
      wrong(std::to_string(most) + " does not fit " + entry_.prefix->to_string());
      return;
    }
    if (count()) file_.vrps.push_back({*entry_.prefix, most, *entry_.asn});
  }
  void finish_aspa() {
    if (!entry_.asn) return missing(Field::Asn);
    if (entry_.providers.empty()) return missing(Field::Providers);
    if (!count()) return;
    std::vector<Asn>& providers = file_.aspas[*entry_.asn];
    providers.insert(providers.end(), entry_.providers.begin(), entry_.providers.end());
    std::sort(providers.begin(), providers.end());
    providers.erase(std::unique(providers.begin(), providers.end()), providers.end());
  }
  void leave_out() {
    ++file_.left_out;
    if (file_.messages.size() >= options_.max_messages) return;
    std::string path = section_ == Section::Roas ? "roas[" : "aspas[";
    path += std::to_string(index_) + ']';
    if (!entry_.wrong_field.empty()) path += '.' + std::string(entry_.wrong_field);
    file_.messages.push_back({std::string(name_), 0, path, entry_.wrong});
  }

  std::string_view name_;
  const VrpFileOptions& options_;
  VrpFile file_;
  std::string error_;
  std::size_t error_position_ = 0;
  std::size_t records_ = 0;
  std::size_t level_ = 0;
  std::size_t index_ = 0;  // of the entry in its list
  Section section_ = Section::Other;
  Field field_ = Field::Other;
  Entry entry_;
  bool has_roas_ = false;
};

}  // namespace

Result<VrpFile, JsonError> read_vrp_file(std::string_view text, std::string_view name,
                                         const VrpFileOptions& options) {
  JsonError error{std::string(name), 0, {}, {}};
  if (text.size() > options.max_octets) {
    error.message = "more than " + std::to_string(options.max_octets) + " octets";
    return error;
  }
  VrpReader reader(name, options);
  if (!json::sax_parse(text.begin(), text.end(), &reader)) {
    if (reader.error_position() > 0) error.line = line_of(text, reader.error_position() - 1);
    error.message = reader.error();
    return error;
  }
  if (!reader.has_roas()) {
    error.path = "roas";
    error.message = "is missing, or no list";
    return error;
  }
  return std::move(reader.file());
}

}  // namespace tern::rpki
