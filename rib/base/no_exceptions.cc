// Boost's containers report impossible requests (a size beyond memory) through this function when
// exceptions are off, as they are in the sans-I/O parts.
#include <boost/config.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#ifdef BOOST_NO_EXCEPTIONS
namespace boost {
struct source_location;
void throw_exception(const std::exception& error);
void throw_exception(const std::exception& error, const source_location& where);

void throw_exception(const std::exception& error) {
  std::fputs(error.what(), stderr);
  std::abort();
}
void throw_exception(const std::exception& error, const source_location&) {
  throw_exception(error);
}
}  // namespace boost
#endif
