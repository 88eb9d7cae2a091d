// The difference between what clients were advertised and what they are to be advertised.
#include "bgpd/pipeline/advertiser.h"

#include <algorithm>

#include "bgpd/wire/attribute_set.h"
#include "bgpd/wire/framer.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kIdleSlice = 4096;  // destinations freed at once
constexpr std::size_t kFewPairs = 16;     // of entries, before and now: up to here no index

}  // namespace

bool Advertiser::advertise(std::size_t budget, std::uint64_t read_time) {
  constexpr std::size_t kAhead = 8;
  rib_.take_changes(slice(budget), changes_);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (i + 3 * kAhead < changes_.size()) rib_.prefetch(changes_[i + 3 * kAhead]);
    if (i + 2 * kAhead < changes_.size()) rib_.prefetch_paths(changes_[i + 2 * kAhead]);
    if (i + kAhead < changes_.size()) rib_.prefetch_sets(changes_[i + kAhead]);
    update(changes_[i]);
  }
  append(read_time);
  return rib_.has_changes();
}

void Advertiser::update(rib::DestId id) {
  const rib::Destination destination = rib_.destination(id);
  if (!destination.in_use) return;
  const Nlri nlri = destination.nlri();
  partition(destination);
  const bool same = std::ranges::equal(advertised_, destination.advertised) &&
                    std::ranges::equal(ids_, destination.advertised_ids);
  if (!same) {
    advertise_difference(destination, walk_.ahead(id));
    advertise_forced(nlri);
    rib_.set_advertised(id, advertised_, ids_);
  } else {
    advertise_forced(nlri);
    rib_.free_if_idle(id);
  }
  clear_partition();
}

void Advertiser::pack(rib::AttrRef set, const rib::ClientSet& to, const Nlri& nlri) {
  if (to.empty()) return;
  const rib::AudienceRef audience = rib_.audiences().intern(to);
  packer_.add(set, audience, nlri);
  rib_.audiences().release(audience);
}

// A partition of a thousand entries, one for each client with a policy of its own, would have a
// million pairs to compare.
void Advertiser::index_parts(const rib::Destination& before) {
  advertised_before_.clear();
  for (std::uint32_t j = 0; j < before.advertised.size(); ++j) {
    advertised_before_.emplace(std::pair{before.advertised[j].set, before.advertised_id(j)}, j);
  }
  advertised_now_.clear();
  for (std::size_t i = 0; i < advertised_.size(); ++i) {
    advertised_now_[path_id(i)] |= rib_.audiences()[advertised_[i].audience];
  }
}

// The entry of the same set and path id; null: no client was advertised it.
const rib::Advertised* Advertiser::held_before(const rib::Destination& before, std::size_t entry,
                                               bool many) const {
  const rib::AttrRef set = advertised_[entry].set;
  if (many) {
    const auto found = advertised_before_.find(std::pair{set, path_id(entry)});
    return found == advertised_before_.end() ? nullptr : &before.advertised[found->second];
  }
  for (std::size_t j = 0; j < before.advertised.size(); ++j) {
    if (before.advertised[j].set == set && before.advertised_id(j) == path_id(entry)) {
      return &before.advertised[j];
    }
  }
  return nullptr;
}

// Removes the clients that hold a path under this path id now.
void Advertiser::remove_holders(std::uint32_t id, bool many, rib::ClientSet& from) const {
  if (many) {
    if (const auto now = advertised_now_.find(id); now != advertised_now_.end()) {
      from -= now->second;
    }
    return;
  }
  for (std::size_t i = 0; i < advertised_.size() && !from.empty(); ++i) {
    if (path_id(i) == id) from -= rib_.audiences()[advertised_[i].audience];
  }
}

