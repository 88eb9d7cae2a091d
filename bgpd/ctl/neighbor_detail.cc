#include "bgpd/ctl/neighbor_detail.h"

#include <map>
#include <vector>

#include "bgpd/ctl/fields.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"

namespace tern::ctl {
namespace {

using api::proto::Neighbor;

constexpr std::size_t kSessionLabelWidth = 18;

std::string list_text(const google::protobuf::RepeatedPtrField<std::string>& items) {
  return join({items.begin(), items.end()}, ", ");
}

// "keepalive 12, update 3": sorted by name.
std::string counters_text(const google::protobuf::Map<std::string, std::uint64_t>& counters) {
  std::vector<std::string> parts;
  for (const auto& [name, count] :
       std::map<std::string, std::uint64_t>(counters.begin(), counters.end())) {
    if (count != 0) parts.push_back(name + " " + count_text(count));
  }
  return join(parts, ", ");
}

std::string traffic_text(const google::protobuf::Map<std::string, std::uint64_t>& messages,
                         std::uint64_t bytes) {
  const std::string counters = counters_text(messages);
  if (counters.empty()) return {};
  return counters + " (" + bytes_text(bytes) + ")";
}

std::string if_not_zero(std::uint64_t value, const std::string& text) {
  return value == 0 ? std::string() : text;
}

std::string transport_text(const Neighbor& neighbor) {
  std::string text = "AS " + std::to_string(neighbor.local_asn());
  if (neighbor.local_address().empty()) return text;
  text = neighbor.local_address() + ", " + text;
  if (neighbor.local_port() == 0) return text;
  return text + ", port " + std::to_string(neighbor.local_port()) + " to " +
         std::to_string(neighbor.remote_port());
}

std::string timers_text(const Neighbor& neighbor) {
  if (!is_established(neighbor)) return {};
  if (neighbor.hold_time_seconds() == 0) return "hold 0: no keepalives (RFC 4271 section 4.2)";
  return "hold " + std::to_string(neighbor.hold_time_seconds()) + " s, keepalive " +
         std::to_string(neighbor.keepalive_seconds()) + " s, last heard " +
         duration_text(neighbor.last_received_seconds_ago()) + " ago";
}

std::string errors_text(const Neighbor& neighbor) {
  const std::uint64_t discarded = neighbor.attribute_errors_discarded();
  const std::uint64_t withdrawn = neighbor.attribute_errors_withdrawn();
  if (discarded == 0 && withdrawn == 0) return {};
  std::string text = count_of(discarded, "attribute") + " discarded, " +
                     count_of(withdrawn, "update") + " treated as withdraw (RFC 7606)";
  if (!neighbor.last_attribute_error().empty()) {
    text.append("; last: ").append(neighbor.last_attribute_error());
  }
  return text;
}

std::string rtt_text(double milliseconds) {
  if (milliseconds <= 0) return {};
  return cost_text(static_cast<std::uint64_t>(milliseconds * 1000 + 0.5));
}

// "65000:100, 65000:200 (1 added and 0 removed by commands)"
std::string route_filter_text(const Neighbor& neighbor) {
  if (!neighbor.has_route_filter()) return {};
  const auto& filter = neighbor.route_filter();
  std::string text = list_text(filter.allowed());
  if (text.empty()) text = "passes no route";
  if (!filter.edited()) return text;
  return text + " (" + count_text(filter.added()) + " added and " + count_text(filter.removed()) +
         " removed by commands)";
}

std::vector<Field> session_fields(const Neighbor& neighbor) {
  return {{"Description", neighbor.description()},
          {"Group", neighbor.group()},
          {"Kind", neighbor.kind() + (neighbor.dynamic() ? ", dynamic" : "")},
          {"Role", neighbor.role()},
          {"Router ID", neighbor.router_id()},
          {"Host name", neighbor.hostname()},
          {"Local", transport_text(neighbor)},
          {"Timers", timers_text(neighbor)},
          {"Round trip", rtt_text(neighbor.rtt_milliseconds())},
          {"Capabilities", list_text(neighbor.capabilities())},
          {"Offered by peer", list_text(neighbor.peer_capabilities())},
          {"Import policies", list_text(neighbor.import_policies())},
          {"Export policies", list_text(neighbor.export_policies())},
          {"Route filter", route_filter_text(neighbor)},
          {"Location tags", neighbor.location_dictionary()},
          {"Vantage", neighbor.vantage()},
          {"Default route",
           join({neighbor.default_routes().begin(), neighbor.default_routes().end()}, "; ")},
          {"Messages in", traffic_text(neighbor.messages_in(), neighbor.bytes_in())},
          {"Messages out", traffic_text(neighbor.messages_out(), neighbor.bytes_out())},
          {"Waiting to be sent",
           if_not_zero(neighbor.out_queue_bytes(), bytes_text(neighbor.out_queue_bytes())) +
               (neighbor.slow() ? " (slow)" : "")},
          {"Rejected now", counters_text(neighbor.rejected_by_reason())},
          {"Paths left out",
           if_not_zero(neighbor.paths_refused(), count_text(neighbor.paths_refused()))},
          {"Attribute errors", errors_text(neighbor)},
          {"Times lost", if_not_zero(neighbor.flaps(), count_text(neighbor.flaps()))},
          {"Last error", neighbor.last_error()}};
}

void print_families(std::ostream& out, const Screen& screen, const Neighbor& neighbor) {
  if (neighbor.families().empty()) return;
  using Align = Column::Align;
  Table routes({{"Family"},
                {"Received", Align::Right},
                {"Accepted", Align::Right},
                {"Rejected", Align::Right},
                {"Advertised", Align::Right},
                {"Limit", Align::Right, 0, true},
                {"End-of-RIB"},
                {"In: announced", Align::Right},
                {"withdrawn", Align::Right},
                {"Out: announced", Align::Right},
                {"withdrawn", Align::Right}},
               2);
  for (const Neighbor::FamilyCounts& counts : neighbor.families()) {
    routes.add({{counts.family()},
                {count_text(counts.received())},
                {count_text(counts.accepted())},
                {count_text(counts.rejected())},
                {count_text(counts.advertised())},
                {if_not_zero(counts.prefix_limit(), count_text(counts.prefix_limit()))},
                {counts.end_of_rib() ? "yes" : "no"},
                {count_text(counts.announcements_in())},
                {count_text(counts.withdrawals_in())},
                {count_text(counts.announcements_out())},
                {count_text(counts.withdrawals_out())}});
  }
  routes.print(out, screen);
}

}  // namespace

std::string neighbor_title(const Neighbor& neighbor) {
  return neighbor.name().empty() ? neighbor.address() : neighbor.name();
}

bool is_established(const Neighbor& neighbor) { return neighbor.state() == "Established"; }

Tint state_tint(const Neighbor& neighbor) {
  if (is_established(neighbor)) return Tint::Good;
  return neighbor.admin_up() ? Tint::Bad : Tint::Dim;
}

void print_neighbor_detail(std::ostream& out, const Screen& screen, const Neighbor& neighbor) {
  const std::string title = neighbor_title(neighbor);
  out << screen.paint(Tint::Bold, title);
  if (title != neighbor.address()) out << " (" << neighbor.address() << ")";
  out << ", AS " << neighbor.asn() << ", " << screen.paint(state_tint(neighbor), neighbor.state());
  const std::string age = age_text(neighbor.since_seconds(), screen.now_seconds);
  if (!age.empty()) out << " for " << age;
  if (!neighbor.admin_up()) out << ", disabled";
  out << '\n';
  print_fields(out, screen, session_fields(neighbor), kSessionLabelWidth);
  print_families(out, screen, neighbor);
}

}  // namespace tern::ctl
