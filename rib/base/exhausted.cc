#include "rib/base/exhausted.h"

#include <atomic>
#include <cstdlib>

namespace tern::rib {
namespace {

std::atomic<ExhaustedHandler> last_word{nullptr};

}  // namespace

void set_exhausted_handler(ExhaustedHandler handler) { last_word.store(handler); }

void end_exhausted(const char* what, std::size_t octets) {
  // Once: of two threads at the end of memory one speaks, and a handler that needs memory does not
  // come here again.
  if (const ExhaustedHandler handler = last_word.exchange(nullptr)) handler(what, octets);
  std::abort();
}

}  // namespace tern::rib
