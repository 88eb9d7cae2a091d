#include "bgpd/rpki/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "bgpd/rpki/pdu.h"
#include "rib/types/one_line.h"

namespace tern::rpki {
namespace {

using nlohmann::json;

// Looks for what json::parse() does not report, or reports without a line.
class Scan : public nlohmann::json_sax<json> {
 public:
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] std::size_t position() const { return position_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    message_ = "member \"" + name + "\" is there twice";
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    message_ = parser_message(error.what());
    position_ = position;
    return false;
  }

 private:
  bool enter() {
    if (keys_.size() == kMostJsonLevels) {
      message_ = "more than " + std::to_string(kMostJsonLevels) + " levels";
      return false;
    }
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;  // of the objects that are open; empty for an array
  std::string message_;
  std::size_t position_ = 0;
};

}  // namespace

std::string JsonError::to_string() const {
  std::string place = file;
  if (line > 0) place += ':' + std::to_string(line);
  if (!path.empty()) place += ": " + one_line(path, kMostShown);
  return place + ": " + one_line(message, kMostShown);
}

std::size_t line_of(std::string_view text, std::size_t position) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(position, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

std::string parser_message(std::string_view what) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: the message"
  const auto place = what.find("column ");
  const auto colon = what.find(": ", place == std::string_view::npos ? 0 : place);
  return std::string(colon == std::string_view::npos ? what : what.substr(colon + 2));
}

std::optional<JsonError> json_fault(std::string_view text, std::string_view name,
                                    std::size_t max_octets) {
  JsonError fault{std::string(name), 0, {}, {}};
  if (text.size() > max_octets) {
    fault.message = "more than " + std::to_string(max_octets) + " octets";
    return fault;
  }
  Scan scan;
  if (json::sax_parse(text.begin(), text.end(), &scan)) return std::nullopt;
  if (scan.position() > 0) fault.line = line_of(text, scan.position() - 1);
  fault.message = scan.message();
  return fault;
}

}  // namespace tern::rpki
