#include "rib/audience.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "rib/types/hash.h"

namespace tern::rib {

void ClientSet::insert(PeerSlot slot) {
  assert(slot != kNoPeerSlot);
  const std::size_t word = slot / kBitsPerWord;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << (slot % kBitsPerWord);
}

void ClientSet::erase(PeerSlot slot) {
  const std::size_t word = slot / kBitsPerWord;
  if (word >= words_.size()) return;
  words_[word] &= ~(std::uint64_t{1} << (slot % kBitsPerWord));
  trim();
}

std::size_t ClientSet::size() const {
  std::size_t size = 0;
  for (const std::uint64_t word : words_) size += static_cast<std::size_t>(std::popcount(word));
  return size;
}

PeerSlot ClientSet::first() const {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] == 0) continue;
    return static_cast<PeerSlot>(i * kBitsPerWord +
                                 static_cast<unsigned>(std::countr_zero(words_[i])));
  }
  return kNoPeerSlot;
}

bool ClientSet::intersects(const ClientSet& other) const {
  const std::size_t common = std::min(words_.size(), other.words_.size());
  for (std::size_t i = 0; i < common; ++i) {
    if ((words_[i] & other.words_[i]) != 0) return true;
  }
  return false;
}

ClientSet& ClientSet::operator|=(const ClientSet& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

ClientSet& ClientSet::operator&=(const ClientSet& other) {
  if (words_.size() > other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  trim();
  return *this;
}

ClientSet& ClientSet::operator-=(const ClientSet& other) {
  const std::size_t common = std::min(words_.size(), other.words_.size());
  for (std::size_t i = 0; i < common; ++i) words_[i] &= ~other.words_[i];
  trim();
  return *this;
}

std::size_t hash_value(const ClientSet& set) {
  Hasher hasher;
  hasher.add(set.words().size());
  for (const std::uint64_t word : set.words()) hasher.add(word);
  return hasher.result();
}

bool AudienceTable::Equal::operator()(const Wanted& wanted, AudienceRef ref) const {
  const Slot& slot = table->slot(ref);
  return slot.hash == wanted.hash && slot.audience->clients() == wanted.set;
}

AudienceTable::AudienceTable() : index_(0, Hash{this}, Equal{this}), memos_(kMemos) {
  slot(allocate()).audience = new Audience({});  // slot 0 is AudienceRef::Nobody
}

AudienceTable::~AudienceTable() {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    for (const Slot& slot : *chunks_[i]) {
      if (slot.audience != nullptr) slot.audience->release();
    }
    delete chunks_[i];
  }
}

AudienceRef AudienceTable::allocate() {
  if (free_.empty()) {
    const std::size_t first = chunks_.size() * kChunk;
    chunks_.push_back(new Chunk());
    words_.resize(first + kChunk);
    for (std::size_t i = kChunk; i-- > 0;) {
      free_.push_back(static_cast<AudienceRef>(static_cast<std::uint32_t>(first + i)));
    }
  }
  const AudienceRef ref = free_.back();
  free_.pop_back();
  return ref;
}

AudienceRef AudienceTable::intern(const ClientSet& set) {
  if (set.empty()) return AudienceRef::Nobody;
  const std::size_t hash = hash_value(set);
  if (const auto found = index_.find(Wanted{set, hash}); found != index_.end()) {
    ++slot(*found).references;
    return *found;
  }
  const AudienceRef ref = allocate();
  Slot& added = slot(ref);
  added.audience = new Audience(set);
  added.hash = hash;
  added.references = 1;
  const std::span<const std::uint64_t> words = added.audience->clients().words();
  words_[static_cast<std::size_t>(ref)] = {words.data(), words.size()};
  index_.insert(ref);
  return ref;
}

AudienceTable::Memo& AudienceTable::memo(AudienceRef base, PeerSlot client) {
  const std::uint64_t key = (std::uint64_t{static_cast<std::uint32_t>(base)} << 32U) | client;
  return memos_[mix_bits(key) % kMemos];
}

AudienceRef AudienceTable::without(AudienceRef ref, PeerSlot client) {
  if (!contains(ref, client)) {
    retain(ref);
    return ref;
  }
  Memo& last = memo(ref, client);
  if (last.base == ref && last.slot == client && last.base_generation == slot(ref).generation &&
      last.result_generation == slot(last.result).generation) {
    retain(last.result);
    return last.result;
  }
  scratch_ = slot(ref).audience->clients();
  scratch_.erase(client);
  const AudienceRef result = intern(scratch_);
  last = {ref, client, result, slot(ref).generation, slot(result).generation};
  return result;
}

void AudienceTable::retain(AudienceRef ref) {
  if (ref == AudienceRef::Nobody) return;
  assert(slot(ref).references > 0);
  ++slot(ref).references;
}

void AudienceTable::release(AudienceRef ref) {
  if (ref == AudienceRef::Nobody) return;
  Slot& released = slot(ref);
  assert(released.references > 0);
  if (--released.references > 0) return;
  assert(released.held == decltype(released.held){});
  index_.erase(ref);
  words_[static_cast<std::size_t>(ref)] = {};
  ++released.generation;
  if (!shared_) return free(ref);
  retired_.add(ref);
  retired_.free_ripe([this](AudienceRef ripe) { free(ripe); });
}

void AudienceTable::free(AudienceRef ref) {
  std::exchange(slot(ref).audience, nullptr)->release();
  free_.push_back(ref);
}

void AudienceTable::unshare() {
  shared_ = false;
  retired_.free_all([this](AudienceRef ref) { free(ref); });
}

void AudienceTable::hold(AudienceRef ref, Family family) {
  if (ref == AudienceRef::Nobody) return;
  retain(ref);
  ++slot(ref).held[index(family)];
}

void AudienceTable::drop(AudienceRef ref, Family family) {
  if (ref == AudienceRef::Nobody) return;
  assert(slot(ref).held[index(family)] > 0);
  --slot(ref).held[index(family)];
  release(ref);
}

HeldPrefixes& HeldPrefixes::operator+=(const HeldPrefixes& other) {
  for (std::size_t family = 0; family < kFamilyCount; ++family) {
    std::vector<std::uint64_t>& to = held_[family];
    const std::vector<std::uint64_t>& more = other.held_[family];
    if (to.size() < more.size()) to.resize(more.size());
    for (std::size_t slot = 0; slot < more.size(); ++slot) to[slot] += more[slot];
  }
  return *this;
}

HeldPrefixes AudienceTable::held() const {
  HeldPrefixes held;
  for (const AudienceRef ref : index_) {
    const Slot& audience = slot(ref);
    const ClientSet& clients = audience.audience->clients();
    for (const Family family : kFamilies) {
      const std::uint32_t prefixes = audience.held[index(family)];
      if (prefixes == 0) continue;
      std::vector<std::uint64_t>& by_slot = held.held_[index(family)];
      const std::size_t end = clients.words().size() * ClientSet::kBitsPerWord;
      if (by_slot.size() < end) by_slot.resize(end);
      clients.for_each([&](PeerSlot client) { by_slot[client] += prefixes; });
    }
  }
  return held;
}

}  // namespace tern::rib
