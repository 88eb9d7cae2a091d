// A program with a call to fortify and a buffer to guard, for hardening_test.py.
#include <cstring>

int main(int argc, char** argv) {
  char buffer[16];
  std::memcpy(buffer, argv[0], static_cast<std::size_t>(argc));
  return buffer[0] == 0;
}
