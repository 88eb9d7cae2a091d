// Ends a process that cannot go on without more memory: calls a handler, then std::abort(). Callers
// that can refuse instead do so: see AttrTable::intern() and Rib::take_starved().
#pragma once

#include <cstddef>

namespace tern::rib {

// what: the structure that asked for memory. octets: the size of its request.
using ExhaustedHandler = void (*)(const char* what, std::size_t octets);

// Any thread calls the handler, once, and then std::abort(); the handler should need no memory. The
// caller sets it before other threads exist. Null, as at first: no handler.
void set_exhausted_handler(ExhaustedHandler handler);

[[noreturn]] void end_exhausted(const char* what, std::size_t octets);

}  // namespace tern::rib
