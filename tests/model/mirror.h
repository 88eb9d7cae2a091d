// A copy of what a shard's journal tells a subscriber. When all is read, the copy is the table.
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
  // snapshot: the journal tells all that there is. Else the mirror knows it from the beginning.
  Mirror(rib::Rib& rib, const rib::Journal::Interest& interest, bool snapshot);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // Up to `most` changes.
  void read(std::size_t most);
  // Reads all there is. Where the copy is not the table then, which prefix is not.
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
