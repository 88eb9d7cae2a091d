#include "bgpd/kernel/next_hop_watch.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <vector>

#include "bgpd/kernel/cover_search.h"
#include "bgpd/kernel/next_hop_forgetting.h"
#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"

namespace tern::kernel {
namespace {

namespace asio = boost::asio;
namespace netlink = session::netlink;
using pipeline::NextHops;
using Addresses = NextHops::Addresses;
using Clock = session::Timer::Clock;

constexpr std::chrono::milliseconds kNotified{10};
constexpr std::chrono::milliseconds kBetween{100};
constexpr std::chrono::seconds kEverySecond{1};
constexpr int kRest = 4;                // times the duration of a round of questions
constexpr int kMostNotifications = 64;  // read in one turn of the loop
constexpr std::size_t kSlice = 128;     // questions in one turn of the loop
constexpr std::size_t kDoubtful = 256;  // questions in a second about NextHops::doubtful()
// Changed prefixes in a round; with more, all next hops are asked about.
constexpr std::size_t kMostPrefixes = 64;
constexpr std::uint32_t kMostLines = 20;  // of the log in a minute

NextHops::Time steady_now() { return NextHops::Time(session::steady_nanoseconds()); }

}  // namespace

class NextHopWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(session::Loop& loop, session::Speaker& speaker, std::function<void()> ways_changed)
      : loop_(loop),
        speaker_(&speaker),
        ways_changed_(std::move(ways_changed)),
        covers_(loop, speaker, next_hops_,
                {[this] { return calm(); }, [this](const Addresses& all) { ask_again(all); }}),
        forgetting_(loop, speaker, next_hops_),
        socket_(loop.context()),
        begin_(loop.context(), [this] { begin_round(); }),
        held_(loop.context(), [this] { end_holds(); }),
        clock_(loop.context(), [this] { every_second(); }) {
    speaker.set_next_hop_finder(next_hops_);
  }

  void apply(const pipeline::NextHopSettings& settings, std::optional<std::uint8_t> own_protocol) {
    if (settings == settings_ && own_protocol == own_protocol_) return;
    settings_ = settings;
    own_protocol_ = own_protocol;
    next_hops_->set_own_protocol(own_protocol);
    const bool anew = settings.enabled && std::exchange(closed_, false);
    const auto freed_without_the_lock = next_hops_->with([&](NextHops& table) {
      table.set_settings(settings);
      return anew ? table.forget_all(steady_now()) : nullptr;
    });
    if (!settings.enabled || !settings.via_bgp) close_later();
    if (!settings.enabled) return;
    if (settings.via_bgp) covers_.start(settings.via_default);
    if (!socket_.is_open()) open();
    if (socket_.is_open()) ignore_protocol(socket_.native_handle(), own_protocol);
    clock_.start(kEverySecond);
    all_asked_ = true;
    begin_round_later();
  }

  void end() {
    speaker_ = nullptr;
    forgetting_.stop();
    close();
  }
  void freeze() {
    frozen_ = true;
    begin_.stop();
    held_.stop();
    clock_.stop();
    covers_.stop();
    forgetting_.stop();
  }
  [[nodiscard]] bool enabled() const { return settings_.enabled; }
  [[nodiscard]] const std::shared_ptr<SharedNextHops>& next_hops() const { return next_hops_; }

 private:
  // ---- Notifications

  void open() {
    netlink::Descriptor made = open_next_hop_monitor();
    if (!made.is_open()) {
      if (open_lines_.pass(session::steady_nanoseconds())) {
        spdlog::error("changes of the kernel's routes will not be seen: {}", std::strerror(errno));
      }
      return;
    }
    socket_.assign(made.release());
    listen();
  }

  // Closes in the next turn of the loop. A reload that is refused brings the section back in this
  // turn, and the sessions still have rules with the answers.
  void close_later() {
    loop_.post([weak = weak_from_this()] {
      const auto impl = weak.lock();
      if (!impl || impl->frozen_) return;
      if (!impl->settings_.enabled) return impl->close();
      if (!impl->settings_.via_bgp) impl->drop_covers();
    });
  }

  void drop_covers() {
    covers_.stop();
    const bool some = next_hops_->with([](NextHops& table) { return table.drop_covers(); });
    if (!some || speaker_ == nullptr) return;
    ways_changed_();
    all_asked_ = true;
    begin_round_later();
  }

  void close() {
    drop_covers();
    closed_ = true;
    begin_.stop();
    held_.stop();
    clock_.stop();
    queue_.clear();
    changes_.clear();
    asked_.clear();
    prefixes_.clear();
    links_.clear();
    all_asked_ = false;
    if (socket_.is_open()) socket_.close();
  }

