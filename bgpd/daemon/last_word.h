// The last line on standard error of a process that gets no more memory: the use of the memory, its
// size, and the limits of the process. Writing the line takes no memory, and waits at most 0.1 s
// for a reader.
#pragma once

namespace tern::daemon {

// The handlers write the line when rib::end_exhausted() ends the process, or an exception that no
// function catches. The caller calls this once, before starting other threads.
void install_last_word();

}  // namespace tern::daemon
