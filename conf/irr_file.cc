#include "conf/irr_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "conf/comma_fields.h"
#include "conf/report.h"
#include "conf/small_file.h"
#include "rib/types/decimal.h"
#include "rib/types/one_line.h"
#include "rib/types/trimmed.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostShownIrr = 80;  // octets of a field in a message
constexpr std::uint8_t kPrefixLine = 1;
constexpr std::uint8_t kOriginLine = 2;

bool is_spelled(std::string_view text, std::string_view word) {
  return std::ranges::equal(
      text, word, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::string shown_value(std::string_view text) { return in_quotes(one_line(text, kMostShownIrr)); }

std::string_view before_comment(std::string_view text) { return text.substr(0, text.find('#')); }

// "AS64496", "as64496", "AS1.0", "64496"; not AS 0, which originates nothing.
std::optional<Asn> origin_of(std::string_view text) {
  if (text.size() > 2 && is_spelled(text.substr(0, 2), "as")) text.remove_prefix(2);
  const auto asn = parse_asn(text);
  return asn && *asn != kAsZero ? asn : std::nullopt;
}

// The octets of the line before a part of it.
std::size_t offset(std::string_view line, std::string_view part) {
  return part.empty() ? line.size() : static_cast<std::size_t>(part.data() - line.data());
}

}  // namespace

IrrReader::IrrReader(std::string name, IrrFormat format, const IrrLimits& limits)
    : name_(std::move(name)), format_(format), limits_(limits) {}

// ---- Lines

bool IrrReader::feed(std::string_view piece) {
  while (!piece.empty() && !too_many_ && !compressed_) {
    const std::size_t end = piece.find('\n');
    const std::size_t octets = std::min(end, piece.size());
    // The first octet behind max_line shows that the line is too long; the rest is not kept.
    const std::size_t room = limits_.max_line + 1 - std::min(partial_.size(), limits_.max_line + 1);
    partial_.append(piece.substr(0, std::min(octets, room)));
    object_.octets += octets;
    piece.remove_prefix(end == std::string_view::npos ? octets : octets + 1);
    if (end == std::string_view::npos) break;
    take_line(std::exchange(partial_, {}));
  }
  return !too_many_ && !compressed_;
}

void IrrReader::take_line(std::string_view text) {
  constexpr std::string_view kGzip = "\x1F\x8B";
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (++number_ == 1) {
    compressed_ = text.starts_with(kGzip);
    if (compressed_) return;
    mark_ = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    text.remove_prefix(mark_);
  }
  if (format_ == IrrFormat::Csv) {
    take_csv(text);
  } else {
    take_rpsl(text);
  }
  too_many_ = file_.objects.size() > limits_.max_objects;
}

void IrrReader::leave_out(std::size_t line, std::size_t at, const std::string& text) {
  ++file_.left_out;
  if (file_.messages.size() >= limits_.max_messages) return;
  file_.messages.push_back(name_ + ":" + std::to_string(line) + ":" +
                           std::to_string(at + 1 + (line == 1 ? mark_ : 0)) + ": " + text);
}

// ---- RPSL

void IrrReader::take_rpsl(std::string_view text) {
  if (trimmed(text).empty()) return end_object();
  if (text.front() == '#' || text.front() == '%') return;  // remarks of servers and of people
  const bool continues = text.front() == ' ' || text.front() == '\t' || text.front() == '+';
  if (!object_.open) {
    object_ = {};
    object_.open = true;
    object_.line = number_;
    object_.octets = text.size();
    if (continues) return fault(0, "expected an attribute, as `route: 192.0.2.0/24`");
  }
  if (object_.octets > limits_.max_object && object_.is_route) {
    return fault(0, "the object is longer than " + std::to_string(limits_.max_object) + " octets");
  }
  if (continues) return take_continuation(text);
  take_attribute(text);
}

void IrrReader::take_attribute(std::string_view text) {
  object_.continues = 0;
  const std::size_t colon = text.find(':');
  const std::string_view name = trimmed(text.substr(0, colon));
  if (colon == std::string_view::npos) {
    if (object_.line != number_ && !object_.is_route) return;  // of another class
    return fault(0, "expected an attribute, as `route: 192.0.2.0/24`");
  }
  const bool first = object_.line == number_;
  const bool v6 = is_spelled(name, "route6");
  const bool is_class = v6 || is_spelled(name, "route");
  if (first) object_.is_route = is_class;
  const bool is_origin = is_spelled(name, "origin");
  if (!object_.is_route || object_.faulty || !(is_class || is_origin)) return;
  if (text.size() > limits_.max_line) {
    return fault(0, "the line is longer than " + std::to_string(limits_.max_line) + " octets");
  }
  if (is_class && !first) return fault(0, "an object has one prefix; a blank line ends an object");
  const std::string_view value = trimmed(before_comment(text.substr(colon + 1)));
  object_.continues = is_class ? kPrefixLine : kOriginLine;
  if (is_class) {
    take_prefix(value, offset(text, value), v6);
  } else {
    take_origin(value, offset(text, value));
  }
}

// RFC 2622 section 2: a value may go on in the next line. Published route objects do not.
void IrrReader::take_continuation(std::string_view text) {
  if (object_.continues == 0 || !object_.is_route || object_.faulty) return;
  if (trimmed(before_comment(text.substr(1))).empty()) return;
  const bool prefix = object_.continues == kPrefixLine;
  fault(0, prefix ? "expected a prefix in one line" : "expected an origin in one line");
}

void IrrReader::take_prefix(std::string_view text, std::size_t at, bool v6) {
  const auto prefix = Prefix::parse(text);
  if (!prefix || prefix->address().is_v6() != v6) {
    return fault(at, std::string("expected a prefix of ") + (v6 ? "IPv6" : "IPv4") + ", found " +
                         shown_value(text));
  }
  object_.found.prefix = *prefix;
  object_.found.max_length = prefix->length();
}

void IrrReader::take_origin(std::string_view text, std::size_t at) {
  const auto origin = origin_of(text);
  if (!origin) return fault(at, "expected an AS number, found " + shown_value(text));
  if (object_.found.origin != kAsZero) return fault(at, "an object has one origin");
  object_.found.origin = *origin;
}

void IrrReader::end_object() {
  if (!object_.open) return;
  if (object_.is_route && !object_.faulty) {
    if (object_.found.origin == kAsZero) {
      leave_out(object_.line, 0, "the object has no origin");
    } else {
      file_.objects.push_back(object_.found);
    }
  }
  object_ = {};
}

// Of the present object the first fault counts.
void IrrReader::fault(std::size_t at, const std::string& text) {
  if (std::exchange(object_.faulty, true)) return;
  leave_out(number_, at, text);
}

// ---- CSV

void IrrReader::take_csv(std::string_view text) {
  const std::string_view row = trimmed(before_comment(text));
  if (row.empty()) return;
  if (text.size() > limits_.max_line) {
    return leave_out(number_, 0,
                     "the line is longer than " + std::to_string(limits_.max_line) + " octets");
  }
  const bool first = std::exchange(is_first_row_, false);
  if (first && (row == "prefix,origin" || row == "prefix,origin,max_length")) return;
  std::array<std::string_view, 3> fields;
  const std::size_t count = split_at_commas(row, fields);
  if (count < 2 || count > fields.size()) {
    return leave_out(number_, offset(text, row), "expected `prefix,origin[,max_length]`");
  }
  const auto& [prefix_text, origin_text, length_text] = fields;
  const auto prefix = Prefix::parse(prefix_text);
  const auto origin = origin_of(origin_text);
  if (!prefix) {
    return leave_out(number_, offset(text, row),
                     "expected a prefix, found " + shown_value(prefix_text));
  }
  if (!origin) {
    return leave_out(number_, offset(text, origin_text),
                     "expected an AS number, found " + shown_value(origin_text));
  }
  policy::RouteObject object{*prefix, prefix->length(), *origin};
  if (!length_text.empty()) {
    const auto length = parse_decimal<std::uint8_t>(length_text);
    if (!length || *length < prefix->length() || *length > prefix->address().bits()) {
      return leave_out(number_, offset(text, length_text),
                       "expected a length from " + std::to_string(prefix->length()) + " to " +
                           std::to_string(prefix->address().bits()) + ", found " +
                           shown_value(length_text));
    }
    object.max_length = *length;
  }
  file_.objects.push_back(object);
}

// ---- Files

Result<IrrFile, std::string> IrrReader::finish() {
  if (!too_many_ && !compressed_ && !partial_.empty()) take_line(std::exchange(partial_, {}));
  if (format_ == IrrFormat::Rpsl && !too_many_ && !compressed_) {
    end_object();
    too_many_ = file_.objects.size() > limits_.max_objects;
  }
  if (compressed_) return name_ + ": the file is compressed; unpack it";
  if (too_many_) {
    const std::string beside =
        limits_.others == 0 ? "" : " beside the " + std::to_string(limits_.others) + " of others";
    return name_ + ":" + std::to_string(number_) + ": more than " +
           std::to_string(limits_.max_objects) + " route objects" + beside;
  }
  if (file_.objects.empty() && file_.left_out == 0) return name_ + ": no route object";
  if (file_.objects.empty()) {
    return file_.messages.empty() ? name_ + ": no route object is good"
                                  : "no route object is good, the first: " + file_.messages.front();
  }
  return std::move(file_);
}

Result<IrrFile, std::string> read_irr_file(const std::string& path, const IrrLimits& limits,
                                           const std::function<bool()>& ended) {
  IrrReader reader(path, path.ends_with(".csv") ? IrrFormat::Csv : IrrFormat::Rpsl, limits);
  bool is_cut = false;
  const auto fault = read_pieces(path, limits.max_octets, [&](std::string_view piece) {
    is_cut = ended && ended();
    return !is_cut && reader.feed(piece);
  });
  if (fault) return path + ": " + fault->message;
  if (is_cut) return path + ": the reading was ended";
  return reader.finish();
}

}  // namespace tern::conf
