// A client of the control API: a request at a time, its answer pulled as fast as the client reads.
// Loop thread only, but for what is said otherwise. Internal to bgpd/api.
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
#include "bgpd/api/server.h"
#include "bgpd/api/user.h"

namespace tern::api {

// So many requests a second, and as many more at once after a while without. Pure.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::uint32_t per_second) : per_second_(per_second) {}
  // How long the request of now has to wait.
  [[nodiscard]] Clock::duration next(Clock::time_point now);

 private:
  std::uint32_t per_second_;  // 0: nobody waits
  Clock::time_point due_{};
};

// What the clients of one socket share.
struct Service {
  session::Loop& loop;
  const Backend& backend;
  Lister& lister;
  const Access access;
  const ClientLimits limits;
  Pace pace;
  std::size_t listings = 0;  // under way
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  using Gone = std::function<void(Client&)>;

  // Takes over the socket. `room` stands until end(); `gone` is called once, unless end() is.
  Client(int socket, const User& user, Service& service, Gone gone);

  void start();
  // Last words, and gone.
  void refuse(const std::string& why);
  // An answer that cannot go on (Answer::lost()) is given up at once; the client hears of it when
  // it has taken what was made.
  void drop_lost();
  // Requires that the lister does not work on it any more.
  void end();

  [[nodiscard]] const User& user() const { return user_; }
  // Has nothing to do, and no request that is about to be read.
  [[nodiscard]] bool idle() const;
  // Since when it waits for a request.
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
  bool request_timed_ = false;  // the one that has begun to come
  Pace::Clock::time_point waits_since_;
  Pace::Clock::time_point answer_ends_;  // at the latest
  std::unique_ptr<Answer> answer_;
  bool counted_ = false;   // in room_.listings
  bool listing_ = false;   // the lister has answer_, out_ and fits_
  std::string out_;        // the slice, framed
  std::string_view rest_;  // of out_: not yet written
  bool waiting_ = false;   // for room to write
  bool fits_ = true;       // into a frame
  std::string lost_;       // why the answer was given up
  std::atomic<bool> closed_{false};
};

}  // namespace tern::api
