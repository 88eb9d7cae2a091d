#include "rib/journal.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tern::rib {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::uint16_t kNoPeer = 0xFFFF;  // kMostPeerSlots is less

template <typename Fn>
void for_each_bit(std::uint32_t bits, Fn&& fn) {
  for (; bits != 0; bits &= bits - 1) fn(static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

// ---- The first reader

void Journal::take_due(std::size_t most, std::vector<DestId>& out) {
  const std::size_t count = std::min(due_.size() - due_taken_, most);
  const auto first = due_.begin() + static_cast<std::ptrdiff_t>(due_taken_);
  out.assign(first, first + static_cast<std::ptrdiff_t>(count));
  due_taken_ += count;
  // Erases the front when it is the greater half: every change is moved at most once.
  if (due_taken_ <= due_.size() / 2 && due_taken_ < due_.size()) return;
  due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(due_taken_));
  due_taken_ = 0;
}

// ---- Subscribers

void Journal::subscribe(std::shared_ptr<Subscriber> subscriber, bool snapshot, DestId end) {
  Subscriber& added = *subscriber;
  assert(added.interest_.what != What::Advertised || added.interest_.peer != kNoPeerSlot);
  const auto free = std::ranges::find(subscribers_, nullptr);
  const auto bit = static_cast<std::size_t>(free - subscribers_.begin());
  assert(bit < kMostSubscribers);
  if (free == subscribers_.end()) subscribers_.emplace_back();
  subscribers_[bit] = std::move(subscriber);
  added.bit_ = std::uint32_t{1} << bit;
  added.cursor_ = head_;
  wanted_[static_cast<std::size_t>(added.interest_.what)] |= added.bit_;
  ring_.resize(kRing);
  if (!snapshot) return;
  added.behind_ = added.snapshot_ = true;
  added.dirty_count_ = end;
  added.dirty_.assign((end + kWordBits - 1) / kWordBits, ~std::uint64_t{0});
  if (end % kWordBits != 0) added.dirty_.back() >>= kWordBits - end % kWordBits;
  set_unread(added, true);  // also for an empty table: read() reports the end of the snapshot
}

void Journal::unsubscribe(Subscriber& subscriber) {
  const std::uint32_t bit = std::exchange(subscriber.bit_, 0);
  if (bit == 0) return;
  set_unread(subscriber, false);
  wanted_[static_cast<std::size_t>(subscriber.interest_.what)] &= ~bit;
  subscribers_[static_cast<std::size_t>(std::countr_zero(bit))].reset();
  if (std::ranges::all_of(wanted_, [](std::uint32_t bits) { return bits == 0; })) ring_ = {};
}

void Journal::set_unread(Subscriber& subscriber, bool unread) {
  if (subscriber.has_unread() == unread) return;
  unread ? ++unread_count_ : --unread_count_;
  subscriber.unread_.store(unread, std::memory_order_relaxed);
}

void Journal::note(What what, DestId id, const Nlri& nlri, PeerSlot peer, std::uint32_t path_id) {
  Entry entry{id, path_id, 0, peer == kNoPeerSlot ? kNoPeer : static_cast<std::uint16_t>(peer)};
  for_each_bit(wanted_[static_cast<std::size_t>(what)], [&](std::size_t i) {
    Subscriber& subscriber = *subscribers_[i];
    const Interest& interest = subscriber.interest_;
    if (interest.peer != kNoPeerSlot && interest.peer != peer) return;
    if (!interest.wants(nlri)) return;
    set_unread(subscriber, true);
    if (!subscriber.behind_) {
      entry.wanted |= subscriber.bit_;
      return;
    }
    const std::size_t dirty = subscriber.dirty_count_;
    mark(subscriber.dirty_, id, &subscriber.dirty_count_);
    // Where the bit was set already, the snapshot has yet to give the destination.
    if (subscriber.snapshot_ && subscriber.dirty_count_ > dirty) {
      mark(subscriber.noted_, id, nullptr);
    }
  });
  if (entry.wanted != 0) push(entry);
}

void Journal::push(const Entry& entry) {
  for (const auto& subscriber : subscribers_) {
    const bool follows = subscriber && !subscriber->behind_;
    if (follows && head_ - subscriber->cursor_ == kRing) fall_behind(*subscriber);
  }
  Entry& place = ring_[head_ % kRing];
  place = entry;
  ++head_;
  // Subscribers that fell behind just now get a bit instead of the entry.
  for_each_bit(entry.wanted, [&](std::size_t i) {
    Subscriber& subscriber = *subscribers_[i];
    if (!subscriber.behind_) return;
    place.wanted &= ~subscriber.bit_;
    mark(subscriber.dirty_, entry.id, &subscriber.dirty_count_);
  });
}

// Changes that the subscriber did not read become bits. Where the ring has none for the subscriber,
// the cursor only moves on.
void Journal::fall_behind(Subscriber& subscriber) {
  for (; subscriber.cursor_ < head_; ++subscriber.cursor_) {
    const Entry& missed = ring_[subscriber.cursor_ % kRing];
    if ((missed.wanted & subscriber.bit_) == 0) continue;
    mark(subscriber.dirty_, missed.id, &subscriber.dirty_count_);
  }
  subscriber.behind_ = subscriber.dirty_count_ > 0;
  if (subscriber.behind_) subscriber.reported_ = false;
}

void Journal::mark(std::vector<std::uint64_t>& bits, DestId id, std::size_t* count) {
  const std::size_t word = id / kWordBits;
  if (word >= bits.size()) bits.resize(std::max<std::size_t>(word + 1, bits.size() * 2));
  const std::uint64_t bit = std::uint64_t{1} << (id % kWordBits);
  if (count != nullptr && (bits[word] & bit) == 0) ++*count;
  bits[word] |= bit;
}

// ---- Reading

bool Journal::next(Subscriber& subscriber, Change& change) {
  assert(subscriber.bit_ != 0);
  return subscriber.behind_ ? next_dirty(subscriber, change) : next_in_ring(subscriber, change);
}

bool Journal::next_in_ring(Subscriber& subscriber, Change& change) {
  while (subscriber.cursor_ < head_) {
    const Entry& entry = ring_[subscriber.cursor_++ % kRing];
    if ((entry.wanted & subscriber.bit_) == 0) continue;
    const std::uint64_t where = (std::uint64_t{entry.id} << 32U) | entry.path_id;
    if (!given_.emplace(where, entry.peer).second) continue;
    const PeerSlot peer = entry.peer == kNoPeer ? kNoPeerSlot : entry.peer;
    change = {entry.id, entry.path_id, peer, false, false};
    return true;
  }
  return false;
}

bool Journal::next_dirty(Subscriber& subscriber, Change& change) {
  if (subscriber.dirty_count_ == 0) return false;
  std::vector<std::uint64_t>& dirty = subscriber.dirty_;
  std::size_t& word = subscriber.dirty_word_;
  while (word >= dirty.size() || dirty[word] == 0) word = word >= dirty.size() ? 0 : word + 1;
  const std::uint64_t bit = dirty[word] & (~dirty[word] + 1);
  dirty[word] &= ~bit;
  --subscriber.dirty_count_;
  bool known = !subscriber.snapshot_;
  if (subscriber.snapshot_ && word < subscriber.noted_.size()) {
    known = (subscriber.noted_[word] & bit) != 0;
    subscriber.noted_[word] &= ~bit;
  }
  const auto id =
      static_cast<DestId>(word * kWordBits + static_cast<unsigned>(std::countr_zero(bit)));
  change = {id, 0, subscriber.interest_.peer, true, known};
  return true;
}

bool Journal::end_read(Subscriber& subscriber) {
  if (!subscriber.behind_) {
    if (subscriber.cursor_ == head_) set_unread(subscriber, false);
    return false;
  }
  if (subscriber.dirty_count_ > 0) return false;
  subscriber.behind_ = subscriber.snapshot_ = false;
  subscriber.dirty_ = subscriber.noted_ = {};
  subscriber.dirty_word_ = 0;
  subscriber.cursor_ = head_;
  set_unread(subscriber, false);
  return true;
}

}  // namespace tern::rib
