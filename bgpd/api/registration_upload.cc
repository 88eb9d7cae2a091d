#include "bgpd/api/registration_upload.h"

#include <algorithm>
#include <utility>

#include "bgpd/api/frame.h"
#include "conf/registration_file.h"

namespace tern::api {
namespace {

static_assert(kMostImportOctets == conf::kMostRegistrationOctets);

// Pieces of a client become pieces of this size, so that tiny ones take no more memory than their
// octets.
constexpr std::size_t kPieceOctets = std::size_t{256} << 10U;

}  // namespace

ImportPlaces::Place ImportPlaces::take() {
  auto* const place = std::ranges::find_if(taken_, [](const auto& one) { return one.expired(); });
  if (place == taken_.end()) return nullptr;
  Place taken = std::make_shared<char>();
  *place = taken;
  return taken;
}

std::string RegistrationUpload::add(std::string_view piece) {
  if (file_.place == nullptr) {
    file_.place = places_.take();
    if (file_.place == nullptr) return "too many imports are under way: try again";
  }
  octets_ += piece.size();
  if (octets_ > kMostImportOctets) {
    (void)take();
    return "the file is larger than " + std::to_string(kMostImportOctets >> 20U) + " MiB";
  }
  auto& pieces = file_.pieces;
  if (pieces.empty() || pieces.back().size() + piece.size() > kPieceOctets) {
    pieces.emplace_back().reserve(kPieceOctets);
  }
  pieces.back() += piece;
  return {};
}

RegistrationUpload::File RegistrationUpload::take() {
  octets_ = 0;
  return std::exchange(file_, {});
}

}  // namespace tern::api
