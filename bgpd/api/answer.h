// Answers of the control API, each as a stream of responses made on demand. Internal to bgpd/api.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/registration_upload.h"
#include "bgpd/api/server.h"
#include "bgpd/api/user.h"
#include "bgpd/pipeline/next_hops.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"

namespace tern::api {

// A message of a long answer ends behind so many octets.
inline constexpr std::size_t kMessageOctets = std::size_t{256} << 10U;
// "info, warning, error, critical": the names of the first `count` values, for an error.
template <typename Enum>
[[nodiscard]] std::string names_text(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ", ") + std::string(to_string(static_cast<Enum>(i)));
  }
  return text;
}

// Ends an answer whose earlier messages have places by the numbers of another configuration.
inline constexpr char kOtherPlaces[] = "a reload changed the places meanwhile; ask again";

class Answer {
 public:
  // Made and destroyed on the loop.
  virtual ~Answer() = default;
  // True: next() runs on the lister's thread. False: next() runs on the loop, with all shards.
  [[nodiscard]] virtual bool beside() const { return false; }
  // Whether the answer takes long, and so has one of the places for listings of routes.
  [[nodiscard]] virtual bool lasts() const { return beside(); }
  // On the loop, after Waiting: the answer calls `wake` on the loop, once, when next() has more.
  // The call may come at once, and may come after the answer is destroyed.
  virtual void when_ready(std::function<void()> wake) { wake(); }
  // On the loop, before each next().
  virtual void prepare() {}
  // Whether prepare(), or a next() that is not beside(), must be called in Speaker::look().
  [[nodiscard]] virtual bool looks() const { return true; }
  // On the loop. Not null: the answer cannot go on, for this reason, and holds resources that
  // others need.
  [[nodiscard]] virtual const char* lost() const { return nullptr; }
  enum class Progress {
    Working,  // nothing to send yet: call again in another turn
    Waiting,  // nothing to send yet: call again when the answer has called `wake`
    Resting,  // nothing to send yet: call again in 100 ms
    Send,     // `response` is to be sent; call again when it is
    Done,     // `response` is to be sent, and was the last
  };
  // Does a bounded slice of work.
  virtual Progress next(proto::Response& response) = 0;
};

// The user who asks, and the file that the same connection sends; null: it sends none.
struct Asker {
  const User& user;
  RegistrationUpload* upload = nullptr;
};
[[nodiscard]] std::unique_ptr<Answer> answer(const Backend& backend, const proto::Request& request,
                                             const Asker& asker);
// An answer of one message that is made already.
[[nodiscard]] std::unique_ptr<Answer> one_answer(proto::Response response);
[[nodiscard]] std::unique_ptr<Answer> error_answer(std::string text);

// Whether there is nearest-edge egress; else sets the error.
[[nodiscard]] bool has_egress(const session::Speaker& speaker, proto::Response& response);

// ---- By topic

[[nodiscard]] std::unique_ptr<Answer> list_routes(session::Speaker& speaker,
                                                  const proto::RoutesRequest& request);
