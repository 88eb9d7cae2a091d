#include "bgpd/pipeline/export_client.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "bgpd/wire/attribute_set.h"
#include "rib/types/add_each.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kOwnChunk = 64 * 1024;  // octets made at once while catching up
constexpr std::size_t kBits = 64;

std::size_t message_length(std::span<const std::byte> message) {
  constexpr std::size_t kLength = 16;  // RFC 4271 section 4.1
  return (std::to_integer<std::size_t>(message[kLength]) << 8U) |
         std::to_integer<std::size_t>(message[kLength + 1]);
}

}  // namespace

ExportCounters& ExportCounters::operator+=(const ExportCounters& other) {
  add_each(announced, other.announced);
  add_each(withdrawn, other.withdrawn);
  updates += other.updates;
  refresh_marks += other.refresh_marks;
  return *this;
}

void list_told(const rib::Rib& rib, const rib::Destination& destination, PeerSlot client,
               std::vector<Advertised>& out) {
  out.clear();
  for (std::size_t i = 0; i < destination.told.size(); ++i) {
    if (!rib.audiences().contains(destination.told[i].audience, client)) continue;
    out.push_back({destination.told[i].set, destination.told_id(i)});
  }
}

ExportClient::ExportClient(rib::Rib& rib, SessionFacts facts, ExportClass& of, Lane& lane)
    : rib_(rib), facts_(std::move(facts)), class_(&of), lane_(lane), cursor_(lane.log.end()) {}

ExportClient::~ExportClient() {
  if (lagging_) rib_.unpin();
}

// ---- Falling behind

void ExportClient::fall_behind() {
  if (lagging_) return;
  lagging_ = true;
  rib_.pin();
  packer_ = std::make_unique<Packer>(rib_);
  assert(partial().empty());
  lane_.log.for_each_pending(cursor_, facts_.slot,
                             [this](Family, rib::ExportLog::Kind kind,
                                    std::span<const std::byte> octets) { miss(kind, octets); });
  cursor_ = {};
}

// What the log had for the client and it did not take.
void ExportClient::miss(rib::ExportLog::Kind kind, std::span<const std::byte> messages) {
  while (!messages.empty()) {
    const auto next = wire::next_message(messages, facts_.max_message);
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) return;  // not of our own making
    messages = messages.subspan(frame->message.size());
    miss_update(kind, *frame);
  }
}

