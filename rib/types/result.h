// A value or the reason why there is none. For code that has no exceptions.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace tern {

template <typename Value, typename Error>
class [[nodiscard]] Result {
 public:
  Result(Value value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: by design

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires ok().
  [[nodiscard]] Value& value() { return *checked(std::get_if<0>(&state_)); }
  [[nodiscard]] const Value& value() const { return *checked(std::get_if<0>(&state_)); }
  Value& operator*() { return value(); }
  const Value& operator*() const { return value(); }
  Value* operator->() { return &value(); }
  const Value* operator->() const { return &value(); }

  // Requires !ok().
  [[nodiscard]] Error& error() { return *checked(std::get_if<1>(&state_)); }
  [[nodiscard]] const Error& error() const { return *checked(std::get_if<1>(&state_)); }

 private:
  template <typename T>
  static T* checked(T* pointer) {
    assert(pointer != nullptr);
    return pointer;
  }
  std::variant<Value, Error> state_;
};

}  // namespace tern
