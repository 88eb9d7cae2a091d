#include "rib/types/as_path.h"

#include <algorithm>
#include <utility>

namespace tern {
namespace {

constexpr std::size_t kMaxSegment = 255;  // RFC 4271 section 4.3: the length is one octet

struct Brackets {
  char open = '\0';
  char close = '\0';
  AsSegment::Type type = AsSegment::Type::Sequence;
};

constexpr Brackets kBrackets[] = {
    {'{', '}', AsSegment::Type::Set},
    {'(', ')', AsSegment::Type::ConfedSequence},
    {'[', ']', AsSegment::Type::ConfedSet},
};

const Brackets* brackets_of(AsSegment::Type type) {
  const auto* const found = std::find_if(std::begin(kBrackets), std::end(kBrackets),
                                         [type](const Brackets& b) { return b.type == type; });
  return found == std::end(kBrackets) ? nullptr : found;
}

const Brackets* brackets_opened_by(char open) {
  const auto* const found = std::find_if(std::begin(kBrackets), std::end(kBrackets),
                                         [open](const Brackets& b) { return b.open == open; });
  return found == std::end(kBrackets) ? nullptr : found;
}

// "65001 64999", with one blank or more between the numbers. Nothing if one of them is no number.
std::optional<std::vector<Asn>> parse_asns(std::string_view text) {
  std::vector<Asn> asns;
  while (true) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return asns;
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find(' '));
    const auto asn = parse_asn(word);
    if (!asn) return std::nullopt;
    asns.push_back(*asn);
    text.remove_prefix(word.size());
  }
}

// A long sequence becomes several, of which the first is the shortest: the same segments as from
// prepending one AS at a time.
void append_sequence(std::vector<AsSegment>& segments, const std::vector<Asn>& asns) {
  auto begin = asns.begin();
  while (begin != asns.end()) {
    const auto left = static_cast<std::size_t>(asns.end() - begin);
    const std::size_t odd = left % kMaxSegment;
    const auto end = begin + static_cast<std::ptrdiff_t>(odd == 0 ? kMaxSegment : odd);
    segments.push_back({AsSegment::Type::Sequence, std::vector<Asn>(begin, end)});
    begin = end;
  }
}

}  // namespace

AsPath AsPath::sequence(std::vector<Asn> asns) {
  AsPath path;
  if (!asns.empty() && asns.size() <= kMaxSegment) {
    path.segments_.push_back({AsSegment::Type::Sequence, std::move(asns)});
  } else {
    append_sequence(path.segments_, asns);
  }
  return path;
}

std::optional<AsPath> AsPath::parse(std::string_view text) {
  std::vector<AsSegment> segments;
  while (!text.empty()) {
    const auto open = std::min(text.find_first_of("{(["), text.size());
    const auto plain = parse_asns(text.substr(0, open));
    if (!plain) return std::nullopt;
    append_sequence(segments, *plain);
    text.remove_prefix(open);
    if (text.empty()) break;

    const Brackets& brackets = *brackets_opened_by(text.front());
    const auto close = text.find(brackets.close);
    if (close == std::string_view::npos) return std::nullopt;
    auto inside = parse_asns(text.substr(1, close - 1));
    if (!inside || inside->empty() || inside->size() > kMaxSegment) return std::nullopt;
    segments.push_back({brackets.type, std::move(*inside)});
    text.remove_prefix(close + 1);
  }
  return AsPath(std::move(segments));
}

std::uint32_t AsPath::length() const {
  std::size_t length = 0;
  for (const AsSegment& segment : segments_) {
    if (segment.type == AsSegment::Type::Sequence) length += segment.asns.size();
    if (segment.type == AsSegment::Type::Set) length += 1;
  }
  return static_cast<std::uint32_t>(length);
}

std::optional<Asn> AsPath::neighbour() const {
  if (segments_.empty()) return std::nullopt;
  const AsSegment& first = segments_.front();
  if (first.type != AsSegment::Type::Sequence || first.asns.empty()) return std::nullopt;
  return first.asns.front();
}

std::optional<Asn> AsPath::origin() const {
  if (segments_.empty()) return std::nullopt;
  const AsSegment& last = segments_.back();
  if (last.type != AsSegment::Type::Sequence || last.asns.empty()) return std::nullopt;
  return last.asns.back();
}

bool AsPath::contains(Asn asn) const {
  return std::any_of(segments_.begin(), segments_.end(), [asn](const AsSegment& segment) {
    return std::find(segment.asns.begin(), segment.asns.end(), asn) != segment.asns.end();
  });
}

std::uint32_t AsPath::count(Asn asn) const {
  std::uint32_t count = 0;
  for (const AsSegment& segment : segments_) {
    count += static_cast<std::uint32_t>(std::count(segment.asns.begin(), segment.asns.end(), asn));
  }
  return count;
}

bool AsPath::has_set() const {
  return std::any_of(segments_.begin(), segments_.end(), [](const AsSegment& segment) {
    return segment.type == AsSegment::Type::Set || segment.type == AsSegment::Type::ConfedSet;
  });
}

bool AsPath::has_confederation_segment() const {
  return std::any_of(segments_.begin(), segments_.end(), [](const AsSegment& segment) {
    return segment.type == AsSegment::Type::ConfedSequence ||
           segment.type == AsSegment::Type::ConfedSet;
  });
}

void AsPath::prepend(Asn asn, std::uint32_t times) {
  std::size_t left = times;
  while (left != 0) {
    if (segments_.empty() || segments_.front().type != AsSegment::Type::Sequence ||
        segments_.front().asns.size() >= kMaxSegment) {
      segments_.insert(segments_.begin(), AsSegment{});
    }
    auto& asns = segments_.front().asns;
    const std::size_t here = std::min(left, kMaxSegment - asns.size());
    asns.insert(asns.begin(), here, asn);
    left -= here;
  }
}

void AsPath::drop_leading(Asn asn) {
  while (neighbour() == asn) {
    std::vector<Asn>& first = segments_.front().asns;
    const auto other = std::ranges::find_if(first, [asn](Asn one) { return one != asn; });
    first.erase(first.begin(), other);
    if (first.empty()) segments_.erase(segments_.begin());
  }
}

std::string AsPath::to_string() const {
  std::string text;
  for (const AsSegment& segment : segments_) {
    const Brackets* const brackets = brackets_of(segment.type);
    if (!text.empty()) text += ' ';
    if (brackets != nullptr) text += brackets->open;
    for (std::size_t i = 0; i < segment.asns.size(); ++i) {
      if (i != 0) text += ' ';
      text += std::to_string(segment.asns[i]);
    }
    if (brackets != nullptr) text += brackets->close;
  }
  return text;
}

}  // namespace tern
