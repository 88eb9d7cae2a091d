// show egress: where the traffic for each metro leaves, and what each PoP would cost.
#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"

namespace tern::api {
namespace {

void show_row(const rib::Shards& shards, const policy::Egress& egress, MetroId metro,
              proto::EgressTable::Row& row) {
  row.set_metro(egress.metro(metro).name);
  row.set_title(egress.metro(metro).title);
  EgressCost nearest = kUnknownCost;
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    nearest = std::min(nearest, egress.cost(pop, metro));
  }
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    proto::EgressTable::Row::Cell& cell = *row.add_cells();
    const EgressCost cost = egress.cost(pop, metro);
    cell.set_pop(egress.pop(pop).name);
    cell.set_prefixes(shards.egress_prefixes(metro, pop));
    if (cost != kUnknownCost) cell.set_cost_us(cost);
    cell.set_measured(egress.measured(pop, metro));
    cell.set_nearest(cost == nearest && cost != kUnknownCost);
  }
}

}  // namespace

void show_egress(session::Speaker& speaker, proto::EgressTable& table) {
  const policy::Egress& egress = *speaker.settings().egress;
  const rib::Shards& shards = speaker.shards();
  if (!egress.enabled()) return;
  table.set_own_pop(egress.pop(egress.own_pop()).name);
  table.set_mode(egress.mode() == policy::CostMode::Total ? "total" : "last-mile");
  std::uint64_t untagged = shards.egress_prefixes(kNoPlace, kNoPlace);
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    table.add_pops(egress.pop(pop).name);
    untagged += shards.egress_prefixes(kNoPlace, pop);
  }
  for (MetroId metro = 0; metro < egress.metro_count(); ++metro) {
    show_row(shards, egress, metro, *table.add_rows());
  }
  table.set_untagged_prefixes(untagged);
}

}  // namespace tern::api
