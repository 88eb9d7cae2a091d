// The sweep: who gets which path of a destination.
#include <algorithm>
#include <utility>

#include "bgpd/pipeline/fanout.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kFewParts = 8;  // looked through instead of up

}  // namespace

void Fanout::clear_partition() {
  clear_told();
  clear_parts();
}

void Fanout::clear_told() {
  for (const rib::Told& told : told_) {
    rib_.attributes().release(told.set);
    rib_.audiences().release(told.audience);
  }
  told_.clear();
  ids_.clear();
}

void Fanout::clear_parts() {
  for (std::size_t i = 0; i < part_count_; ++i) rib_.attributes().release(parts_[i].set);
  part_count_ = 0;
  if (!part_index_.empty()) part_index_.clear();
}

rib::AudienceRef Fanout::only(PeerSlot slot) {
  if (slot >= singles_.size()) singles_.resize(slot + 1);
  if (singles_[slot] == rib::AudienceRef::Nobody) {
    rib::ClientSet one;
    one.insert(slot);
    singles_[slot] = rib_.audiences().intern(one);
  }
  return singles_[slot];
}

// Takes over the count of the audience, and counts the set: the next offers of its class may
// replace those it is of. Who comes behind as many entries as a destination holds is told nothing.
void Fanout::push(rib::AttrRef set, rib::AudienceRef counted, std::uint32_t path_id) {
  if (counted == rib::AudienceRef::Nobody) return;
  if (told_.size() == rib::DestinationTable::kMostTold) return rib_.audiences().release(counted);
  rib_.attributes().retain(set);
  told_.push_back({set, counted});
  ids_.push_back(path_id);
}

Fanout::Part* Fanout::find_part(rib::AttrRef set, std::uint32_t path_id) {
  if (part_count_ > kFewParts) {
    const auto found = part_index_.find(std::pair{set, path_id});
    return found == part_index_.end() ? nullptr : &parts_[found->second];
  }
  for (std::size_t i = 0; i < part_count_; ++i) {
    if (parts_[i].set == set && parts_[i].path_id == path_id) return &parts_[i];
  }
  return nullptr;
}

// Those of `take` get the set; equal forms of different paths become one.
void Fanout::give(rib::AttrRef set, const rib::ClientSet& take, std::uint32_t path_id) {
  if (take.empty()) return;
  if (Part* part = find_part(set, path_id)) {
    part->to |= take;
    return;
  }
  if (part_count_ == parts_.size()) parts_.emplace_back();
  Part& part = parts_[part_count_++];
  rib_.attributes().retain(set);
  part.set = set;
  part.path_id = path_id;
  part.to = take;
  if (part_count_ <= kFewParts) return;
  for (auto i = static_cast<std::uint32_t>(part_index_.size()); i < part_count_; ++i) {
    part_index_.emplace(std::pair{parts_[i].set, parts_[i].path_id}, i);
  }
}

void Fanout::partition(const rib::Destination& destination) {
  clear_partition();
  if (destination.accepted == 0) return;
  const std::size_t family = index(destination.family);
  for (const Vantage& vantage : vantages_[family]) {
    const auto order = order_.at(vantage.egress, vantage.pop, rib_, destination);
    const bool alone = one_plain_[family] && !vantage.plain.empty();
    if (!alone || !partition_one_class(destination, order, *vantage.plain.front())) {
      partition_classes(destination, order, vantage.plain);
    }
    for (ExportClass* of : vantage.several) partition_several(destination, order, *of);
  }
  for (std::size_t i = 0; i < part_count_; ++i) {
    push(parts_[i].set, rib_.audiences().intern(parts_[i].to), parts_[i].path_id);
  }
  clear_parts();
  if (std::all_of(ids_.begin(), ids_.end(), [](std::uint32_t id) { return id == 0; })) ids_.clear();
}

