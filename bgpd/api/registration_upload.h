// A file of registrations on its way from a client, piece by piece, because a request has 64 KiB at
// most. Internal to bgpd/api.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::api {

// Bounds the files in memory. Loop thread only; a place may end on any thread.
class ImportPlaces {
 public:
  static constexpr std::size_t kMost = 4;
  using Place = std::shared_ptr<const void>;  // free when the last copy is gone

  // Null: all places are taken.
  [[nodiscard]] Place take();

 private:
  std::array<std::weak_ptr<const void>, kMost> taken_;
};

// The upload of one connection, with which it ends. Loop thread only.
class RegistrationUpload {
 public:
  // The places outlive the upload.
  explicit RegistrationUpload(ImportPlaces& places) : places_(places) {}

  // Returns the error for people, as of a file of more than kMostImportOctets; empty: the piece was
  // taken. An error ends the upload.
  [[nodiscard]] std::string add(std::string_view piece);
  struct File {
    std::vector<std::string> pieces;  // of the text, in order
    ImportPlaces::Place place;        // to be held as long as the pieces
  };
  // Ends the upload. Requires that add() has just succeeded.
  [[nodiscard]] File take();

 private:
  ImportPlaces& places_;
  File file_;  // no place: no upload is under way
  std::size_t octets_ = 0;
};

}  // namespace tern::api
