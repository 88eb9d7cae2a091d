#include "bgpd/kernel/installer.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tern::kernel {
namespace {

namespace netlink = session::netlink;

// After losses of notifications. A million routes are read in a second or two.
constexpr std::chrono::seconds kLearnEvery{10};
constexpr std::chrono::seconds kLearnAgain{1};  // after a failure
// The kernel removes some routes without a notification, as when an interface joins a VRF.
constexpr std::chrono::minutes kLookEvery{10};
constexpr int kMostDumps = 3;      // one after another, while others change routes
constexpr int kMostReads = 16384;  // notifications read in one call of listen()

}  // namespace

Installer::Installer(const Place& place, std::shared_ptr<pipeline::NextHopFinder> finder)
    : place_(place), finder_(std::move(finder)), buffer_(netlink::kMostOctets) {}

bool Installer::open() {
  auto socket = RouteSocket::open();
  if (!socket) return false;
  auto monitor = open_route_monitor(socket->port());
  if (!monitor.is_open()) return false;
  socket_ = std::move(socket);
  monitor_ = std::move(monitor);
  return true;
}

// While other programs change routes, a dump may miss some, and is made again. If they never stop,
// what was found counts, and the rest is found by a later dump.
void Installer::learn(Time now) {
  const auto take = [this](const ShownRoute& route) {
    if (route.metric == place_.metric) {
      table_.learn(route.prefix, route.hops);
    } else if (route.metric != spared_metric_) {
      other_metrics_.push_back({route.prefix, route.metric, route.hops});
    }
  };
  using Dump = RouteSocket::Dump;
  for (int tries = 0; tries < kMostDumps && !learnt_; ++tries) {
    table_.begin_learning();
    other_metrics_.clear();
    const Dump v4 = socket_->for_each(IpVersion::V4, place_, take);
    const Dump v6 = v4 == Dump::Failed ? v4 : socket_->for_each(IpVersion::V6, place_, take);
    if (v6 == Dump::Failed) {
      error_ = std::string("the kernel's routes could not be read: ") + std::strerror(errno);
      learn_at_ = now + kLearnAgain;
      return;
    }
    learnt_ = v4 == Dump::Whole && v6 == Dump::Whole;
  }
  if (learnt_) table_.end_learning();
  if (known_ || !learnt_) learn_at_ = now + kLearnEvery;
  known_ = true;
  look_at_ = now + kLookEvery;
}

bool Installer::settled() const {
  using fib::Failure;
  const fib::Counts& counts = table_.counts();
  const auto failed = [&](Failure why) { return counts.failed[static_cast<std::size_t>(why)]; };
  return is_open() && known_ && counts.waiting == 0 && !table_.has_changes() &&
         failed(Failure::NoMemory) == 0 && failed(Failure::NotPermitted) == 0;
}

void Installer::end_refresh() {
  table_.end_refresh();
  remove_other_metrics_ = true;
}

bool Installer::remove_other_metrics() {
  for (std::size_t i = 0; i < kMostChanges && !other_metrics_.empty(); ++i) {
    const OtherMetric& of = other_metrics_.back();
    Place place = place_;
    place.metric = of.metric;
    socket_->remove(of.prefix, place, of.hops);
    other_metrics_.pop_back();
  }
  return !other_metrics_.empty();
}

// ---- Changes

// Where a received route resolves the next hop, the kernel's route gets the gateway at which the
// way ends. So a route of ours that covers the next hop diverts none of its packets.
std::optional<fib::Resolution> Installer::look_up(const fib::NextHop& next_hop) {
  if (next_hop.interface != 0) return socket_->look_up_link(next_hop);
  auto found = socket_->look_up(next_hop.address, place_);
  if (!found || found->why == fib::Failure::None || finder_ == nullptr) return found;
  const auto behind = finder_->behind(next_hop.address);
  if (!behind) return found;
  auto way = socket_->look_up(*behind, place_);
  if (!way || way->why != fib::Failure::None) return way ? found : std::nullopt;
  way->most_length = fib::kCoveredByNone;
  return way;
}

void Installer::resolve() {
  fib::Targets& targets = table_.targets();
  targets.take_unresolved(unresolved_);
  for (const fib::NextHop& next_hop : unresolved_) {
    auto found = look_up(next_hop);
    if (found) {
      targets.resolved(next_hop, std::move(*found));
      continue;
    }
    ++unanswered_;
    error_ = "no answer about the next hop " + next_hop.address.to_string() + ": " +
             std::strerror(errno);
    targets.not_answered(next_hop);
  }
  table_.settle();
}

