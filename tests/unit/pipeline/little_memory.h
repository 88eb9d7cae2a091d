// A speaker whose table has room for few attribute sets.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/base/rcu.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {

class LittleMemory : public testing::Test {
 protected:
  // Fills the table with sets of two lengths, until no set of either length finds room.
  void fill(Neighbour& neighbor) {
    rib::AttrTable& table = tern.shards.attributes();
    PathAttributes attributes =
        route("203.0.113.0/24").as_path({65001, 7}).of(neighbor.import.facts());
    for (const bool longer : {false, true}) {
      for (std::uint32_t number = 1000;; ++number) {
        (longer ? attributes.local_pref : attributes.med) = number;
        const rib::AttrRef ref = intern(table, attributes, {});
        if (ref == rib::AttrRef::None) break;
        filling_.emplace_back(table, ref);
      }
      attributes.med = std::nullopt;
    }
  }
  // Frees the sets of fill().
  void make_room() {
    filling_.clear();
    rib::rcu::wait_for_deferred();
    while (tern.shards.attributes().tidy()) {
    }
  }

  Speaker tern{{}, 1, {rib::BlockSpace::kSpanOctets, rib::BlockPool::kReserve}};

 private:
  std::vector<rib::AttrHandle> filling_;
};

}  // namespace tern::pipeline
