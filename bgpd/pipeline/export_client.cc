#include "bgpd/pipeline/export_client.h"

#include <algorithm>
#include <bit>

#include "bgpd/wire/attribute_set.h"
#include "bgpd/wire/framer.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kMostMade = 64 * 1024;  // octets made at once, about
constexpr std::size_t kBits = 64;

}  // namespace

void list_advertised(const rib::Rib& rib, const rib::Destination& destination, PeerSlot client,
                     std::vector<AdvertisedPath>& out) {
  out.clear();
  for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
    if (!rib.audiences().contains(destination.advertised[i].audience, client)) continue;
    out.push_back({destination.advertised[i].set, destination.advertised_id(i)});
  }
}

ExportClient::ExportClient(rib::Rib& rib, SessionFacts facts, ExportGroup& of,
                           SharedEncoding& encoding, std::shared_ptr<ExportCursor> cursor)
    : rib_(rib),
      facts_(std::move(facts)),
      group_(&of),
      encoding_(encoding),
      cursor_(std::move(cursor)) {
  cursor_->follow(encoding.log.end(), encoding.log.totals());
}

ExportClient::~ExportClient() {
  if (lagging_) rib_.unpin();
}

// ---- Falling behind

void ExportClient::fall_behind() {
  if (lagging_ || !cursor_->take()) return;
  leave_log();
  cursor_->give_back();
}

void ExportClient::leave_log() {
  lagging_ = true;
  rib_.pin();
  packer_ = std::make_unique<Packer>(rib_);
  rib::ExportLog::Cursor& place = cursor_->place();
  rib::ExportLog::for_each_pending(
      place, facts_.slot, [this](rib::ExportLog::Kind kind, std::span<const std::byte> message) {
        miss(kind, message);
      });
  place = {};
}

// A message that the log has for the client and that the client did not take.
void ExportClient::miss(rib::ExportLog::Kind kind, std::span<const std::byte> message) {
  static thread_local wire::UpdateMessage update;
  wire::UpdateContext context;
  context.four_octet_as = facts_.four_octet_as;
  context.families = facts_.families;
  context.add_path = facts_.add_path_send;
  context.ibgp = is_ibgp(facts_.kind);
  context.reject_as_sets = false;
  context.extended_next_hop = facts_.extended_next_hop;
  (void)wire::decode_update(message.subspan(wire::kHeaderSize), context, update);
  const auto miss_all = [&](std::span<const Nlri> prefixes) {
    for (const Nlri& nlri : prefixes) {
      if (const auto id = rib_.find_id(nlri)) {
        mark_dirty(*id, nlri.path_id);
      } else if (kind == rib::ExportLog::Kind::Withdraw) {
        withdraw({&nlri, 1});  // the destination is gone, so no later message is overtaken
      }
    }
  };
  miss_all(update.withdrawn);
  miss_all(update.announced);
  if (update.has_mp_reach) miss_all(update.mp_reach.prefixes);
  if (update.has_mp_unreach) miss_all(update.mp_unreach.prefixes);
}

void ExportClient::mark_dirty(rib::DestId id, std::uint32_t path_id) {
  if (path_id != 0) {
    dirty_paths_.insert((std::uint64_t{id} << 32U) | path_id);
    return;
  }
  const std::size_t word = id / kBits;
  if (word >= dirty_.size()) dirty_.resize(std::max<std::size_t>(word + 1, rib_.end() / kBits + 1));
  const std::uint64_t bit = std::uint64_t{1} << (id % kBits);
  if ((dirty_[word] & bit) != 0) return;
  dirty_[word] |= bit;
  ++dirty_count_;
}

// ---- The present state

void ExportClient::withdraw(std::span<const Nlri> prefixes) {
  const Family family = prefixes.front().family;
  ClientMessages& made = cursor_->messages();
  made.counters.updates +=
      wire::encode_withdrawals(prefixes, encoding_.format.encoding(family), made.octets);
  made.counters.withdrawn[index(family)] += prefixes.size();
}