bool Installer::work() {
  const Time now = std::chrono::steady_clock::now();
  learnt_ = learnt_ && !table_.take_doubts() && now < look_at_;
  if (!learnt_ && now >= learn_at_) learn(now);
  if (!known_) return false;
  resolve();
  if (!make_changes()) return false;
  if (table_.has_changes()) return true;
  return remove_other_metrics_ && settled() && remove_other_metrics();
}

bool Installer::make_changes() {
  table_.take_changes(kMostChanges, changes_);
  if (!socket_->change(changes_, table_.targets(), place_, outcomes_)) {
    error_ = std::string("the kernel takes no changes: ") + std::strerror(errno);
    for (const fib::Change& change : changes_) table_.not_made(change);
    return false;
  }
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (outcomes_[i].value_or(0) != 0) note_error(changes_[i], *outcomes_[i]);
    own_changed_ = own_changed_ || outcomes_[i] == 0;
    table_.finish(changes_[i], outcomes_[i]);
  }
  return true;
}

void Installer::every_second() {
  table_.restore();
  // The kernel sends the notification before it removes the routes: they are read again only now.
  if (std::exchange(addresses_gone_, false)) learnt_ = false;
  // A next hop behind a link or a nexthop object that came back may have the same answer as before,
  // and no change of answers then causes a retry.
  if (std::exchange(ways_changed_, false)) table_.retry(fib::Failure::Unreachable);
  table_.targets().ask_later(std::exchange(own_changed_, false));
}

// A route that another program may have is tried again, and a route that was to be removed may be
// gone: neither is worth a line.
void Installer::note_error(const fib::Change& change, int error) {
  using Action = fib::Change::Action;
  if (change.action == Action::Remove && (error == ESRCH || error == ENOENT)) return;
  if (change.action == Action::Replace && (error == ESRCH || error == ENOENT)) return;
  if (change.action == Action::Add && error == EEXIST) return;
  error_ = change.prefix.to_string() + ": " + std::strerror(error);
  if (error == EEXIST) error_ += ", a route of another program";
  if (error == EPERM || error == EACCES) error_ += ", CAP_NET_ADMIN is missing";
  if (!socket_->last_text().empty() && error == EINVAL) error_ += ": " + socket_->last_text();
}

void Installer::want_nothing(bool other_metrics) {
  table_.want_nothing();
  remove_other_metrics_ = other_metrics;
}

void Installer::remove_all(std::chrono::seconds most, bool other_metrics) {
  const auto end = std::chrono::steady_clock::now() + most;
  want_nothing(other_metrics);
  for (int tries = 0; tries < 2; ++tries) {  // some changes may not reach the kernel at first
    while ((work() || (known_ && table_.has_changes())) && std::chrono::steady_clock::now() < end) {
    }
    table_.restore();
  }
}

// ---- Notifications

bool Installer::listen() {
  bool others = false;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t size = ::recv(monitor_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {  // some were lost
      ++resyncs_;
      learnt_ = false;
      others = true;
      continue;
    }
    if (size <= 0) break;
    (void)netlink::for_each_message(Octets(buffer_).first(static_cast<std::size_t>(size)),
                                    [&](const nlmsghdr& header, Octets body) {
                                      others = heard(header, body) || others;
                                      return true;
                                    });
  }
  table_.interfaces_down(down_);
  down_.clear();
  if (others) table_.targets().look_again();
  return others;
}

bool Installer::heard(const nlmsghdr& header, Octets body) {
  if (const auto route = parse_route(header, body)) return heard_route(*route);
  if (const auto interface = parse_interface_down(header, body)) {
    if (std::ranges::find(down_, *interface) == down_.end()) down_.push_back(*interface);
    return true;
  }
  if (const auto interface = parse_address_gone(header, body)) {
    const std::array<std::uint32_t, 1> through{*interface};
    if (!table_.targets().hops_through(through).empty()) addresses_gone_ = true;
    return true;
  }
  switch (header.nlmsg_type) {
    case RTM_DELNEXTHOP:  // its routes may go without notifications of their own
      return true;
    case RTM_NEWLINK:
    case RTM_NEWNEXTHOP:
      ways_changed_ = true;
      return true;
    default:
      return false;
  }
}

// Of our own routes, only the changes of others are heard. True: of another program's route.
bool Installer::heard_route(const ShownRoute& route) {
  const bool ours = route.protocol == place_.protocol;
  if (!route.in(place_)) return !ours;
  if (ours) {
    route.removed ? table_.kernel_removed(route.prefix)
                  : table_.kernel_changed(route.prefix, route.hops);
    return false;
  }
  route.removed ? table_.foreign_removed(route.prefix)
                : table_.foreign_added(route.prefix, route.replaces);
  return true;
}

}  // namespace tern::kernel
