// The sweep over the paths of a destination: which clients get which path.
#include <algorithm>
#include <utility>

#include "bgpd/pipeline/advertiser.h"
#include "bgpd/pipeline/own_path.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kFewParts = 8;  // up to here a linear search, else part_index_
// Of an originated default route: rib::Destination::local_id() of a path of ours.
constexpr std::uint32_t kDefaultPathId = kOwnSlot + 1;

}  // namespace

void Advertiser::clear_partition() {
  clear_advertised();
  clear_parts();
}

void Advertiser::clear_advertised() {
  for (const rib::Advertised& advertised : advertised_) {
    rib_.attributes().release(advertised.set);
    rib_.audiences().release(advertised.audience);
  }
  advertised_.clear();
  ids_.clear();
}

void Advertiser::clear_parts() {
  for (std::size_t i = 0; i < part_count_; ++i) rib_.attributes().release(parts_[i].set);
  part_count_ = 0;
  if (!part_index_.empty()) part_index_.clear();
}

rib::AudienceRef Advertiser::only(PeerSlot slot) {
  if (slot >= singles_.size()) singles_.resize(slot + 1);
  if (singles_[slot] == rib::AudienceRef::Nobody) {
    rib::ClientSet one;
    one.insert(slot);
    singles_[slot] = rib_.audiences().intern(one);
  }
  return singles_[slot];
}

// Takes over the count of the audience, and counts the set, because the next call of variants() of
// its group may release it. Clients of entries beyond kMostAdvertised are advertised nothing.
void Advertiser::push(rib::AttrRef set, rib::AudienceRef counted, std::uint32_t path_id) {
  if (counted == rib::AudienceRef::Nobody) return;
  if (advertised_.size() == rib::DestinationTable::kMostAdvertised) {
    return rib_.audiences().release(counted);
  }
  rib_.attributes().retain(set);
  advertised_.push_back({set, counted});
  ids_.push_back(path_id);
}

Advertiser::Part* Advertiser::find_part(rib::AttrRef set, std::uint32_t path_id) {
  if (part_count_ > kFewParts) {
    const auto found = part_index_.find(std::pair{set, path_id});
    return found == part_index_.end() ? nullptr : &parts_[found->second];
  }
  for (std::size_t i = 0; i < part_count_; ++i) {
    if (parts_[i].set == set && parts_[i].path_id == path_id) return &parts_[i];
  }
  return nullptr;
}

// The clients in `take` get the set. Different paths with equal sets become one entry.
void Advertiser::give(rib::AttrRef set, const rib::ClientSet& take, std::uint32_t path_id) {
  if (take.empty()) return;
  if (Part* part = find_part(set, path_id)) {
    part->to |= take;
    return;
  }
  add_part(set, path_id).to = take;
}

Advertiser::Part& Advertiser::add_part(rib::AttrRef set, std::uint32_t path_id) {
  if (part_count_ == parts_.size()) parts_.emplace_back();
  Part& part = parts_[part_count_++];
  rib_.attributes().retain(set);
  part.set = set;
  part.path_id = path_id;
  if (part_count_ > kFewParts) {
    for (auto i = static_cast<std::uint32_t>(part_index_.size()); i < part_count_; ++i) {
      part_index_.emplace(std::pair{parts_[i].set, parts_[i].path_id}, i);
    }
  }
  return part;
}

// Entries keep their places, so that a destination where nothing changes compares as the same.
void Advertiser::keep_others(const rib::Destination& destination) {
  for (std::uint32_t j = 0; j < destination.advertised.size(); ++j) {
    Part& part = add_part(destination.advertised[j].set, destination.advertised_id(j));
    part.to = rib_.audiences()[destination.advertised[j].audience];
    part.to -= *only_for_;
  }
}

const rib::ClientSet& Advertiser::wanted(const ExportGroup& of, Family family) {
  if (only_for_ == nullptr) return of.members(family);
  take_ = of.members(family);
  take_ &= *only_for_;
  return take_;
}

void Advertiser::partition(const rib::Destination& destination) {
  clear_partition();
  if (only_for_ != nullptr) keep_others(destination);
  const std::size_t family = index(destination.family);
  if (is_default_route(destination.nlri())) {
    partition_default(destination);
  } else if (destination.accepted > 0 && !is_suppressed(destination)) {
    for (const Vantage& vantage : vantages(destination.family)) {
      const auto order = order_.at(vantage.costs, vantage.pop, rib_, destination);
      const bool alone = only_for_ == nullptr && one_plain_[family] && !vantage.plain.empty();
      if (!alone || !partition_one_group(destination, order, *vantage.plain.front())) {
        partition_groups(destination, order, vantage.plain);
      }
      for (ExportGroup* of : vantage.several) partition_several(destination, order, *of);
    }
  }
  for (std::size_t i = 0; i < part_count_; ++i) {
    push(parts_[i].set, rib_.audiences().intern(parts_[i].to), parts_[i].path_id);
  }
  clear_parts();
  if (std::all_of(ids_.begin(), ids_.end(), [](std::uint32_t id) { return id == 0; })) ids_.clear();
}

bool Advertiser::is_suppressed(const rib::Destination& destination) const {
  return !summaries_.empty() &&
         suppressing_summary(summaries_, destination.nlri()) != summaries_.end();
}

