#include "rib/base/exhausted.h"

#include <atomic>
#include <cstdlib>

namespace tern::rib {
namespace {

std::atomic<ExhaustedHandler> exhausted_handler{nullptr};

}  // namespace

void set_exhausted_handler(ExhaustedHandler handler) { exhausted_handler.store(handler); }

void end_exhausted(const char* what, std::size_t octets) {
  // exchange(): of two threads that find no memory, one calls the handler; a handler that finds no
  // memory itself does not call itself.
  if (const ExhaustedHandler handler = exhausted_handler.exchange(nullptr)) handler(what, octets);
  std::abort();
}

}  // namespace tern::rib
