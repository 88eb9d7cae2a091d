// Keeps the baseline of each prefix: origins, upstreams and lengths of paths, with the days of
// each. Internal to bgpd/baseline.
//
// The book has Rules::most_prefixes at most. Where it is full, a ripe prefix never makes room: a
// new prefix displaces an unripe one of the neighbor that brought the most unripe ones, if that
// neighbor has more than twice as many, and 16 more, as the neighbor of the new prefix; otherwise
// the new prefix is left out. So a flood is left out, and makes room for prefixes of others.
//
// Time is an argument. Used by one thread. A look-up costs two or three cache misses; covering()
// and a prefix that is new cost as many for each length that ripe prefixes have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "bgpd/baseline/path_facts.h"
#include "bgpd/baseline/record.h"
#include "bgpd/baseline/rules.h"
#include "rib/prefix_index.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"

namespace tern::baseline {

class PrefixBook {
 public:
  static constexpr std::size_t kChunk = 1024;  // records that are allocated at once

  struct Counts {
    std::size_t learnt = 0;       // prefixes
    std::size_t ripe = 0;         // of these
    std::uint64_t left_out = 0;   // times that a new prefix found no room, ever
    std::uint64_t displaced = 0;  // unripe prefixes that made room, ever
  };

  explicit PrefixBook(const Rules& rules = {}) : rules_(rules) {}
  PrefixBook(const PrefixBook&) = delete;
  PrefixBook& operator=(const PrefixBook&) = delete;

  // Prefixes that are known stay, also where there is less room.
  void apply(const Rules& rules) { rules_ = rules; }
  [[nodiscard]] const Rules& rules() const { return rules_; }

  // ---- Learning

  // An accepted route of the prefix. False: the prefix is new and finds no room.
  bool learn(const Prefix& prefix, const PathFacts& path, PeerSlot from, const Now& now);
  // The shortest accepted path of a prefix. Calls may come often; a day counts once. Does nothing
  // where the prefix is not known.
  void learn_length(const Prefix& prefix, std::uint8_t shortest, const Now& now);
  // A route of the prefix came, changed or went. True: the prefix flaps.
  bool note_change(const Prefix& prefix, const Now& now);
  // Forgets what is too old among the next `most` records, round and round.
  void sweep(std::size_t most, const Now& now);

  // ---- Looking

  // Null: the prefix is not known. The record is valid until the book changes, as is the next one.
  [[nodiscard]] const Record* find(const Prefix& prefix) const;
  // The longest ripe prefix that covers the prefix and is another one; null: there is none. Default
  // routes do not count.
  [[nodiscard]] const Record* covering(const Prefix& prefix) const;
  // Whether the prefix flaps, or flapped within Rules::flap_window.
  [[nodiscard]] bool is_restless(const Prefix& prefix, const Now& now) const;
  [[nodiscard]] Counts counts() const { return counts_; }
  [[nodiscard]] std::size_t octets() const;

  // ---- Keeping

  // Records have numbers below end(); null: the number is free.
  [[nodiscard]] std::size_t end() const { return end_; }
  [[nodiscard]] const Record* at(std::size_t number) const;
  // A record of an earlier run. A ripe one displaces one that is not. False: the prefix is known,
  // or there is no room.
  bool restore(const Record& record);

 private:
  static constexpr std::uint16_t kNobody = 0xFFFF;  // as Record::slot
  static constexpr std::size_t kLengths = 129;

  struct Keys {
    const PrefixBook* book;
    Nlri operator()(std::uint32_t number) const { return unicast(book->record(number).prefix); }
    bool is(std::uint32_t number, const Nlri& nlri) const {
      return book->record(number).prefix == nlri.prefix;
    }
    void prefetch(std::uint32_t number) const { __builtin_prefetch(&book->record(number)); }
  };
  // The unripe prefixes of a neighbor.
  struct Brought {
    std::size_t count = 0;
    // The latest one last. Numbers of records that are gone, ripe or another neighbor's stand among
    // them, and numbers that stand twice: as many as there are others, and kChunk, at most.
    std::vector<std::uint32_t> numbers;
  };

  [[nodiscard]] const Record& record(std::uint32_t number) const {
    return (*chunks_[number / kChunk])[number % kChunk];
  }
  [[nodiscard]] Record& record(std::uint32_t number) {
    return (*chunks_[number / kChunk])[number % kChunk];
  }
  [[nodiscard]] std::uint32_t find_number(const Prefix& prefix) const;
  [[nodiscard]] Record* find_to_change(const Prefix& prefix);
  [[nodiscard]] Record* add(const Prefix& prefix, std::uint16_t slot);
  [[nodiscard]] bool make_room(std::uint16_t slot);
  [[nodiscard]] bool displace(Brought& of, std::uint16_t slot);
  void remove(std::uint32_t number);
  void note_unripe(std::uint32_t number);
  void trim(Brought& of, std::uint16_t slot);
  // Counts the record as ripe, or as unripe.
  void count_ripe(Record& of, bool ripe);
  void forget_old(std::uint32_t number, const Now& now);

  Rules rules_;
  std::vector<std::unique_ptr<std::array<Record, kChunk>>> chunks_;
  std::size_t end_ = 0;
  std::vector<std::uint32_t> free_;           // numbers below end_
  std::size_t next_ = 0;                      // of sweep()
  std::map<std::uint16_t, Brought> brought_;  // by Record::slot
  // Ripe prefixes by IP version and length.
  std::array<std::array<std::uint32_t, kLengths>, 2> ripe_lengths_{};
  Counts counts_;
  rib::PrefixIndex<Keys> index_{Keys{this}};
};

}  // namespace tern::baseline
