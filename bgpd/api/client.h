// A client of the control API: one request at a time; its answer is made as fast as the client
// reads. Loop thread only, except where a comment names the lister's thread. Internal to bgpd/api.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bgpd/api/answer.h"
#include "bgpd/api/descriptor.h"
#include "bgpd/api/frame.h"
#include "bgpd/api/lister.h"
#include "bgpd/api/refused_log.h"
#include "bgpd/api/registration_upload.h"
#include "bgpd/api/server.h"
#include "bgpd/api/user.h"

namespace tern::api {

// Paces requests to so many a second; after a pause, so many may come at once. Pure.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::uint32_t per_second) : per_second_(per_second) {}
  // How long a request that comes now has to wait.
  [[nodiscard]] Clock::duration next(Clock::time_point now);

 private:
  std::uint32_t per_second_;  // 0: no request waits
  Clock::time_point due_{};
};

// The objects that all clients of one socket share.
struct Service {
  session::Loop& loop;
  const Backend& backend;
  Lister& lister;
  const Access access;
  const ClientLimits limits;
  Pace pace;
  std::size_t listings = 0;  // under way
  ImportPlaces imports = {};
  RefusedLog refused = {};
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  using Gone = std::function<void(Client&)>;

  // Takes over the socket. `service` outlives the client's end(). `gone` is called once, unless
  // end() is called.
  Client(int socket, const User& user, Service& service, Gone gone);

  void start();
  // Sends an error and closes.
  void refuse(const std::string& why);
  // Drops an answer that cannot go on (Answer::lost()) at once. The client gets the error when it
  // has taken the octets that were made.
  void drop_lost();
  // Requires that the lister does not work for the client any more.
  void end();

  [[nodiscard]] const User& user() const { return user_; }
  // The client has no request, and none is about to be read.
  [[nodiscard]] bool idle() const;
  // When the client began to wait for a request.
  [[nodiscard]] Pace::Clock::time_point waits_since() const { return waits_since_; }

 private:
  void await();
  void read();
  void next_request();
  void take(const proto::Request& request);
  void begin(const proto::Request& request);
  void step();
  void next_slice();
  static void list(std::shared_ptr<Client> self);
  [[nodiscard]] Answer::Progress make_slice();
  void made(Answer::Progress progress);
  void fail(const std::string& why);
  void write();
  void written();
  void later(void (Client::*what)());
  void drop_answer();
  [[nodiscard]] bool left() const;
  void finish();

  Descriptor socket_;
  const User user_;
  Service& service_;
  Gone gone_;
  FrameReader frames_{kMaxRequestLength};
  bool busy_ = false;           // with a request
  bool request_timed_ = false;  // a timer runs for a request that is not complete
  Pace::Clock::time_point waits_since_;
  Pace::Clock::time_point answer_ends_;  // at the latest
  std::string command_;                  // of the present answer, for RefusedLog
  RegistrationUpload upload_{service_.imports};
  std::unique_ptr<Answer> answer_;
  bool counted_ = false;   // in service_.listings
  bool listing_ = false;   // the lister has answer_, out_ and fits_
  std::string out_;        // the slice, framed
  std::string_view rest_;  // of out_: not yet written
  bool waiting_ = false;   // for the socket, to write
  bool fits_ = true;       // into a frame
  std::string lost_;       // why the answer was dropped
  std::atomic<bool> closed_{false};
};

}  // namespace tern::api