// Clients with a default route of ours get it in place of every path, also with Add-Path. While the
// policies of that route reject it, the paths are for them as for the others.
void Advertiser::partition_default(const rib::Destination& destination) {
  const Family family = destination.family;
  for (const Vantage& vantage : vantages(family)) {
    const auto order = order_.at(vantage.costs, vantage.pop, rib_, destination);
    without_default_.clear();
    for (ExportGroup* of : vantage.plain) {
      const rib::AttrRef set = of->default_route(family);
      if (set == rib::AttrRef::None) {
        without_default_.push_back(of);
      } else {
        give(set, wanted(*of, family), 0);
      }
    }
    partition_groups(destination, order, without_default_);
    for (ExportGroup* of : vantage.several) {
      const rib::AttrRef set = of->default_route(family);
      if (set == rib::AttrRef::None) {
        partition_several(destination, order, *of);
      } else {
        give(set, wanted(*of, family), kDefaultPathId);
      }
    }
  }
}

// The usual case: all clients get the best path, except its source, which gets the next. False
// where control communities differ between clients; the partition is empty then.
bool Advertiser::partition_one_group(const rib::Destination& destination,
                                     rib::PathOrder::Indices order, ExportGroup& of) {
  rib::AudienceTable& audiences = rib_.audiences();
  const Family family = destination.family;
  const bool further = of.looks_further(family);
  PeerSlot left = kNoPeerSlot;  // the only client without a path, once the others have one
  for (const std::uint32_t i : order) {
    const rib::Path& path = destination.paths[i];
    if (left != kNoPeerSlot && path.peer() == left) continue;
    const auto variants = of.variants(destination.nlri(), path);
    if (variants.size() > 1 ||
        (variants.size() == 1 && variants[0].to != rib::AudienceRef::Nobody)) {
      clear_advertised();
      return false;
    }
    if (!variants.empty()) {
      const rib::AttrRef set = variants[0].set;
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

// Adds one client for a set that the other clients may have already.
void Advertiser::push_one(rib::AttrRef set, PeerSlot slot) {
  rib::AudienceTable& audiences = rib_.audiences();
  if (advertised_.size() == 1 && advertised_[0].set == set) {
    take_ = audiences[advertised_[0].audience];
    take_.insert(slot);
    audiences.release(std::exchange(advertised_[0].audience, audiences.intern(take_)));
    return;
  }
  audiences.retain(only(slot));
  push(set, only(slot), 0);
}

void Advertiser::partition_groups(const rib::Destination& destination,
                                  rib::PathOrder::Indices order,
                                  std::span<ExportGroup* const> groups) {
  if (groups.empty()) return;
  const Family family = destination.family;
  if (rest_.size() < groups.size()) rest_.resize(groups.size());
  for (std::size_t c = 0; c < groups.size(); ++c) rest_[c] = wanted(*groups[c], family);
  for (const std::uint32_t i : order) {
    const rib::Path& path = destination.paths[i];
    bool any = false;
    for (std::size_t c = 0; c < groups.size(); ++c) {
      if (rest_[c].empty()) continue;
      if (rest_[c].is(path.peer())) {  // the source of many paths, which gets none of them
        if (!groups[c]->looks_further(family)) rest_[c].clear();
        any |= !rest_[c].empty();
        continue;
      }
      for (const ExportGroup::Variant& variant : groups[c]->variants(destination.nlri(), path)) {
        take_ = rest_[c];
        if (variant.to != rib::AudienceRef::Nobody) take_ &= rib_.audiences()[variant.to];
        take_.erase(path.peer());
        give(variant.set, take_, 0);
        rest_[c] -= take_;
      }
      if (!groups[c]->looks_further(family)) rest_[c].clear();
      any |= !rest_[c].empty();
    }
    if (!any) return;
  }
}

// Add-Path (RFC 7911): each client gets the first paths that it may have, up to most_paths().
// rest_[k] are the clients that still lack k paths, and lacking_ has each k with such clients.
// The numbers k are few: all clients get the same paths, except their own and withheld ones.
void Advertiser::partition_several(const rib::Destination& destination,
                                   rib::PathOrder::Indices order, ExportGroup& of) {
  const Family family = destination.family;
  const std::size_t most = std::min<std::size_t>(of.most_paths(), destination.accepted);
  if (rest_.size() <= most) rest_.resize(most + 1);
  for (std::size_t k = 0; k < most; ++k) rest_[k].clear();
  rest_[most] = wanted(of, family);
  lacking_.assign(1, most);
  for (const std::uint32_t i : order) {
    std::erase_if(lacking_, [this](std::size_t k) { return k == 0 || rest_[k].empty(); });
    if (lacking_.empty()) return;
    const rib::Path& path = destination.paths[i];
    const bool nobody =
        std::ranges::all_of(lacking_, [&](std::size_t k) { return rest_[k].is(path.peer()); });
    if (nobody) continue;  // the source of many paths, which gets none of them
    std::ranges::sort(lacking_);
    const std::size_t count = lacking_.size();
    for (const ExportGroup::Variant& variant : of.variants(destination.nlri(), path)) {
      for (std::size_t n = 0; n < count; ++n) {
        const std::size_t k = lacking_[n];
        take_ = rest_[k];
        if (variant.to != rib::AudienceRef::Nobody) take_ &= rib_.audiences()[variant.to];
        take_.erase(path.peer());
        if (take_.empty()) continue;
        rest_[k] -= take_;
        if (std::ranges::find(lacking_, k - 1) == lacking_.end()) lacking_.push_back(k - 1);
        rest_[k - 1] |= take_;
        give(variant.set, take_, destination.local_id(i));
      }
    }
  }
}

}  // namespace tern::pipeline
