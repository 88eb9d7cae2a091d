// Files of registrations on their way from clients, piece by piece, because a request has 64 KiB at
// most. Loop thread only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tern::api {

class RegistrationUploads {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMost = 4;                             // at a time
  static constexpr std::size_t kMostOctets = std::size_t{64} << 20U;  // of each
  static constexpr std::chrono::seconds kSilence{60};  // after which another one takes the place

  // Returns the number of the upload; nothing while kMost others are under way.
  [[nodiscard]] std::optional<std::uint64_t> begin(uid_t user, Clock::time_point now);
  // Returns the error for people; empty: the piece was taken. An upload of another user is unknown.
  // After an error the upload is gone.
  [[nodiscard]] std::string add(std::uint64_t upload, uid_t user, std::string piece,
                                Clock::time_point now);
  // Ends the upload. Requires that add() has just succeeded.
  [[nodiscard]] std::vector<std::string> take(std::uint64_t upload);

 private:
  struct Upload {
    uid_t user = 0;
    Clock::time_point last;
    std::size_t octets = 0;
    std::vector<std::string> pieces;
  };
  std::map<std::uint64_t, Upload> uploads_;
  std::uint64_t next_ = 1;
};

}  // namespace tern::api
