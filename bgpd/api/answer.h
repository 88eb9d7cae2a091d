// Answers of the control API, each as a stream of responses made on demand. Internal to bgpd/api.
#pragma once

#include <functional>
#include <memory>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/server.h"

namespace tern::api {

class Answer {
 public:
  // On the loop, as its making.
  virtual ~Answer() = default;
  // Whether next() is for the lister's thread. Else it is for the loop, and sees all shards.
  [[nodiscard]] virtual bool beside() const { return false; }
  // Whether the answer takes long, and so has one of the places for listings of routes.
  [[nodiscard]] virtual bool lasts() const { return beside(); }
  // On the loop, behind Waiting: the answer calls `wake` on the loop, once, when next() has more.
  // That may be at once, and may be when the answer is gone.
  virtual void when_ready(std::function<void()> wake) { wake(); }
  // On the loop, before each next().
  virtual void prepare() {}
  // Whether prepare(), or a next() that is not beside(), is to be called in Speaker::look().
  [[nodiscard]] virtual bool looks() const { return true; }
  // On the loop: it cannot go on, for what is said there, and holds up others.
  [[nodiscard]] virtual const char* lost() const { return nullptr; }
  enum class Progress {
    Working,  // nothing to send yet: call again in another turn
    Waiting,  // nothing to send yet: call again when when_ready() has called `wake`
    Resting,  // nothing to send yet: call again in 100 ms
    Send,     // `response` is to be sent; call again when it is
    Done,     // `response` is to be sent, and was the last
  };
  // A bounded slice of work.
  virtual Progress next(proto::Response& response) = 0;
};

[[nodiscard]] std::unique_ptr<Answer> answer(const Backend& backend, const proto::Request& request);
// One message, made before it is asked for.
[[nodiscard]] std::unique_ptr<Answer> one_answer(proto::Response response);

// ---- By topic

[[nodiscard]] std::unique_ptr<Answer> list_routes(session::Speaker& speaker,
                                                  const proto::RoutesRequest& request);
[[nodiscard]] std::unique_ptr<Answer> monitor_routes(session::Speaker& speaker,
                                                     const proto::MonitorRequest& request);
[[nodiscard]] std::unique_ptr<Answer> list_neighbors(session::Speaker& speaker,
                                                     const proto::NeighborsRequest& request);
void explain(session::Speaker& speaker, const proto::ExplainRequest& request,
             proto::Response& response);
void show_egress(session::Speaker& speaker, proto::EgressTable& table);

}  // namespace tern::api
