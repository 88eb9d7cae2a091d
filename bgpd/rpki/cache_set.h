// Several caches, of which one is used: the one with the lowest preference number that has data
// (RFC 8210 section 10). Of equal ones the cache in use stays, so that two caches of one rank do
// not take turns; among the others the lower id goes first.
//
// A cache that fails is used until its data expire; RtrClient says when. A CacheSet is used by
// one thread at a time. The number of caches is that of the configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "bgpd/rpki/cache_data.h"

namespace tern::rpki {

using CacheId = std::uint32_t;  // the caller's

class CacheSet {
 public:
  // The functions return whether data() is another afterwards.

  // Adds a cache without data, or changes the preference of one.
  bool set_preference(CacheId id, std::uint32_t preference);
  bool remove(CacheId id);
  // Of a cache that was added; what RtrClient::Rim::on_data() says. A file of VRPs is a cache, too.
  bool set_data(CacheId id, CacheData data);

  // The cache in use; nothing: no cache has data, and no route can be validated.
  [[nodiscard]] std::optional<CacheId> selected() const { return selected_; }
  // Of the cache in use, or false.
  [[nodiscard]] const CacheData& data() const { return data_; }

 private:
  struct Cache {
    std::uint32_t preference = 0;
    CacheData data;
  };
  bool select();

  std::map<CacheId, Cache> caches_;
  std::optional<CacheId> selected_;
  CacheData data_;
};

}  // namespace tern::rpki
