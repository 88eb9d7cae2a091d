// A shared_ptr to a constant that compares by value, so that structs of rules can default their
// operator==.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace tern {

template <typename T>
class SharedValue : public std::shared_ptr<const T> {
 public:
  SharedValue() = default;
  template <typename Some>
  SharedValue(std::shared_ptr<Some> value)  // NOLINT: as shared_ptr converts
      : std::shared_ptr<const T>(std::move(value)) {}

  SharedValue& operator=(std::nullptr_t) {
    this->reset();
    return *this;
  }

  friend bool operator==(const SharedValue& a, const SharedValue& b) {
    return a.get() == b.get() || (a.get() != nullptr && b.get() != nullptr && *a == *b);
  }
};

}  // namespace tern
