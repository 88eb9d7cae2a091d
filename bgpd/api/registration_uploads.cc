#include "bgpd/api/registration_uploads.h"

#include <utility>

namespace tern::api {

std::optional<std::uint64_t> RegistrationUploads::begin(uid_t user, Clock::time_point now) {
  std::erase_if(uploads_, [now](const auto& one) { return now - one.second.last > kSilence; });
  if (uploads_.size() >= kMost) return std::nullopt;
  uploads_[next_] = {user, now, 0, {}};
  return next_++;
}

std::string RegistrationUploads::add(std::uint64_t upload, uid_t user, std::string piece,
                                     Clock::time_point now) {
  const auto found = uploads_.find(upload);
  if (found == uploads_.end() || found->second.user != user) {
    return "there is no such upload; one that is silent for a minute ends";
  }
  Upload& one = found->second;
  one.last = now;
  one.octets += piece.size();
  if (one.octets > kMostOctets) {
    uploads_.erase(found);
    return "the file is larger than " + std::to_string(kMostOctets >> 20U) + " MiB";
  }
  one.pieces.push_back(std::move(piece));
  return {};
}

std::vector<std::string> RegistrationUploads::take(std::uint64_t upload) {
  const auto found = uploads_.find(upload);
  std::vector<std::string> pieces = std::move(found->second.pieces);
  uploads_.erase(found);
  return pieces;
}

}  // namespace tern::api
