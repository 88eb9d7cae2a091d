// What a process that gets no more memory says before it aborts, on standard error: what was to get
// how much, and which limit stands in the way. Without memory, and without waiting for a reader.
#pragma once

namespace tern::daemon {

// For what ends in rib::end_exhausted(), and for a std::bad_alloc that nobody catches. Once, before
// there are other threads.
void install_last_word();

}  // namespace tern::daemon