// Packs the present state of one destination, or of one of its paths.
void ExportClient::advertise(rib::DestId id, std::uint32_t path_id) {
  const rib::Destination destination = rib_.destination(id);
  const Nlri nlri = destination.nlri(path_id);
  for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
    const rib::Advertised& advertised = destination.advertised[i];
    if (destination.advertised_id(i) != path_id) continue;
    if (!rib_.audiences().contains(advertised.audience, facts_.slot)) continue;
    return packer_->add(advertised.set, rib::AudienceRef::Nobody, nlri);
  }
  packer_->add(rib::AttrRef::None, rib::AudienceRef::Nobody, nlri);
}

// paths: entries of dirty_paths_, of one destination. Scans the partition of the destination once,
// however many paths it has.
void ExportClient::advertise_paths(rib::DestId id, std::span<const std::uint64_t> paths) {
  constexpr std::size_t kFew = 4;
  if (paths.size() <= kFew) {
    for (const std::uint64_t path : paths) advertise(id, static_cast<std::uint32_t>(path));
    return;
  }
  static thread_local std::vector<AdvertisedPath> advertised;
  const rib::Destination destination = rib_.destination(id);
  list_advertised(rib_, destination, facts_.slot, advertised);
  std::ranges::sort(advertised, {}, &AdvertisedPath::path_id);
  for (const std::uint64_t path : paths) {
    const auto path_id = static_cast<std::uint32_t>(path);
    const auto found = std::ranges::lower_bound(advertised, path_id, {}, &AdvertisedPath::path_id);
    const bool holds = found != advertised.end() && found->path_id == path_id;
    packer_->add(holds ? found->attributes : rib::AttrRef::None, rib::AudienceRef::Nobody,
                 destination.nlri(path_id));
  }
}

void ExportClient::resync() {
  if (!cursor_->taken()) return;
  if (!lagging_) leave_log();
  make_messages();
  if (dirty_count_ > 0 || !dirty_paths_.empty()) return cursor_->give_back();
  lagging_ = false;
  dirty_ = {};
  dirty_word_ = 0;
  packer_.reset();
  rib_.unpin();
  cursor_->follow(encoding_.log.end(), encoding_.log.totals());
}

void ExportClient::make_messages() {
  constexpr std::size_t kSlice = 1024;  // destinations between looks at the octets
  const std::vector<std::byte>& made = cursor_->messages().octets;
  while (made.size() < kMostMade && (dirty_count_ > 0 || !dirty_paths_.empty())) {
    for (std::size_t i = 0; i < kSlice && dirty_count_ > 0; ++i) {
      while (dirty_[dirty_word_] == 0) dirty_word_ = (dirty_word_ + 1) % dirty_.size();
      const auto bit = static_cast<unsigned>(std::countr_zero(dirty_[dirty_word_]));
      dirty_[dirty_word_] &= dirty_[dirty_word_] - 1;
      --dirty_count_;
      advertise(static_cast<rib::DestId>(dirty_word_ * kBits + bit), 0);
    }
    auto path = dirty_paths_.begin();  // scans for the first entry, so once for many
    static thread_local std::vector<std::uint64_t> paths;
    paths.clear();
    for (std::size_t i = 0; i < kSlice && path != dirty_paths_.end(); ++i) {
      paths.push_back(*path);
      dirty_paths_.erase(path++);
    }
    std::ranges::sort(paths);  // by destination
    for (auto first = paths.begin(), last = first; first != paths.end(); first = last) {
      const auto id = static_cast<rib::DestId>(*first >> 32U);
      while (last != paths.end() && *last >> 32U == id) ++last;
      advertise_paths(id, {first, last});
    }
    encode_packed();
  }
}

void ExportClient::encode_packed() {
  static thread_local std::vector<Nlri> prefixes;
  for (const Packer::Group& group : packer_->groups()) {
    packer_->prefixes(group, prefixes);
    if (group.set == rib::AttrRef::None) {
      withdraw(prefixes);
      continue;
    }
    ClientMessages& made = cursor_->messages();
    made.counters.updates +=
        wire::encode_announcements(rib_.attributes()[group.set].octets(), prefixes,
                                   encoding_.format.encoding(group.family), made.octets);
    made.counters.announced[index(group.family)] += prefixes.size();
  }
  packer_->clear();
}

}  // namespace tern::pipeline
