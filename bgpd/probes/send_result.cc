#include "bgpd/probes/send_result.h"

#include <cerrno>
#include <cstring>

namespace tern::probes {

SendResult result_of(int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ETIMEDOUT:
    case ECONNRESET:
    // An ICMP message that the target may not be reached, or a route here that says so.
    case EACCES:
    case EINVAL:
    case EPROTO:
    case ENOPROTOOPT:
      return {SendResult::Kind::Lost, std::strerror(error)};
    default:
      return {SendResult::Kind::Failed, std::strerror(error)};
  }
}

}  // namespace tern::probes
