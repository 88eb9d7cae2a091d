#include "bgpd/api/client.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "bgpd/api/commands.h"

namespace tern::api {
namespace {

using std::chrono::milliseconds;

// Between two calls of next() of a resting answer: to a person, that is at once.
constexpr milliseconds kRest{100};

proto::Response error_response(const std::string& why) {
  proto::Response response;
  response.set_error(why);
  return response;
}

std::string frame_of(const proto::Response& response) {
  std::string frame;
  (void)append_frame(response.SerializeAsString(), frame);  // a sentence always fits
  return frame;
}

}  // namespace

Pace::Clock::duration Pace::next(Clock::time_point now) {
  if (per_second_ == 0) return {};
  due_ = std::max(due_, now - std::chrono::seconds(1));  // a second's worth may come at once
  due_ += std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second_;
  return std::max(due_ - now, Clock::duration::zero());
}

Client::Client(int socket, const User& user, Service& service, Gone gone)
    : socket_(service.loop, socket), user_(user), service_(service), gone_(std::move(gone)) {}

void Client::start() { await(); }

bool Client::idle() const {
  int unread = 0;
  return !busy_ && ::ioctl(socket_.socket(), FIONREAD, &unread) == 0 && unread == 0;
}

// ---- Requests

void Client::await() {
  busy_ = false;
  const auto end = [self = shared_from_this()] { self->finish(); };
  if (!frames_.inside_frame()) {
    waits_since_ = Pace::Clock::now();
    socket_.after(service_.limits.idle, end);
  } else if (!std::exchange(request_timed_, true)) {
    socket_.after(service_.limits.request, end);
  }
  socket_.when_readable([self = shared_from_this()] { self->read(); });
}

void Client::read() {
  std::array<char, 4096> octets{};
  const ssize_t size = ::recv(socket_.socket(), octets.data(), octets.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return await();
  if (size <= 0) return finish();
  frames_.feed({octets.data(), static_cast<std::size_t>(size)});
  next_request();
}

void Client::next_request() {
  if (closed_) return;
  const auto message = frames_.next();
  if (frames_.failed()) {
    return refuse("a request is at most " + std::to_string(kMaxRequestLength) +
                  " octets long (bgpd/api/control.proto)");
  }
  if (!message) return await();
  socket_.stop_timer();
  request_timed_ = false;
  busy_ = true;
  proto::Request request;
  if (!request.ParseFromArray(message->data(), static_cast<int>(message->size()))) {
    return refuse("this is no request (bgpd/api/control.proto)");
  }
  const auto wait = std::chrono::ceil<milliseconds>(service_.pace.next(Pace::Clock::now()));
  if (wait.count() == 0) return take(request);
  socket_.after(wait, [self = shared_from_this(), request] { self->take(request); });
}

void Client::take(const proto::Request& request) {
  answer_ends_ = Pace::Clock::now() + service_.limits.answer;
  // A command that this daemon does not know does nothing, and is answered so.
  if (request.command_case() != proto::Request::COMMAND_NOT_SET && changes(request)) {
    if (service_.access == Access::ReadOnly) {
      return fail("this socket is read-only: '" + in_words(request) +
                  "' needs the socket that api.socket names");
    }
    if (is_logged(request)) {
      spdlog::info("control API: {}: {}", to_string(user_), in_words(request));
    }
  }
  if (!needs_table(request)) return begin(request);
  service_.backend.speaker.look([self = shared_from_this(), request] { self->begin(request); });
}

// In a visit of all shards, where the request needs the table.
void Client::begin(const proto::Request& request) {
  if (closed_) return;
  command_ = is_logged_if_refused(request) ? in_words(request) : std::string();
  answer_ = answer(service_.backend, request, {user_, &upload_});
  if (answer_->lasts()) {
    if (service_.listings >= service_.limits.listings) {
      return fail("there are " + std::to_string(service_.listings) +
                  " listings and streams of routes under way on this socket, which is all it has: "
                  "try again");
    }
    ++service_.listings;
    counted_ = true;
  }
  next_slice();
}

// ---- Answers

void Client::step() {
  if (closed_) return;
  if (answer_ && !answer_->looks()) return next_slice();
  service_.backend.speaker.look([self = shared_from_this()] { self->next_slice(); });
}

// Makes one slice of the answer.
void Client::next_slice() {
  if (closed_) return;
  if (!answer_) return written();                   // it was dropped meanwhile
  if (left() && command_.empty()) return finish();  // a refused command has its line all the same
  // drop_lost() may have dropped the answer between two slices.
  if (!lost_.empty()) return fail(std::exchange(lost_, {}));
  const bool ends = service_.limits.answer.count() > 0;
  if (ends && Pace::Clock::now() > answer_ends_) return fail("the answer took too long");
  answer_->prepare();
  if (!answer_->beside()) return made(make_slice());
  listing_ = true;
  service_.lister.rest(service_.backend.speaker.busy());
  service_.lister.post([self = shared_from_this()]() mutable { list(std::move(self)); });
}

// The same on the lister's thread, which owns the answer until it posts the client back to the
// loop.
void Client::list(std::shared_ptr<Client> self) {
  const Answer::Progress progress = self->closed_ ? Answer::Progress::Done : self->make_slice();
  session::Loop& loop = self->service_.loop;  // `self` is moved away below
  loop.post([self = std::move(self), progress] {
    self->listing_ = false;
    self->made(progress);
  });
}

Answer::Progress Client::make_slice() {
  proto::Response response;
  const Answer::Progress progress = answer_->next(response);
  if (progress != Answer::Progress::Send && progress != Answer::Progress::Done) return progress;
  if (!command_.empty()) {
    service_.refused.note(command_, user_, response, session::steady_nanoseconds());
  }
  response.set_last(progress == Answer::Progress::Done);
  out_.clear();
  fits_ = append_frame(response.SerializeAsString(), out_);
  return progress;
}

void Client::made(Answer::Progress progress) {
  if (closed_) return finish();
  if (progress == Answer::Progress::Working) return later(&Client::step);
  if (progress == Answer::Progress::Waiting) {
    return answer_->when_ready([self = shared_from_this()] { self->step(); });
  }
  if (progress == Answer::Progress::Resting) {
    return socket_.after(kRest, [self = shared_from_this()] { self->step(); });
  }
  if (progress == Answer::Progress::Done) drop_answer();
  drop_lost();
  if (!fits_) return fail("the answer is longer than this API can send");
  rest_ = out_;
  write();
}

// Sends an error in place of the rest of the answer.
void Client::fail(const std::string& why) {
  drop_answer();
  proto::Response response = error_response(why);
  response.set_last(true);
  out_ = frame_of(response);
  rest_ = out_;
  fits_ = true;
  write();
}

// A client that does not read is closed after limits.slice, because it may hold a share of the
// table.
void Client::write() {
  while (!rest_.empty()) {
    const ssize_t sent =
        ::send(socket_.socket(), rest_.data(), rest_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      rest_.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return finish();
    if (!std::exchange(waiting_, true)) {
      socket_.after(service_.limits.slice, [self = shared_from_this()] { self->finish(); });
    }
    return socket_.when_writable([self = shared_from_this()] { self->write(); });
  }
  if (std::exchange(waiting_, false)) socket_.stop_timer();
  later(&Client::written);
}

void Client::written() {
  if (closed_) return;
  if (!lost_.empty()) return fail(std::exchange(lost_, {}));
  if (answer_) return step();
  next_request();
}

// Runs in a later turn, so that a client that asks and reads without pause does not block the loop.
void Client::later(void (Client::*what)()) {
  service_.loop.post([self = shared_from_this(), what] { (*self.*what)(); });
}

// ---- The end

void Client::drop_lost() {
  if (listing_ || !answer_) return;
  const char* why = answer_->lost();
  if (why == nullptr) return;
  lost_ = why;
  drop_answer();
}

void Client::drop_answer() {
  answer_.reset();
  if (std::exchange(counted_, false)) --service_.listings;
}

// Whether the client is gone. A client that only shut down its sending side still reads.
bool Client::left() const {
  pollfd look{socket_.socket(), 0, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR)) != 0;
}

void Client::refuse(const std::string& why) {
  if (closed_) return;
  proto::Response response = error_response(why);
  response.set_last(true);
  const std::string words = frame_of(response);
  // If the error does not fit, the client has not read for long, and would not read the error.
  (void)::send(socket_.socket(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  finish();
}

// Closes at once. While the lister has the answer, the rest follows when the lister returns it.
void Client::finish() {
  closed_ = true;
  socket_.close();
  if (listing_) return;
  drop_answer();
  if (const Gone gone = std::exchange(gone_, nullptr)) gone(*this);
}

void Client::end() {
  closed_ = true;
  socket_.close();
  drop_answer();
  gone_ = nullptr;
}

}  // namespace tern::api