// The usual case: everyone gets the best path but the one it came from, who gets the next. False,
// with nothing given, where control communities make it unusual.
bool Fanout::partition_one_class(const rib::Destination& destination, rib::PathOrder::Indices order,
                                 ExportClass& of) {
  rib::AudienceTable& audiences = rib_.audiences();
  const Family family = destination.family;
  const bool further = of.looks_further(family);
  PeerSlot left = kNoPeerSlot;  // the client that has none yet, once the others have
  for (const std::uint32_t i : order) {
    const rib::Path& path = destination.paths[i];
    if (left != kNoPeerSlot && path.peer() == left) continue;
    const auto offers = of.offers(destination.nlri(), path);
    if (offers.size() > 1 || (offers.size() == 1 && offers[0].to != rib::AudienceRef::Nobody)) {
      clear_told();
      return false;
    }
    if (!offers.empty()) {
      const rib::AttrRef set = offers[0].set;
      if (left != kNoPeerSlot) {
        push_one(set, left);
        return true;
      }
      push(set, audiences.without(of.everyone(family), path.peer()), 0);
      if (!of.members(family).contains(path.peer())) return true;
      left = path.peer();
    }
    if (!further) return true;
  }
  return true;
}

// One more client for a form that others may have already.
void Fanout::push_one(rib::AttrRef set, PeerSlot slot) {
  rib::AudienceTable& audiences = rib_.audiences();
  if (told_.size() == 1 && told_[0].set == set) {
    take_ = audiences[told_[0].audience];
    take_.insert(slot);
    audiences.release(std::exchange(told_[0].audience, audiences.intern(take_)));
    return;
  }
  audiences.retain(only(slot));
  push(set, only(slot), 0);
}

void Fanout::partition_classes(const rib::Destination& destination, rib::PathOrder::Indices order,
                               std::span<ExportClass* const> classes) {
  if (classes.empty()) return;
  const Family family = destination.family;
  if (rest_.size() < classes.size()) rest_.resize(classes.size());
  for (std::size_t c = 0; c < classes.size(); ++c) rest_[c] = classes[c]->members(family);
  for (const std::uint32_t i : order) {
    const rib::Path& path = destination.paths[i];
    bool any = false;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (rest_[c].empty()) continue;
      if (rest_[c].is(path.peer())) {  // the source of many paths, who gets none of them
        if (!classes[c]->looks_further(family)) rest_[c].clear();
        any |= !rest_[c].empty();
        continue;
      }
      for (const ExportClass::Offer& offer : classes[c]->offers(destination.nlri(), path)) {
        take_ = rest_[c];
        if (offer.to != rib::AudienceRef::Nobody) take_ &= rib_.audiences()[offer.to];
        take_.erase(path.peer());
        give(offer.set, take_, 0);
        rest_[c] -= take_;
      }
      if (!classes[c]->looks_further(family)) rest_[c].clear();
      any |= !rest_[c].empty();
    }
    if (!any) return;
  }
}

// Add-Path (RFC 7911): the first so many paths that a client may have. rest_[k] are the clients
// that still lack k; lacking_ are those numbers, of which there are few: all clients get the same
// paths but for their own and for what is withheld from them.
void Fanout::partition_several(const rib::Destination& destination, rib::PathOrder::Indices order,
                               ExportClass& of) {
  const Family family = destination.family;
  const std::size_t most = std::min<std::size_t>(of.most_paths(), destination.accepted);
  if (rest_.size() <= most) rest_.resize(most + 1);
  for (std::size_t k = 0; k < most; ++k) rest_[k].clear();
  rest_[most] = of.members(family);
  lacking_.assign(1, most);
  for (const std::uint32_t i : order) {
    std::erase_if(lacking_, [this](std::size_t k) { return k == 0 || rest_[k].empty(); });
    if (lacking_.empty()) return;
    const rib::Path& path = destination.paths[i];
    const bool nobody =
        std::ranges::all_of(lacking_, [&](std::size_t k) { return rest_[k].is(path.peer()); });
    if (nobody) continue;  // the source of many paths, who gets none of them
    std::ranges::sort(lacking_);
    const std::size_t count = lacking_.size();
    for (const ExportClass::Offer& offer : of.offers(destination.nlri(), path)) {
      for (std::size_t n = 0; n < count; ++n) {
        const std::size_t k = lacking_[n];
        take_ = rest_[k];
        if (offer.to != rib::AudienceRef::Nobody) take_ &= rib_.audiences()[offer.to];
        take_.erase(path.peer());
        if (take_.empty()) continue;
        rest_[k] -= take_;
        if (std::ranges::find(lacking_, k - 1) == lacking_.end()) lacking_.push_back(k - 1);
        rest_[k - 1] |= take_;
        give(offer.set, take_, destination.local_id(i));
      }
    }
  }
}

}  // namespace tern::pipeline
