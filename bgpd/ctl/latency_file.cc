#include "bgpd/ctl/latency_file.h"

#include <algorithm>
#include <utility>

#include "bgpd/ctl/round_trip.h"
#include "rib/types/one_line.h"
#include "rib/types/trimmed.h"

namespace tern::ctl {
namespace {

constexpr std::size_t kMostShownOctets = 40;  // of a field in an error
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kHeader = "of,milliseconds";

class LatencyReader {
 public:
  LatencyReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Result<std::vector<LatencyLine>, std::vector<std::string>> read() {
    if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      text_.remove_prefix(kByteOrderMark.size());
      mark_ = kByteOrderMark.size();
    }
    while (!text_.empty() && faults_.size() < kMostLatencyFaults) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      ++number_;
      read_line(text_.substr(0, end));
      text_.remove_prefix(std::min(end + 1, text_.size()));
    }
    if (faults_.size() == kMostLatencyFaults && !text_.empty()) {
      faults_.push_back(name_ + ": the lines behind line " + std::to_string(number_) +
                        " were not read");
    }
    if (!faults_.empty()) return std::move(faults_);
    return std::move(lines_);
  }

 private:
  void read_line(std::string_view text) {
    const std::string_view content = trimmed(text);
    if (content.empty() || content.front() == '#') return;
    if (number_ == 1 && content == kHeader) return;
    LatencyLine line{.of = std::string(trimmed(text.substr(0, text.find(',')))),
                     .microseconds = {},
                     .line = number_};
    if (line.of.empty()) return fault(0, "expected a prefix, an address or a metro");
    if (line.of.size() > kMostNameOctets) return fault(0, "the name is too long");
    for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at)) {
      ++at;
      const std::string_view field = trimmed(text.substr(at, text.find(',', at) - at));
      const auto microseconds = parse_round_trip(field);
      if (!microseconds) {
        const bool is_blank = field.empty();
        return fault(is_blank ? at : static_cast<std::size_t>(field.data() - text.data()),
                     "expected milliseconds from 0.001 to 10000, not '" +
                         one_line(field, kMostShownOctets) + "'");
      }
      line.microseconds.push_back(*microseconds);
    }
    if (line.microseconds.empty()) {
      return fault(text.size(), "expected ',' and milliseconds behind '" +
                                    one_line(line.of, kMostShownOctets, Letters::Utf8) + "'");
    }
    if (lines_.size() == kMostLatencyLines) {
      fault(0, "a file has at most " + std::to_string(kMostLatencyLines) + " lines of round trips");
      text_ = {};
      return;
    }
    lines_.push_back(std::move(line));
  }

  // at: octets of the line before the fault.
  void fault(std::size_t at, const std::string& text) {
    const std::size_t column = at + 1 + (number_ == 1 ? mark_ : 0);
    faults_.push_back(name_ + ":" + std::to_string(number_) + ":" + std::to_string(column) + ": " +
                      text);
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t number_ = 0;
  std::size_t mark_ = 0;  // octets before the first line
  std::vector<LatencyLine> lines_;
  std::vector<std::string> faults_;
};

}  // namespace

Result<std::vector<LatencyLine>, std::vector<std::string>> read_latency_file(
    std::string_view text, const std::string& name) {
  return LatencyReader(text, name).read();
}

}  // namespace tern::ctl
