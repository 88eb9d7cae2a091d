// monitor routes: a stream of the changes in the table, read from the journals of the shards
// (rib/journal.h) as fast as the client takes it. Each event shows the state that a task of the
// shard found: a client that reads slowly gets fewer of the states in between, and takes no more
// memory.
#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "bgpd/api/answer.h"
#include "bgpd/api/monitor_rows.h"
#include "bgpd/api/route_view.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/peer.h"
#include "bgpd/wire/attribute_set.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using What = rib::Journal::What;

constexpr int kEventsPerMessage = 256;
constexpr char kStreamLost[] =
    "too much of the table has changed while this stream waited for its reader; ask again";

std::uint64_t unix_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

class MonitorAnswer final : public Answer {
 public:
  MonitorAnswer(session::Speaker& speaker, const proto::MonitorRequest& request,
                const rib::Journal::Interest& interest)
      : speaker_(speaker),
        shards_(speaker.shards()),
        interest_(interest),
        detail_(request.detail()),
        found_(std::make_shared<MonitorRows>(interest)) {
    if (interest.peer != kNoPeerSlot) address_ = address_of(interest.peer);
    session_ = session_of_client();
    if (session_ || interest.what != What::Advertised) subscribe(request.snapshot());
  }

  [[nodiscard]] bool lasts() const override { return true; }
  [[nodiscard]] bool looks() const override { return false; }
  [[nodiscard]] const char* lost() const override {
    return subscription_ && subscription_->revoked() ? kStreamLost : nullptr;
  }
  void when_ready(std::function<void()> wake) override {
    if (!read_->under_way) return wake();
    read_->wake = std::move(wake);
  }

  Progress next(proto::Response& response) override {
    if (read_->under_way) return Progress::Waiting;
    note_neighbors();
    if (const char* const why = why_over()) {
      response.set_error(why);
      return Progress::Done;
    }
    events_ = response.mutable_route_events();
    octets_ = 0;
    follow_session();
    show_found();
    if (events_->events_size() > 0) return Progress::Send;
    return read_some() ? Progress::Waiting : Progress::Resting;
  }

 private:
  // The state of the task that reads; used on the loop.
  struct Reading {
    bool under_way = false;
    std::function<void()> wake;
  };

  static std::uint32_t bit(std::size_t shard) { return std::uint32_t{1} << shard; }

  [[nodiscard]] std::string address_of(PeerSlot slot) const {
    const session::Peer* const peer = speaker_.peer(slot);
    if (peer != nullptr && peer->left()) return {};
    const auto source = source_of(speaker_, slot);
    return source ? source->address : std::string();
  }

  [[nodiscard]] const char* why_over() const {
    if (interest_.peer != kNoPeerSlot && address_of(interest_.peer) != address_) {
      return "the neighbor has left";
    }
    return refused_ ? "there are too many streams of routes: try again" : lost();
  }

  // Keeps neighbors that left until their slot has a new owner, because their routes are withdrawn
  // meanwhile.
  void note_neighbors() {
    if (membership_ == speaker_.membership()) return;
    membership_ = speaker_.membership();
    note_sources(speaker_, sources_);
  }

  // ---- Reading

  void subscribe(bool snapshot) {
    using session::JournalSubscription;
    constexpr auto kClient = JournalSubscription::Owner::Client;
    subscription_ = JournalSubscription::make(speaker_, interest_, snapshot, kClient);
    refused_ = subscription_ == nullptr;
    behind_ = 0;
    const std::uint64_t all = (std::uint64_t{1} << shards_.size()) - 1;
    snapshot_ = snapshot ? static_cast<std::uint32_t>(all) : 0;
  }

  // The session in which the client is advertised routes; nothing: there is none.
  [[nodiscard]] std::optional<std::uint64_t> session_of_client() const {
    if (interest_.what != What::Advertised) return std::nullopt;
    const session::Peer* const peer = speaker_.peer(interest_.peer);
    if (peer == nullptr || peer->adj_rib_out() == nullptr) return std::nullopt;
    return peer->session();
  }

  // When its session ends, a client loses all advertised routes, and the journal notes no change.
  void follow_session() {
    const auto session = session_of_client();
    if (session == session_) return;
    if (session_) {
      subscription_.reset();
      found_->clear();
      add_event("session-ended");
    }
    session_ = session;
    if (session_) subscribe(true);
  }

  // False: there is nothing to read.
  bool read_some() {
    if (!subscription_) return false;
    std::size_t i = 0;
    while (i < shards_.size() && !subscription_->has_unread((shard_ + i) % shards_.size())) ++i;
    if (i == shards_.size()) return false;
    shard_ = (shard_ + i) % shards_.size();
    if (interest_.what == What::Advertised) {
      found_->advertised_source.note(speaker_, interest_.peer);
    }
    read_->under_way = true;
    subscription_->read(
        shard_,
        [found = found_](rib::Rib& rib, rib::Journal::Subscriber& from) { found->read(rib, from); },
        [read = read_] {
          read->under_way = false;
          if (const auto wake = std::exchange(read->wake, nullptr)) wake();
        });
    return true;
  }