[[nodiscard]] std::unique_ptr<Answer> monitor_routes(session::Speaker& speaker,
                                                     const proto::MonitorRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_neighbors(session::Speaker& speaker,
                                                     const proto::NeighborsRequest& request);
void act_on_neighbor(session::Speaker& speaker, const proto::NeighborActionRequest& request,
                     proto::Response& response);
void act_on_pop(session::Speaker& speaker, const proto::PopActionRequest& request,
                proto::Response& response);
void explain(const Backend& backend, const proto::ExplainRequest& request,
             proto::Response& response);
// Requires nearest-edge egress, as show_places() does.
[[nodiscard]] std::unique_ptr<Answer> show_egress(session::Speaker& speaker);
// Of these answers the backend outlives them.
[[nodiscard]] std::unique_ptr<Answer> reload(const Backend& backend,
                                             const proto::ReloadRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_rtts(const Backend& backend,
                                                const proto::RttsRequest& request);
void move_rtt(session::Speaker& speaker, const proto::RttActionRequest& request,
              proto::Response& response);
[[nodiscard]] std::unique_ptr<Answer> show_places(const Backend& backend);
void show_probes(const probes::ProbeStatus& status, proto::Probes& shown);
void show_kernel(const Backend& backend, const proto::KernelRequest& request,
                 proto::Response& response);
void show_rpki(const Backend& backend, const proto::RpkiRequest& request,
               proto::Response& response);
void show_conditions(const session::Speaker& speaker, proto::Conditions& conditions);
[[nodiscard]] std::unique_ptr<Answer> list_next_hops(const Backend& backend,
                                                     const proto::NextHopsRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_registrations(
    const Backend& backend, const proto::RegistrationsRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_events(const Backend& backend,
                                                  const proto::EventsRequest& request);
void show_webhooks(const Backend& backend, proto::Webhooks& shown);
void show_domains(const Backend& backend, proto::Response& response);
[[nodiscard]] std::unique_ptr<Answer> list_circuits(const Backend& backend,
                                                    const proto::CircuitsRequest& request);
void report_ingress(const Backend& backend, const proto::IngressReportRequest& request,
                    proto::Response& response);
[[nodiscard]] std::unique_ptr<Answer> show_latency(const Backend& backend,
                                                   const proto::LatencyRequest& request);
[[nodiscard]] std::unique_ptr<Answer> report_latency(const Backend& backend,
                                                     const proto::LatencyReportRequest& request);
[[nodiscard]] std::unique_ptr<Answer> show_baseline(const Backend& backend,
                                                    const proto::BaselineRequest& request);
// The states of a registered prefix. detail: all of them, with evidence and history.
void show_states(const states::ShownStates& states, bool detail, proto::Registration& shown);
// Shows no reason where the book has not the prefix.
void show_unmet(const registrations::UnmetBook& book, const Prefix& prefix,
                proto::Registration& shown);
[[nodiscard]] std::unique_ptr<Answer> write_registrations(
    const Backend& backend, const proto::RegistrationWriteRequest& request, const User& user);
[[nodiscard]] std::unique_ptr<Answer> import_registrations(
    const Backend& backend, const proto::RegistrationImportRequest& request, const Asker& asker);
[[nodiscard]] std::unique_ptr<Answer> export_registrations(
    const Backend& backend, const proto::RegistrationExportRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_registration_log(
    const Backend& backend, const proto::RegistrationLogRequest& request);
// Shows a registration, without its routes.
void show_registration(const policy::RegistrationTable::Entry& entry, proto::Registration& shown);
[[nodiscard]] std::unique_ptr<Answer> list_guard_orders(session::Speaker& speaker,
                                                        const proto::GuardRequest& request);
void order_guard(session::Speaker& speaker, const proto::GuardActionRequest& request,
                 const std::string& user, proto::Response& response);
// The releases and blocks of the prefix, as many as an answer has room for.
void show_guard_orders(const session::Speaker& speaker, const Prefix& prefix,
                       proto::Explanation& shown);
[[nodiscard]] std::unique_ptr<Answer> list_filters(session::Speaker& speaker,
                                                   const proto::FiltersRequest& request);
void edit_filter(session::Speaker& speaker, const proto::FilterActionRequest& request,
                 const std::string& user, proto::Response& response);
// Shows the filter in force of the neighbor, where there is one.
void show_filter(const session::Speaker& speaker, const session::Peer& peer,
                 proto::Neighbor& shown);
// Shows a next hop, without the number of its routes.
void show_next_hop(const pipeline::NextHops::Shown& one, proto::NextHop& shown);
[[nodiscard]] std::unique_ptr<Answer> list_originated(session::Speaker& speaker);
void originate(session::Speaker& speaker, const proto::OriginateRequest& request,
               proto::Response& response);
void withdraw(session::Speaker& speaker, const proto::WithdrawRequest& request,
              proto::Response& response);
// The VRPs that cover a prefix, and how many more there are.
void show_vrps(const policy::VrpTable::Explanation& explained,
               google::protobuf::RepeatedPtrField<proto::Explanation::Vrp>& shown);

}  // namespace tern::api