  void listen() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                         const auto impl = weak.lock();
                         if (error || !impl || !impl->socket_.is_open()) return;
                         impl->read_notifications();
                         impl->listen();
                       });
  }

  void read_notifications() {
    for (int reads = 0; reads < kMostNotifications; ++reads) {
      const ssize_t size =
          ::recv(socket_.native_handle(), buffer_->data(), buffer_->size(), MSG_DONTWAIT);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == ENOBUFS) {  // notifications were lost
        all_asked_ = true;
        continue;
      }
      if (size <= 0) break;
      const bool sound = netlink::for_each_message(
          Octets(*buffer_).first(static_cast<std::size_t>(size)),
          [this](const nlmsghdr& header, Octets body) { return heard(header, body); });
      if (!sound) all_asked_ = true;
    }
    begin_round_later();
  }

  // The kernel sends no notifications for the IPv4 routes that go with an interface, with its last
  // address or with a nexthop object.
  bool heard(const nlmsghdr& header, Octets body) {
    switch (header.nlmsg_type) {
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        if (const auto route = parse_route(header, body); route && !all_asked_) {
          prefixes_.insert(route->prefix);
          all_asked_ = prefixes_.size() > kMostPrefixes;
        }
        break;
      case RTM_NEWADDR:  // notifications of its routes follow
        break;
      case RTM_NEWLINK:
      case RTM_DELLINK:
        if (const auto link = netlink::read<ifinfomsg>(body)) {
          links_.insert(static_cast<unsigned>(link->ifi_index));
        }
        all_asked_ = true;
        break;
      default:  // rules, nexthop objects, removed addresses
        all_asked_ = true;
    }
    return true;
  }

  // ---- Rounds of questions

  // Starts the timer of the next round if a question waits.
  void begin_round_later() {
    if (!all_asked_ && asked_.empty() && prefixes_.empty()) return;
    if (!settings_.enabled || frozen_ || begin_.running() || round_) return;
    begin_.start_at(std::max(Clock::now() + kNotified, earliest_));
  }

  // Next hops of the interfaces that changed come first.
  void begin_round() {
    round_ = true;
    spent_ = {};
    at_ = 0;
    if (std::exchange(all_asked_, false)) {
      queue_ = next_hops_->all(links_);
    } else {
      add_concerned();
      queue_.assign(asked_.begin(), asked_.end());
    }
    asked_.clear();
    prefixes_.clear();
    links_.clear();
    ask_some();
  }

  // The set is in an order in which a prefix comes before the longer prefixes that it contains.
  void add_concerned() {
    const Prefix* wider = nullptr;
    for (const Prefix& prefix : prefixes_) {
      if (wider != nullptr && wider->covers(prefix)) continue;
      if (prefix.length() != 0 || settings_.via_default) wider = &prefix;
      const Addresses some =
          next_hops_->with([&](NextHops& table) { return table.concerned(prefix); });
      asked_.insert(some.begin(), some.end());
    }
  }

  void ask_some() {
    if (frozen_) return;
    const auto begin = Clock::now();
    const std::size_t end = std::min(queue_.size(), at_ + kSlice);
    for (; at_ < end; ++at_) {
      const IpAddress& address = queue_[at_];
      if (next_hops_->with([&](auto& table) { return table.look_again(address, steady_now()); })) {
        note(address);
      }
    }
    const Addresses led = next_hops_->with([](NextHops& table) { return table.take_led(); });
    if (!led.empty()) ask_again(led);
    spent_ += Clock::now() - begin;
    if (at_ < queue_.size()) {
      publish_at_times();
      loop_.post([weak = weak_from_this()] {
        if (const auto impl = weak.lock()) impl->ask_some();
      });
      return;
    }
    round_ = false;
    queue_.clear();
    publish();
    earliest_ = Clock::now() + std::max<Clock::duration>(kBetween, kRest * spent_);
    wait_for_holds();
    begin_round_later();
  }

  // ---- Damping

  // Starts the timer for the end of hold times, and for changes that wait for publication. Hold
  // times that end between two publications end together.
  void wait_for_holds() {
    held_.stop();
    if (!settings_.enabled) return;
    const Clock::time_point paced = published_ + kBetween;
    std::optional<Clock::time_point> at;
    if (const auto deadline = next_hops_->with([](NextHops& table) { return table.deadline(); })) {
      at = Clock::time_point(std::chrono::duration_cast<Clock::duration>(*deadline));
      if (*at > Clock::now()) at = std::max(*at, paced);
    }
    if (!changes_.empty() && !round_) at = at ? std::min(*at, paced) : paced;
    if (at) held_.start_at(*at);
  }

  void end_holds() {
    const Addresses changed =
        next_hops_->with([](NextHops& table) { return table.pass_time(steady_now()); });
    for (const IpAddress& address : changed) note(address);
    if (!round_) publish_at_times();
    wait_for_holds();
  }

  // ---- Once a second

  void every_second() {
    clock_.start(kEverySecond);
    if (!socket_.is_open()) {
      open();
      if (socket_.is_open()) ignore_protocol(socket_.native_handle(), own_protocol_);
      all_asked_ = true;
    }
    const Addresses doubtful =
        next_hops_->with([this](NextHops& table) { return table.doubtful(doubtful_, kDoubtful); });
    asked_.insert(doubtful.begin(), doubtful.end());
    if (!doubtful.empty()) doubtful_ = doubtful.back();
    begin_round_later();
    end_holds();
    const std::uint64_t time = session::steady_nanoseconds();
    const NextHops::Counts counts =
        next_hops_->with([](NextHops& table) { return table.counts(); });
    if (const auto count = lines_.take_left_out(time)) {
      spdlog::info("{} more changes of next hops in a minute", count);
    }
    forgetting_.look(counts, time);
  }

  // ---- Covers

  // The covers on the way to these are others than before.
  void ask_again(const Addresses& concerned) {
    if (!settings_.enabled || frozen_) return;
    asked_.insert(concerned.begin(), concerned.end());
    ways_changed_();
    begin_round_later();
  }

  [[nodiscard]] bool calm() const {
    const bool asks = round_ || all_asked_ || !asked_.empty() || !prefixes_.empty();
    return !asks && changes_.empty() && !speaker_->busy() && !speaker_->reevaluating();
  }

  // ---- Consequences

  void note(const IpAddress& changed) {
    changes_.push_back(changed);
    if (!lines_.pass(session::steady_nanoseconds())) return;
    const auto shown = next_hops_->with([&](NextHops& table) { return table.show(changed); });
    if (!shown) return;
    if (shown->used.resolved()) {
      spdlog::info("next hop {} is resolved: {}, metric {}", changed.to_string(),
                   to_string(shown->used.state), shown->used.metric);
    } else {
      spdlog::warn("next hop {} is unresolved: {}", changed.to_string(),
                   to_string(shown->used.state));
    }
  }

  // Publishes 100 ms after the last publication at the earliest, because each publication replaces
  // the rules of all sessions.
  void publish_at_times() {
    if (Clock::now() >= published_ + kBetween) publish();
  }

  void publish() {
    if (changes_.empty() || speaker_ == nullptr) return;
    published_ = Clock::now();
    speaker_->next_hops_changed(pipeline::HostAddresses(std::exchange(changes_, {})));
  }

  session::Loop& loop_;
  session::Speaker* speaker_;  // null: the NextHopWatch is gone
  const std::function<void()> ways_changed_;
  pipeline::NextHopSettings settings_;
  std::optional<std::uint8_t> own_protocol_;
  const std::shared_ptr<SharedNextHops> next_hops_ = std::make_shared<SharedNextHops>();
  CoverSearch covers_;
  NextHopForgetting forgetting_;
  asio::posix::stream_descriptor socket_;
  using Buffer = std::array<std::byte, netlink::kMostOctets>;
  const std::unique_ptr<Buffer> buffer_ = std::make_unique<Buffer>();

  bool closed_ = true;  // the answers are of before the section was switched off
  bool frozen_ = false;
  bool all_asked_ = false;     // for the next round: all next hops
  std::set<IpAddress> asked_;  // for the next round: at most those that are known
  std::set<Prefix> prefixes_;  // for the next round: of routes that changed
  std::set<unsigned> links_;   // interfaces that changed
  IpAddress doubtful_;         // the last one of NextHops::doubtful() that was asked about
  bool round_ = false;
  Addresses queue_;  // of the round
  std::size_t at_ = 0;
  Clock::duration spent_{};
  Clock::time_point earliest_{};  // the next round begins at this time or later
  session::Timer begin_;
  session::Timer held_;
  session::Timer clock_;
  Addresses changes_;  // next hops with another answer, not published yet
  Clock::time_point published_{};
  session::LogLimiter lines_{kMostLines};
  session::LogLimiter open_lines_;
};

NextHopWatch::NextHopWatch(session::Loop& loop, session::Speaker& speaker,
                           std::function<void()> ways_changed)
    : impl_(std::make_shared<Impl>(loop, speaker, std::move(ways_changed))) {}
NextHopWatch::~NextHopWatch() { impl_->end(); }
void NextHopWatch::apply(const pipeline::NextHopSettings& settings,
                         std::optional<std::uint8_t> own_protocol) {
  impl_->apply(settings, own_protocol);
}
bool NextHopWatch::enabled() const { return impl_->enabled(); }
void NextHopWatch::freeze() { impl_->freeze(); }
const std::shared_ptr<SharedNextHops>& NextHopWatch::next_hops() const {
  return impl_->next_hops();
}

}  // namespace tern::kernel
