// ingress report: where the traffic of registered prefixes entered the network.
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/routes_query.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

constexpr int kMostTotals = 1000;  // of a request; control.proto names it

}  // namespace

void report_ingress(const Backend& backend, const proto::IngressReportRequest& request,
                    proto::Response& response) {
  if (!backend.report_ingress) return response.set_error("this daemon takes no reports of ingress");
  if (!has_egress(backend.speaker, response)) return;
  if (request.totals_size() > kMostTotals) {
    return response.set_error("more than " + std::to_string(kMostTotals) + " totals");
  }
  const policy::Egress& egress = *backend.speaker.settings().egress;
  const auto& table = backend.speaker.registrations();
  std::vector<states::IngressReport> reports;
  std::uint64_t unregistered = 0;
  for (const auto& total : request.totals()) {
    const auto prefix = parse_prefix_or_address(total.prefix());
    if (!prefix) return response.set_error(not_a_prefix_or_address(total.prefix()));
    if (!egress.find_pop(total.pop())) {
      return response.set_error("there is no PoP " + quoted(total.pop()));
    }
    const auto* const entry = table == nullptr ? nullptr : table->find(*prefix);
    if (entry == nullptr) {
      ++unregistered;
      continue;
    }
    reports.push_back({entry->prefix, total.pop(), total.octets()});
  }
  const std::uint64_t taken = reports.size();
  if (!backend.report_ingress(std::move(reports))) {
    return response.set_error("too many reports wait; send these again later");
  }
  response.mutable_ingress_report()->set_taken(taken);
  response.mutable_ingress_report()->set_unregistered(unregistered);
}

}  // namespace tern::api