  // ---- Events

  void show_found() {
    rib::Journal::Read& flags = found_->flags();
    if (std::exchange(flags.fell_behind, false)) {
      if (behind_ == 0) add_event("fell-behind");
      behind_ |= bit(shard_);
    }
    for (; !found_->empty(); found_->pop()) {
      if (events_->events_size() >= kEventsPerMessage || octets_ >= kMessageOctets) return;
      show(found_->front());
    }
    if (!std::exchange(flags.caught_up, false)) return;
    std::uint32_t& open = (snapshot_ & bit(shard_)) != 0 ? snapshot_ : behind_;
    open &= ~bit(shard_);
    if (open == 0) add_event(&open == &snapshot_ ? "end-of-snapshot" : "resynchronized");
  }

  proto::RouteEvent& add_event(const char* kind) {
    proto::RouteEvent& event = *events_->add_events();
    event.set_event(kind);
    event.set_time_milliseconds(unix_milliseconds());
    return event;
  }

  void show(const MonitorRow& row) {
    const bool announces = row.kind == MonitorRow::Kind::Announce;
    proto::RouteEvent& event = add_event(announces ? "announce" : "withdraw");
    proto::Route& route = *event.mutable_route();
    static const std::optional<Neighbor> kNobody;
    const std::optional<Neighbor>& from =
        row.path.peer < sources_.size() ? sources_[row.path.peer] : kNobody;
    if (announces) {
      show_path(row.nlri, row.path, from, shards_, route);
      wire::decode_set(shards_.attributes()[row.set.ref()].octets(), attributes_);
      show_attributes(attributes_, detail_, route);
      show_rpki(rpki_state(speaker_.vrps().get(), row.nlri.prefix, attributes_, from), route);
      show_place(*speaker_.settings().egress, row.place, route);
    } else {
      event.set_all_paths(row.kind == MonitorRow::Kind::WithdrawAll);
      route.set_prefix(row.nlri.prefix.to_string());
      route.set_family(std::string(to_string(row.nlri.family)));
      route.set_path_id(row.path.path_id);
      if (from) {
        route.set_neighbor(from->address);
        route.set_neighbor_name(from->name);
      }
    }
    octets_ += event.ByteSizeLong();
  }

  session::Speaker& speaker_;
  const rib::Shards& shards_;
  const rib::Journal::Interest interest_;
  const bool detail_;
  std::string address_;                           // of interest_.peer
  std::vector<std::optional<Neighbor>> sources_;  // by slot
  std::uint64_t membership_ = 0;                  // when sources_ was noted

  std::optional<std::uint64_t> session_;  // see session_of_client()
  std::unique_ptr<session::JournalSubscription> subscription_;
  bool refused_ = false;
  std::uint32_t snapshot_ = 0;  // shards whose snapshot is not at its end, a bit each
  std::uint32_t behind_ = 0;    // shards in which the client is behind
  std::size_t shard_ = 0;       // read last
  const std::shared_ptr<MonitorRows> found_;
  const std::shared_ptr<Reading> read_ = std::make_shared<Reading>();

  proto::RouteEvents* events_ = nullptr;  // of the message
  std::size_t octets_ = 0;
  PathAttributes attributes_;
};

// The text of an error, or nothing.
std::string parse(const session::Speaker& speaker, const proto::MonitorRequest& request,
                  rib::Journal::Interest& interest) {
  switch (request.view()) {
    case proto::MonitorRequest::BEST:
      interest.what = What::Best;
      break;
    case proto::MonitorRequest::RECEIVED:
      interest.what = What::Received;
      break;
    case proto::MonitorRequest::ADVERTISED:
      interest.what = What::Advertised;
      break;
    default:
      return "unknown view: ternctl may be newer than ternd";
  }
  if (!request.neighbor().empty()) {
    if (interest.what == What::Best) return "best paths are the table's: name no neighbor";
    const auto slot = parse_source(speaker, request.neighbor());
    if (!slot) return "no neighbor " + quoted(request.neighbor());
    if (*slot == kOwnSlot && interest.what == What::Advertised) return kOwnIsNoNeighbor;
    interest.peer = *slot;
  } else if (interest.what == What::Advertised) {
    return "what is advertised is one neighbor's: say which";
  }
  if (!request.prefix().empty()) {
    interest.prefix = Prefix::parse(request.prefix());
    if (!interest.prefix) return not_a_prefix(request.prefix());
  }
  interest.longer = request.longer();
  interest.family = parse_family(request.family());
  if (!request.family().empty() && !interest.family) return unknown_family(request.family());
  return {};
}

}  // namespace

std::unique_ptr<Answer> monitor_routes(session::Speaker& speaker,
                                       const proto::MonitorRequest& request) {
  rib::Journal::Interest interest;
  const std::string error = parse(speaker, request, interest);
  if (error.empty()) return std::make_unique<MonitorAnswer>(speaker, request, interest);
  return error_answer(error);
}

}  // namespace tern::api
