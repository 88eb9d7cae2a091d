// A copy of the table that a subscriber makes of a shard's journal. When all changes are read, the
// copy equals the table.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "rib/rib.h"

namespace tern::model {

class Mirror {
 public:
  // snapshot: the journal passes the whole table first. Without it, the mirror copies the table at
  // the beginning.
  Mirror(rib::Rib& rib, const rib::Journal::Interest& interest, bool snapshot);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // Reads up to `most` changes.
  void read(std::size_t most);
  // Reads all changes. If the copy differs from the table then, returns the prefix.
  [[nodiscard]] std::optional<std::string> wrong();

 private:
  using Key = std::tuple<Prefix, Family, PeerSlot, std::uint32_t>;  // path id
  using Copy = std::map<Key, std::pair<rib::AttrRef, Reason>>;

  void take(const rib::Journal::Change& change);
  void show(const rib::Destination& destination, PeerSlot peer,
            const std::optional<std::uint32_t>& path_id, Copy& copy) const;
  [[nodiscard]] Copy table() const;

  rib::Rib& rib_;
  const std::shared_ptr<rib::Journal::Subscriber> subscriber_;
  Copy copy_;
};

}  // namespace tern::model