void ExportClient::miss_update(rib::ExportLog::Kind kind, const wire::Frame& frame) {
  static thread_local wire::UpdateMessage update;
  wire::UpdateContext context;
  context.four_octet_as = facts_.four_octet_as;
  context.families = facts_.families;
  context.add_path = facts_.add_path_send;
  context.ibgp = is_ibgp(facts_.kind);
  context.reject_as_sets = false;
  context.extended_next_hop = facts_.extended_next_hop;
  (void)wire::decode_update(frame.body, context, update);
  const auto miss_all = [&](std::span<const Nlri> prefixes) {
    for (const Nlri& nlri : prefixes) {
      if (const auto id = rib_.find_id(nlri)) {
        mark_dirty(*id, nlri.path_id);
      } else if (kind == rib::ExportLog::Kind::Withdraw) {
        withdraw({&nlri, 1});  // nobody has it any more, so nothing follows that this could undo
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

// ---- Catching up

void ExportClient::withdraw(std::span<const Nlri> prefixes) {
  const Family family = prefixes.front().family;
  counters_.updates += wire::encode_withdrawals(prefixes, lane_.encoding(family), own_);
  counters_.withdrawn[index(family)] += prefixes.size();
}

// The present state of one destination, or of one of its paths.
void ExportClient::tell(rib::DestId id, std::uint32_t path_id) {
  const rib::Destination destination = rib_.destination(id);
  const Nlri nlri = destination.nlri(path_id);
  for (std::size_t i = 0; i < destination.told.size(); ++i) {
    const rib::Told& told = destination.told[i];
    if (destination.told_id(i) != path_id) continue;
    if (!rib_.audiences().contains(told.audience, facts_.slot)) continue;
    return packer_->add(told.set, rib::AudienceRef::Nobody, nlri);
  }
  packer_->add(rib::AttrRef::None, rib::AudienceRef::Nobody, nlri);
}

// paths: entries of dirty_paths_, of one destination. Looks through what is told of it once,
// however many paths it has.
void ExportClient::tell_paths(rib::DestId id, std::span<const std::uint64_t> paths) {
  constexpr std::size_t kFew = 4;
  if (paths.size() <= kFew) {
    for (const std::uint64_t path : paths) tell(id, static_cast<std::uint32_t>(path));
    return;
  }
  static thread_local std::vector<Advertised> told;
  const rib::Destination destination = rib_.destination(id);
  list_told(rib_, destination, facts_.slot, told);
  std::ranges::sort(told, {}, &Advertised::path_id);
  for (const std::uint64_t path : paths) {
    const auto path_id = static_cast<std::uint32_t>(path);
    const auto found = std::ranges::lower_bound(told, path_id, {}, &Advertised::path_id);
    const bool tells = found != told.end() && found->path_id == path_id;
    packer_->add(tells ? found->attributes : rib::AttrRef::None, rib::AudienceRef::Nobody,
                 destination.nlri(path_id));
  }
}

void ExportClient::catch_up() {
  constexpr std::size_t kSlice = 1024;  // destinations between looks at the octets
  own_.erase(own_.begin(), own_.begin() + static_cast<std::ptrdiff_t>(own_taken_));
  own_taken_ = 0;
  while (own_.size() < kOwnChunk && (dirty_count_ > 0 || !dirty_paths_.empty())) {
    for (std::size_t i = 0; i < kSlice && dirty_count_ > 0; ++i) {
      while (dirty_[dirty_word_] == 0) dirty_word_ = (dirty_word_ + 1) % dirty_.size();
      const auto bit = static_cast<unsigned>(std::countr_zero(dirty_[dirty_word_]));
      dirty_[dirty_word_] &= dirty_[dirty_word_] - 1;
      --dirty_count_;
      tell(static_cast<rib::DestId>(dirty_word_ * kBits + bit), 0);
    }
    auto path = dirty_paths_.begin();  // looks for the first: once for many
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
      tell_paths(id, {first, last});
    }
    encode_packed();
  }
  if (dirty_count_ > 0 || !dirty_paths_.empty()) return;
  cursor_ = lane_.log.end();
  lagging_ = false;
  dirty_ = {};
  dirty_word_ = 0;
  packer_.reset();
  rib_.unpin();
}

void ExportClient::encode_packed() {
  static thread_local std::vector<Nlri> prefixes;
  for (const Packer::Group& group : packer_->groups()) {
    packer_->prefixes(group, prefixes);
    if (group.set == rib::AttrRef::None) {
      withdraw(prefixes);
      continue;
    }
    counters_.updates += wire::encode_announcements(rib_.attributes()[group.set].octets(), prefixes,
                                                    lane_.encoding(group.family), own_);
    counters_.announced[index(group.family)] += prefixes.size();
  }
  packer_->clear();
}

// ---- Writing

bool ExportClient::has_more() {
  return own_taken_ < own_.size() || lagging_ || lane_.log.has_more(cursor_);
}

std::size_t ExportClient::gather(std::span<std::span<const std::byte>> runs,
                                 std::size_t max_octets) {
  if (own_taken_ == own_.size() && lagging_) catch_up();
  if (own_taken_ < own_.size()) {
    runs[0] = std::span<const std::byte>(own_).subspan(own_taken_);
    return 1;
  }
  return lane_.log.gather(cursor_, facts_.slot, runs, max_octets);
}

std::uint64_t ExportClient::advance(std::size_t octets) {
  if (own_taken_ == own_.size()) return advance_log(octets);
  own_taken_ += octets;
  if (own_taken_ == own_.size()) {
    own_.clear();
    own_taken_ = 0;
  }
  return 0;
}

std::uint64_t ExportClient::advance_log(std::size_t octets) {
  const rib::ExportLog::Progress progress = lane_.log.advance(cursor_, facts_.slot, octets);
  add_each(counters_.announced, progress.announced);
  add_each(counters_.withdrawn, progress.withdrawn);
  counters_.updates += progress.updates;
  return progress.oldest_read;
}

std::span<const std::byte> ExportClient::partial() const {
  if (own_taken_ == own_.size()) {
    return lagging_ ? std::span<const std::byte>{} : rib::ExportLog::partial(cursor_);
  }
  // Where the messages of own_ end: the first end not before what was taken.
  std::size_t end = 0;
  while (end < own_taken_) end += message_length(std::span<const std::byte>(own_).subspan(end));
  return std::span<const std::byte>(own_).first(end).subspan(own_taken_);
}

}  // namespace tern::pipeline
