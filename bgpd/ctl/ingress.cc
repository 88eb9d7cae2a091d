#include "bgpd/ctl/ingress.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"
#include "rib/types/trimmed.h"

namespace tern::ctl {
namespace {

constexpr int kMostOfBatch = 1000;  // totals of a request; control.proto names it
constexpr std::string_view kColumns = "prefix,pop,octets";

bool is_place(std::string_view text) { return Prefix::parse(text) || IpAddress::parse(text); }

// The text of an error, or nothing.
std::string read_total(std::string_view line, api::proto::IngressReportRequest& request) {
  std::array<std::string_view, 3> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t comma = line.find(',');
    const bool last = i + 1 == fields.size();
    if (last != (comma == std::string_view::npos)) {
      return "expected `" + std::string(kColumns) + "`";
    }
    fields[i] = trimmed(line.substr(0, comma));
    if (!last) line.remove_prefix(comma + 1);
  }
  const auto& [prefix, pop, figure] = fields;
  if (!is_place(prefix)) {
    return "expected a prefix or an address, found '" + std::string(prefix) + "'";
  }
  if (pop.empty()) return "expected a PoP, found nothing";
  std::uint64_t octets = 0;
  const char* const end = figure.data() + figure.size();
  const auto [stop, error] = std::from_chars(figure.data(), end, octets);
  if (error != std::errc{} || stop != end) {
    return "expected a number of octets, found '" + std::string(figure) + "'";
  }
  auto& total = *request.add_totals();
  total.set_prefix(std::string(prefix));
  total.set_pop(std::string(pop));
  total.set_octets(octets);
  return {};
}

}  // namespace

std::optional<std::vector<IngressBatch>> read_ingress(const std::string& path,
                                                      const std::string& text, std::string& fault) {
  std::vector<IngressBatch> batches;
  std::string_view rest = text;
  bool is_first = true;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t feed = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, feed));
    rest.remove_prefix(feed == std::string_view::npos ? rest.size() : feed + 1);
    if (line.empty() || line.front() == '#') continue;
    if (std::exchange(is_first, false) && line == kColumns) continue;
    const bool is_full =
        !batches.empty() && batches.back().request.ingress_report().totals_size() >= kMostOfBatch;
    if (batches.empty() || is_full) batches.emplace_back().first_line = number;
    batches.back().last_line = number;
    const std::string error = read_total(line, *batches.back().request.mutable_ingress_report());
    if (error.empty()) continue;
    fault = path + ":" + std::to_string(number) + ": " + error;
    return std::nullopt;
  }
  return batches;
}

std::optional<Unreachable> send_ingress(
    Client& client, const std::vector<IngressBatch>& batches,
    const std::function<bool(const api::proto::Response&)>& on_response) {
  api::proto::Response all;
  auto& sums = *all.mutable_ingress_report();
  std::string error;
  for (const IngressBatch& batch : batches) {
    const auto unreachable = client.call(batch.request, [&](const api::proto::Response& response) {
      error = response.error();
      sums.set_taken(sums.taken() + response.ingress_report().taken());
      sums.set_unregistered(sums.unregistered() + response.ingress_report().unregistered());
      return error.empty();
    });
    if (unreachable) return unreachable;
    if (error.empty()) continue;
    all.Clear();
    all.set_error(error + " (lines " + std::to_string(batch.first_line) + " to " +
                  std::to_string(batch.last_line) + " and those behind were not taken)");
    break;
  }
  all.set_last(true);
  (void)on_response(all);
  return std::nullopt;
}

}  // namespace tern::ctl
