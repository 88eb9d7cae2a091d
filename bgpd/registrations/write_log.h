// Writes of registrations in the log of the daemon.
#pragma once

#include <cstdint>

#include "bgpd/registrations/write.h"
#include "bgpd/session/log_limiter.h"

namespace tern::registrations {

inline constexpr std::uint32_t kMostWriteLines = 30;  // about single registrations, in a minute

// A WriteLog belongs to one thread.
class WriteLog {
 public:
  // A line of at most 400 octets for each difference that the result has, and one for the numbers
  // of a write of several registrations.
  void note(const Write& write, const WriteResult& result);
  // Once a second. Logs how many lines were left out.
  void look();

 private:
  session::LogLimiter lines_{kMostWriteLines};
};

}  // namespace tern::registrations
