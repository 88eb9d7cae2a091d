// Gives back the memory that a vector holds beyond its elements.
#pragma once

#include <iterator>
#include <vector>

namespace tern {

// For code without exceptions, where the vector::shrink_to_fit() of libstdc++ does nothing.
template <typename T>
void trim_to_size(std::vector<T>& vector) {
  if (vector.capacity() == vector.size()) return;
  vector = std::vector<T>(std::make_move_iterator(vector.begin()),
                          std::make_move_iterator(vector.end()));
}

}  // namespace tern
