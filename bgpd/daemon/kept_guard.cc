#include "bgpd/daemon/kept_guard.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <utility>

#include "bgpd/session/guard_orders.h"
#include "bgpd/session/speaker.h"
#include "rib/types/decimal.h"
#include "rib/types/one_line.h"

namespace tern::daemon {
namespace {

using policy::GuardOrder;
using policy::GuardOrderKind;
using policy::GuardOrderTable;

// A line has two texts, an address with the name of an interface, and numbers.
static_assert((GuardOrderTable::kMostBecause + GuardOrderTable::kMostOwner + 250) *
                  GuardOrderTable::kMost <
              KeptGuard::kMostBytes);

constexpr std::size_t kMostShown = 200;  // octets of an order in the log

// "192.0.2.1" and "fe80::1%eth0" are neighbors, a number is an AS.
policy::OrderedFrom from_of(std::string_view field) {
  if (field == "-") return {};
  if (const auto asn = parse_decimal<Asn>(field)) return {{}, asn};
  return {std::string(field), {}};
}

std::optional<GuardOrder> order_of(std::string_view line) {
  constexpr std::size_t kFields = 7;
  const auto found = fields_of<kFields>(line);
  if (!found) return std::nullopt;
  const auto& fields = *found;
  GuardOrder order;
  const auto prefix = Prefix::parse(fields[1]);
  const auto since = parse_decimal<std::uint32_t>(fields[3]);
  const auto expires = parse_decimal<std::uint32_t>(fields[4]);
  const bool release = fields[0] == "release";
  if (!prefix || !since || !expires || (!release && fields[0] != "block")) return std::nullopt;
  order.kind = release ? GuardOrderKind::Release : GuardOrderKind::Block;
  order.prefix = *prefix;
  order.from = from_of(fields[2]);
  order.since = *since;
  order.expires = *expires;
  order.owner = text_of_field(fields[5]).substr(0, GuardOrderTable::kMostOwner);
  order.because = text_of_field(fields[6]).substr(0, GuardOrderTable::kMostBecause);
  return order;
}

std::vector<std::shared_ptr<const GuardOrder>> orders_of(const session::Speaker& speaker) {
  std::vector<std::shared_ptr<const GuardOrder>> all;
  for (const auto& [key, order] : speaker.guard_orders().all()) all.push_back(order);
  return all;
}

}  // namespace

std::string guard_text(const std::vector<std::shared_ptr<const GuardOrder>>& orders) {
  std::string text = "# releases and blocks of ternctl guard\n";
  for (const auto& order : orders) {
    const policy::OrderedFrom& from = order->from;
    text += std::string(to_string(order->kind)) + '\t' + order->prefix.to_string() + '\t' +
            (from.asn ? std::to_string(*from.asn) : field_text(from.neighbor)) + '\t' +
            std::to_string(order->since) + '\t' + std::to_string(order->expires) + '\t' +
            field_text(order->owner) + '\t' + field_text(order->because) + '\n';
  }
  return text;
}

BadLines read_orders(std::string_view text, std::vector<GuardOrder>& orders) {
  return read_lines(text, [&](std::string_view line) {
    auto order = order_of(line);
    if (!order || orders.size() == GuardOrderTable::kMost) return false;
    orders.push_back(*std::move(order));
    return true;
  });
}

KeptGuard::KeptGuard(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                     const std::string& configuration)
    : speaker_(speaker),
      file_(thread, loop, configuration, "guard", "txt", "releases and blocks of the guard",
            [&speaker] { return [orders = orders_of(speaker)] { return guard_text(orders); }; }) {}

void KeptGuard::restore() {
  std::vector<GuardOrder> orders;
  file_.log(read_orders(file_.read(kMostBytes), orders), "a release or a block");
  const auto ended = std::erase_if(orders, [now = session::unix_seconds()](const auto& order) {
    return order.expires != 0 && order.expires <= now;
  });
  if (ended != 0) {
    spdlog::warn("guard: {} releases and blocks ended while ternd did not run", ended);
  }
  speaker_.guard_orders().restore(std::move(orders));
  warn_of_unknown();
  speaker_.guard_orders().on_change([this] { file_.save(); });
  if (ended != 0) file_.save();
}

void KeptGuard::warn_of_unknown() const {
  std::size_t count = 0;
  std::string first;
  for (const auto& [key, order] : speaker_.guard_orders().all()) {
    const std::string& neighbor = order->from.neighbor;
    if (neighbor.empty() || speaker_.find(neighbor) != nullptr) continue;
    if (count++ == 0) first = one_line(order->to_string(), kMostShown);
  }
  if (count == 0) return;
  spdlog::warn(
      "guard: {} releases and blocks are about neighbors that the configuration does not list, the "
      "first is the {}; 'ternctl guard clear' ends one",
      count, first);
}

}  // namespace tern::daemon
