// The end of a process that gets no more memory where it cannot do without: a last word, then
// std::abort(). What can be refused instead is refused:
// see AttrTable::intern() and Rib::take_starved().
#pragma once

#include <cstddef>

namespace tern::rib {

// What was to get memory, and how much.
using ExhaustedHandler = void (*)(const char* what, std::size_t octets);

// Says the last word; std::abort() follows. Called by any thread, once; it should get by without
// memory. Set before there are other threads; null, as at first: nobody.
void set_exhausted_handler(ExhaustedHandler handler);

[[noreturn]] void end_exhausted(const char* what, std::size_t octets);

}  // namespace tern::rib
