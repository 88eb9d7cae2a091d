// guard list, show, release, block and clear: what operators order about the routes for a prefix.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/session/guard_orders.h"
#include "bgpd/session/peer.h"
#include "rib/types/one_line.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using policy::GuardOrder;
using policy::GuardOrderTable;

constexpr int kOrdersPerMessage = 256;
constexpr std::uint64_t kMostTime = std::uint64_t{1} << 30U;  // seconds, 34 years

void show_order(const session::Speaker& speaker, const GuardOrder& order,
                proto::GuardOrder& shown) {
  shown.set_kind(std::string(to_string(order.kind)));
  shown.set_prefix(order.prefix.to_string());
  shown.set_from(order.from.to_string());
  if (!order.from.neighbor.empty()) {
    const session::Peer* const peer = speaker.find(order.from.neighbor);
    if (peer != nullptr) shown.set_neighbor(peer->settings().name);
  }
  shown.set_since_seconds(order.since);
  shown.set_expires_seconds(order.expires);
  shown.set_owner(order.owner);
  shown.set_because(order.because);
}

// The orders of the time of the request.
class GuardAnswer final : public Answer {
 public:
  GuardAnswer(const session::Speaker& speaker, const std::optional<Prefix>& about)
      : speaker_(speaker) {
    for (const auto& [key, order] : speaker.guard_orders().all()) {
      const Prefix& prefix = key.first;
      if (!about || prefix.covers(*about) || about->covers(prefix)) orders_.push_back(order);
    }
  }

  Progress next(proto::Response& response) override {
    proto::Guard& shown = *response.mutable_guard();
    while (next_ < orders_.size() && shown.orders_size() < kOrdersPerMessage) {
      show_order(speaker_, *orders_[next_++], *shown.add_orders());
    }
    return next_ < orders_.size() ? Progress::Send : Progress::Done;
  }

 private:
  const session::Speaker& speaker_;
  std::vector<std::shared_ptr<const GuardOrder>> orders_;
  std::size_t next_ = 0;
};

// Sets `from` to the neighbor or AS of the text; returns the error in words.
std::optional<std::string> read_from(const session::Speaker& speaker, const Prefix& prefix,
                                     const std::string& text, policy::OrderedFrom& from) {
  if (text.empty()) return std::nullopt;
  if (const session::Peer* const peer = speaker.find(text)) {
    from.neighbor = session::to_string(peer->settings().whole_address());
    return std::nullopt;
  }
  // The neighbor of an order may be gone.
  if (speaker.guard_orders().all().contains({prefix, {text, {}}})) {
    from.neighbor = text;
    return std::nullopt;
  }
  const bool has_word = text.size() > 2 && (text.substr(0, 2) == "AS" || text.substr(0, 2) == "as");
  from.asn = parse_asn(has_word ? text.substr(2) : text);
  if (from.asn && *from.asn != kAsZero) return std::nullopt;
  return quoted(text) + " is neither the name or address of a neighbor nor an AS number";
}

std::optional<std::string> read_order(const session::Speaker& speaker,
                                      const proto::GuardActionRequest& request, GuardOrder& order) {
  const auto prefix = Prefix::parse(request.prefix());
  if (!prefix) return not_a_prefix(request.prefix());
  order.prefix = *prefix;
  return read_from(speaker, order.prefix, request.from(), order.from);
}

std::optional<std::string> put_order(session::Speaker& speaker,
                                     const proto::GuardActionRequest& request,
                                     const std::string& user, GuardOrder order) {
  if (request.because().size() > GuardOrderTable::kMostBecause) {
    return "a reason has at most " + std::to_string(GuardOrderTable::kMostBecause) + " octets";
  }
  if (request.for_seconds() > kMostTime) return "the time is too long";
  const bool release = request.action() == proto::GuardActionRequest::RELEASE;
  order.kind = release ? policy::GuardOrderKind::Release : policy::GuardOrderKind::Block;
  order.since = session::unix_seconds();
  if (request.for_seconds() != 0) {
    order.expires = order.since + static_cast<std::uint32_t>(request.for_seconds());
  }
  order.owner = one_line(user, GuardOrderTable::kMostOwner, Letters::Utf8);
  order.because = one_line(request.because(), GuardOrderTable::kMostBecause, Letters::Utf8);
  return speaker.guard_orders().put(std::move(order));
}

}  // namespace

void show_guard_orders(const session::Speaker& speaker, const Prefix& prefix,
                       proto::Explanation& shown) {
  const auto& all = speaker.guard_orders().all();
  for (auto order = all.lower_bound({prefix, {}});
       order != all.end() && order->first.first == prefix; ++order) {
    if (shown.orders_size() == kOrdersPerMessage) return shown.set_more_orders(true);
    show_order(speaker, *order->second, *shown.add_orders());
  }
}

std::unique_ptr<Answer> list_guard_orders(session::Speaker& speaker,
                                          const proto::GuardRequest& request) {
  std::optional<Prefix> about;
  if (!request.prefix().empty()) {
    about = parse_prefix_or_address(request.prefix());
    if (!about) return error_answer(not_a_prefix_or_address(request.prefix()));
  }
  return std::make_unique<GuardAnswer>(speaker, about);
}

void order_guard(session::Speaker& speaker, const proto::GuardActionRequest& request,
                 const std::string& user, proto::Response& response) {
  using Action = proto::GuardActionRequest;
  GuardOrder order;
  std::optional<std::string> refused = read_order(speaker, request, order);
  if (!refused && request.action() == Action::CLEAR) {
    const auto& all = speaker.guard_orders().all();
    const auto found = all.find({order.prefix, order.from});
    if (found == all.end()) {
      return response.set_error("there is no release or block of " + order.prefix.to_string() +
                                (request.from().empty() ? "" : " from " + order.from.to_string()));
    }
    show_order(speaker, *found->second, *response.mutable_guard()->add_orders());
    (void)speaker.guard_orders().clear(order.prefix, order.from, user);
    return;
  }
  if (!refused && request.action() != Action::RELEASE && request.action() != Action::BLOCK) {
    refused = "unknown action";
  }
  if (!refused) refused = put_order(speaker, request, user, order);
  if (refused) return response.set_error(*refused);
  const auto& kept = speaker.guard_orders().all().at({order.prefix, order.from});
  show_order(speaker, *kept, *response.mutable_guard()->add_orders());
}

}  // namespace tern::api