// Leaves out two kinds of clients. Forced clients are advertised the whole state by
// advertise_forced(). Clients ahead of the walk are advertised the destination by the walk, and
// hold nothing yet that could be withdrawn.
void Advertiser::advertise_difference(const rib::Destination& before, const rib::ClientSet& ahead) {
  rib::AudienceTable& audiences = rib_.audiences();
  const rib::ClientSet& forced = walk_.forced(before.family);
  const bool many = advertised_.size() * before.advertised.size() > kFewPairs;
  if (many) index_parts(before);
  for (std::size_t i = 0; i < advertised_.size(); ++i) {
    const Nlri nlri = before.nlri(path_id(i));
    const rib::Advertised* had = held_before(before, i, many);
    if (had == nullptr && forced.empty() && ahead.empty()) {
      packer_.add(advertised_[i].set, advertised_[i].audience, nlri);
      continue;
    }
    if (had != nullptr && had->audience == advertised_[i].audience) continue;
    take_ = audiences[advertised_[i].audience];
    if (had != nullptr) take_ -= audiences[had->audience];
    take_ -= forced;
    take_ -= ahead;
    pack(advertised_[i].set, take_, nlri);
  }
  for (std::size_t j = 0; j < before.advertised.size(); ++j) {
    const std::uint32_t id = before.advertised_id(j);
    gone_ = audiences[before.advertised[j].audience];
    gone_ &= holders_[index(before.family)][id != 0 ? 1 : 0];
    gone_ -= ahead;
    remove_holders(id, many, gone_);
    pack(rib::AttrRef::None, gone_, before.nlri(id));
  }
}

void Advertiser::advertise_forced(const Nlri& of) {
  const rib::ClientSet& forced = walk_.forced(of.family);
  if (forced.empty()) return;
  const PeerSlot first = forced.first();
  const bool alone = forced.size() == 1;
  for (std::size_t i = 0; i < advertised_.size(); ++i) {
    const Nlri nlri{of.prefix, of.family, path_id(i)};
    if (alone) {
      if (!rib_.audiences().contains(advertised_[i].audience, first)) continue;
      packer_.add(advertised_[i].set, only(first), nlri);
      continue;
    }
    take_ = rib_.audiences()[advertised_[i].audience];
    take_ &= forced;
    pack(advertised_[i].set, take_, nlri);
  }
}

// ---- Messages

void Advertiser::append(std::uint64_t read_time) {
  appended_ |= !packer_.groups().empty();
  for (const Packer::Group& group : packer_.groups()) append_group(group, read_time);
  packer_.clear();
  shed_laggard();
  rib_.free_idle(kIdleSlice);
}

// The entry of the last message has the number of prefixes, so that each prefix counts once.
void Advertiser::append_messages(rib::ExportLog& log, std::size_t messages,
                                 const rib::ExportLog::Entry& entry) {
  rib::ExportLog::Entry one = entry;
  one.prefixes = 0;
  std::span<const std::byte> rest = octets_;
  for (; messages > 1; --messages) {
    const std::size_t size = wire::message_size(rest);
    log.append(rest.first(size), one);
    rest = rest.subspan(size);
  }
  log.append(rest, entry);
}

void Advertiser::append_group(const Packer::Group& group, std::uint64_t read_time) {
  packer_.prefixes(group, prefixes_);
  const rib::ClientSet& audience = rib_.audiences()[group.audience];
  rib::ExportLog::Entry entry;
  entry.audience = group.audience;
  entry.prefixes = group.count;
  entry.family = group.family;
  entry.read_time = read_time;
  for (const auto& encoding : encodings_) {
    if (!audience.intersects(encoding->members)) continue;
    const wire::Encoding wire_encoding = encoding->format.encoding(group.family);
    octets_.clear();
    std::size_t messages = 0;
    if (group.set == rib::AttrRef::None) {
      entry.kind = rib::ExportLog::Kind::Withdraw;
      messages = wire::encode_withdrawals(prefixes_, wire_encoding, octets_);
    } else {
      entry.kind = rib::ExportLog::Kind::Announce;
      messages = wire::encode_announcements(rib_.attributes()[group.set].octets(), prefixes_,
                                            wire_encoding, octets_);
    }
    if (messages == 0) continue;  // ExportGroup lets nothing through that does not fit
    append_messages(encoding->log, messages, entry);
  }
  if (!lagging_.intersects(audience)) return;
  take_ = lagging_;
  take_ &= audience;
  for (const Nlri& nlri : prefixes_) {
    const auto id = rib_.find_id(nlri);
    if (!id) continue;
    take_.for_each([&](PeerSlot slot) { clients_[slot]->mark_dirty(*id, nlri.path_id); });
  }
}

}  // namespace tern::pipeline
