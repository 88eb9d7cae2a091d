// An answer whose value is made elsewhere, beside the loop. Internal to bgpd/api.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "bgpd/api/answer.h"

namespace tern::api {

template <typename Value>
class WaitingAnswer : public Answer {
 public:
  using Taker = std::function<void(Value)>;
  // Asks for the value, and has the taker called on the loop, once; false: too many others wait,
  // and the taker is not called. The call may come after the answer is destroyed.
  using Ask = std::function<bool(Taker)>;

  // ask: called by the first next(), so that an answer that gets no place asks for nothing.
  explicit WaitingAnswer(Ask ask) : ask_(std::move(ask)) {}
  // The work of `ask` may outlive the answer; the client that waits is not kept for the work.
  ~WaitingAnswer() override { state_->wake = nullptr; }
  WaitingAnswer(const WaitingAnswer&) = delete;
  WaitingAnswer& operator=(const WaitingAnswer&) = delete;

  [[nodiscard]] bool looks() const final { return false; }

  void when_ready(std::function<void()> wake) final {
    if (state_->value) return wake();
    state_->wake = std::move(wake);
  }

  Progress next(proto::Response& response) final {
    if (ask_ && !std::exchange(ask_, nullptr)(taker())) {
      response.set_error("too many requests of this kind wait: try again");
      return Progress::Done;
    }
    return state_->value ? show(*state_->value, response) : Progress::Waiting;
  }

 protected:
  // Shows the value, or a part of it; returns Send or Done, or Working where ask_again() was
  // called.
  virtual Progress show(Value& value, proto::Response& response) = 0;

  // Lets the next next() ask for a further value. Called by show(), as its last use of the value.
  void ask_again(Ask ask) {
    state_->value.reset();
    ask_ = std::move(ask);
  }

 private:
  struct State {
    std::optional<Value> value;
    std::function<void()> wake;
  };

  [[nodiscard]] Taker taker() {
    return [state = state_](Value value) {
      state->value = std::move(value);
      if (const auto wake = std::exchange(state->wake, nullptr)) wake();
    };
  }

  Ask ask_;  // null: asked
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tern::api
