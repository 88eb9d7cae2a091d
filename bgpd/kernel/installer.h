// The table of wanted routes (bgpd/fib/table.h) with its sockets: asks the kernel, makes changes,
// and hears of the changes of others. The thread tern-kernel only. The functions wait for the
// kernel alone, and for the lock of a NextHopFinder.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/fib/table.h"
#include "bgpd/kernel/route_socket.h"
#include "bgpd/kernel/settings.h"
#include "bgpd/pipeline/next_hop_route.h"

namespace tern::kernel {

class Installer {
 public:
  // Most changes that are made in one call of the kernel: about a millisecond.
  static constexpr std::size_t kMostChanges = 512;

  // finder: resolves next hops that the kernel's routes do not; null: nobody does.
  explicit Installer(const Place& place, std::shared_ptr<pipeline::NextHopFinder> finder = nullptr);

  // Opens the sockets. False: the failure is in errno. Without open sockets, work(), listen() and
  // remove_all() may not be called; all other functions may. The table then takes wanted routes.
  [[nodiscard]] bool open();
  [[nodiscard]] bool is_open() const { return socket_.has_value(); }
  [[nodiscard]] const Place& place() const { return place_; }

  [[nodiscard]] fib::Table& table() { return table_; }
  [[nodiscard]] const fib::Table& table() const { return table_; }
  // The descriptor that can be read when others have changed something.
  [[nodiscard]] int monitor() const { return monitor_.get(); }

  // Reads the routes that the place has of our protocol, the first time and after a loss; asks
  // about next hops, and makes some changes. True: there are more.
  bool work();
  // Reads what others have changed. True: the kernel's routes or links are others than before, so
  // that next hops may lead elsewhere.
  bool listen();
  // Work that is done once a second: puts right what others changed, and asks and tries again.
  void every_second();
  // True: the kernel has all wanted routes, except those that failed for another reason than a lack
  // of memory or of the capability.
  [[nodiscard]] bool settled() const;
  // The routes of earlier processes that are not wanted are removed from now on.
  void end_refresh();
  // Leaves the routes of all other metrics to another installer.
  void spare_other_metrics() { remove_other_metrics_ = false; }
  // Leaves the routes of this metric to another installer; nothing: of no metric.
  void spare_metric(std::optional<std::uint32_t> metric) { spared_metric_ = metric; }
  // From now on work() removes our routes; other_metrics: also those of earlier processes.
  void want_nothing(bool other_metrics);
  // Removes them all; gives up after `most`.
  void remove_all(std::chrono::seconds most, bool other_metrics);

  [[nodiscard]] std::uint64_t resyncs() const { return resyncs_; }
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }
  // The last error of the kernel since the last call, in one line; empty: none.
  [[nodiscard]] std::string take_error() { return std::exchange(error_, {}); }

 private:
  using Time = std::chrono::steady_clock::time_point;

  void learn(Time now);
  // True: there are more.
  bool remove_other_metrics();
  void resolve();
  [[nodiscard]] std::optional<fib::Resolution> look_up(const fib::NextHop& next_hop);
  // False: the kernel takes no changes at present.
  bool make_changes();
  bool heard(const nlmsghdr& header, Octets body);
  bool heard_route(const ShownRoute& route);
  void note_error(const fib::Change& change, int error);

  const Place place_;
  const std::shared_ptr<pipeline::NextHopFinder> finder_;
  std::optional<RouteSocket> socket_;
  session::netlink::Descriptor monitor_{-1};
  fib::Table table_;
  struct OtherMetric {
    Prefix prefix;
    std::uint32_t metric = 0;
    fib::Hops hops;
  };
  std::vector<OtherMetric> other_metrics_;  // of earlier processes
  bool remove_other_metrics_ = false;
  std::optional<std::uint32_t> spared_metric_;
  bool known_ = false;           // the kernel's routes were read once
  bool learnt_ = false;          // the kernel's routes need no further reading
  Time learn_at_{};              // earliest time of the next reading
  Time look_at_{};               // latest time of the next reading
  bool addresses_gone_ = false;  // interfaces lost IPv4 addresses since every_second()
  bool ways_changed_ = false;    // links or nexthop objects changed since every_second()
  bool own_changed_ = false;     // ternd changed routes since every_second()
  std::uint64_t resyncs_ = 0;
  std::uint64_t unanswered_ = 0;  // questions about next hops
  std::string error_;
  std::vector<fib::NextHop> unresolved_;      // scratch of resolve()
  std::vector<fib::Change> changes_;          // scratch of work()
  std::vector<std::optional<int>> outcomes_;  // scratch of work()
  std::vector<std::byte> buffer_;             // of listen()
  std::vector<std::uint32_t> down_;           // interfaces; scratch of listen()
};

}  // namespace tern::kernel
