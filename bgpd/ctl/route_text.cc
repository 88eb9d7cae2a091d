#include "bgpd/ctl/route_text.h"

#include <vector>

#include "bgpd/ctl/fields.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"

namespace tern::ctl {
namespace {

using api::proto::Route;

constexpr std::size_t kLabelWidth = 20;

std::string list_text(const google::protobuf::RepeatedPtrField<std::string>& items,
                      std::string_view between) {
  return join({items.begin(), items.end()}, between);
}

std::string origin_letter(const std::string& origin) {
  if (origin == "igp") return "i";
  if (origin == "egp") return "e";
  return "?";
}

std::string next_hop_text(const Route& route) {
  if (route.next_hop_link_local().empty()) return route.next_hop();
  return route.next_hop() + " (link-local " + route.next_hop_link_local() + ")";
}

template <typename Number>
std::string if_present(bool present, Number value) {
  return present ? std::to_string(value) : std::string();
}

std::string id_text(std::uint32_t path_id) {
  return path_id == 0 ? std::string() : std::to_string(path_id);
}

std::string ago_text(const Route& route, const Screen& screen) {
  const std::string age = age_text(route.since_seconds(), screen.now_seconds);
  return age.empty() ? age : ", " + age + " ago";
}

}  // namespace

std::string route_source(const Route& route) {
  if (!route.neighbor_name().empty()) return route.neighbor_name();
  return route.neighbor().empty() ? "?" : route.neighbor();  // left, or has sent another
}

std::string route_source_in_full(const Route& route) {
  std::string text = route_source(route);
  const bool named = !route.neighbor_name().empty() && !route.neighbor().empty();
  if (named && text != route.neighbor()) text.append(" (").append(route.neighbor()).append(")");
  return text;
}

std::string family_text(const Route& route, std::string before) {
  const bool unicast = route.family().empty() || route.family().ends_with("-unicast");
  return unicast ? std::string() : before + route.family();
}

std::string destination_text(const Route& route) {
  return route.prefix() + family_text(route, " ");
}

std::string as_path_text(const Route& route) {
  if (route.origin().empty()) return route.as_path();
  if (route.as_path().empty()) return origin_letter(route.origin());
  return route.as_path() + " " + origin_letter(route.origin());
}

std::string egress_text(const Route& route) {
  std::string text = route.metro();
  if (!route.egress_pop().empty()) {
    text.append(text.empty() ? "at " : " at ").append(route.egress_pop());
  }
  if (route.has_egress_cost_us()) {
    text.append(text.empty() ? "" : ", ").append(cost_text(route.egress_cost_us()));
  }
  return text;
}

std::string reason_text(const Route& route) {
  if (route.accepted()) return {};
  if (route.reason_detail().empty()) return route.reason();
  // "policy clients, term 3" says "policy" already.
  if (route.reason_detail().rfind(route.reason(), 0) == 0) return route.reason_detail();
  // "policy clients, term 3: transit" ends with its reason.
  const std::string closing = ": " + route.reason();
  std::string_view detail = route.reason_detail();
  if (detail.ends_with(closing)) detail.remove_suffix(closing.size());
  return route.reason() + ": " + std::string(detail);
}

void print_vrps(const google::protobuf::RepeatedPtrField<api::proto::Explanation::Vrp>& vrps,
                std::uint64_t left_out, const Screen& screen, std::ostream& out) {
  if (vrps.empty()) return;
  Table table({{"Prefix"}, {"Up to", Column::Align::Right}, {"Origin"}}, 2);
  for (const auto& vrp : vrps) {
    table.add({{vrp.prefix()},
               {"/" + std::to_string(vrp.max_length())},
               {"AS " + std::to_string(vrp.asn())}});
  }
  table.print(out, screen);
  if (left_out != 0) out << "  and " << count_text(left_out) << " more\n";
}

void print_route_detail(std::ostream& out, const Screen& screen, const Route& route) {
  out << screen.paint(Tint::Bold, destination_text(route));
  if (route.best()) out << "  " << screen.paint(Tint::Good, "best");
  if (!route.accepted()) {
    const std::string reason = reason_text(route);
    out << "  " << screen.paint(Tint::Bad, reason.empty() ? "rejected" : "rejected: " + reason);
  }
  out << '\n';
  const std::vector<Field> fields{
      {"From", route_source_in_full(route) + ago_text(route, screen)},
      {"Path ID", id_text(route.path_id())},
      {"Next hop", next_hop_text(route)},
      {"AS path", route.as_path().empty() ? "empty" : route.as_path()},
      {"Origin", route.origin()},
      {"Local pref", if_present(route.has_local_pref(), route.local_pref())},
      {"MED", if_present(route.has_med(), route.med())},
      {"Communities", list_text(route.communities(), " ")},
      {"Large communities", list_text(route.large_communities(), " ")},
      {"Extended communities", list_text(route.extended_communities(), " ")},
      {"Atomic aggregate", route.atomic_aggregate() ? "yes" : ""},
      {"Aggregator", route.aggregator()},
      {"Originator ID", route.originator_id()},
      {"Cluster list", list_text(route.cluster_list(), " ")},
      {"AIGP", if_present(route.has_aigp(), route.aigp())},
      {"Only to customer", route.has_only_to_customer()
                               ? "AS " + std::to_string(route.only_to_customer())
                               : std::string()},
      {"Unknown attributes", list_text(route.unknown_attributes(), "; ")},
      {"Egress", egress_text(route)},
      {"RPKI", route.rpki()}};
  print_fields(out, screen, fields, kLabelWidth);
}

}  // namespace tern::ctl
