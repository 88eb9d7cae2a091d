#include "bgpd/vrps/selection.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "policy/change.h"

namespace tern::vrps {
namespace {

// A start that finds its sources in this time says nothing about their absence.
constexpr UnixTime kPatience = 30;  // seconds
// A source that comes and goes causes one line in this time.
constexpr UnixTime kBetweenErrors = 60;  // seconds
// A cache that a reload adds in the place of another loads in this time.
constexpr UnixTime kHandOver = 30;  // seconds
constexpr std::size_t kFewLost = 1000;

}  // namespace

Selection::Selection(Published published, UnixTime now)
    : published_(std::move(published)), without_since_(now) {
  status_.since = now;
}

void Selection::set_source(rpki::CacheId id, std::uint32_t preference, std::string name) {
  names_[id] = std::move(name);
  caches_.set_preference(id, preference);
}

void Selection::remove_source(rpki::CacheId id, UnixTime now, std::optional<UnixTime> expires) {
  if (!in_use(id)) return forget(id);
  if (leaving_) forget(leaving_->id);
  const UnixTime until = now + kHandOver;
  leaving_ = Leaving{id, now, expires ? std::min(*expires, until) : until};
  caches_.set_preference(id, std::numeric_limits<std::uint32_t>::max());
}

void Selection::forget(rpki::CacheId id) {
  names_.erase(id);
  caches_.remove(id);
}

void Selection::end_leaving(UnixTime now) {
  if (!leaving_) return;
  const bool others = names_.size() > 1;
  // A clock that was set back ends the time, too.
  const bool in_time = now >= leaving_->since && now < leaving_->until;
  if (others && in_use(leaving_->id) && in_time) return;
  forget(leaving_->id);
  leaving_.reset();
}

void Selection::set_data(rpki::CacheId id, rpki::CacheData data) {
  caches_.set_data(id, std::move(data));
}

void Selection::set_slurm(rpki::Slurm slurm) {
  slurm_ = std::move(slurm);
  new_slurm_ = true;
}

void Selection::settle(UnixTime now) {
  std::erase_if(replaced_, [](const auto& table) { return table.use_count() == 1; });
  end_leaving(now);
  slurm_table_.set_source(caches_.data().vrps);
  if (std::exchange(new_slurm_, false)) slurm_table_.set_slurm(slurm_);
  const auto selected = caches_.selected();
  status_.source = selected ? names_[*selected] : std::string();
  if (slurm_table_.table() != table_) publish(now);
  if (!table_) say_what_is_missing(now);
}

// Once for each time without a table; a table that was there and went is said at once.
void Selection::say_what_is_missing(UnixTime now) {
  if (names_.empty()) said_ = false;
  if (said_ || names_.empty()) return;
  const bool went = status_.published > 0;
  if (!went && now - without_since_ < kPatience) return;
  if (last_error_ != 0 && now - last_error_ < kBetweenErrors) return;
  said_ = true;
  last_error_ = now;
  spdlog::error("rpki: no source {}: routes are not validated",
                went ? "has data any more" : "has data yet");
}

void Selection::publish(UnixTime now) {
  const policy::VrpTable::Ptr before = std::exchange(table_, slurm_table_.table());
  if (before) replaced_.push_back(before);
  ++status_.published;
  status_.since = now;
  if (before && !table_) without_since_ = now;
  count(now);
  auto changed = before && table_ ? policy::VrpTable::difference(*before, *table_)
                                  : policy::PrefixChange::all_prefixes();
  if (table_) {
    spdlog::debug("rpki: table of {} VRPs from {}, {} ranges changed", table_->size(),
                  status_.source, changed.size());
  } else {
    spdlog::debug("rpki: no table");
  }
  published_(table_, std::move(changed));
}

void Selection::count(UnixTime now) {
  status_.validated = table_ != nullptr;
  status_.vrps = {};
  status_.memory = status_.filtered = status_.added = 0;
  if (!table_) return;
  const policy::VrpTable& source = *caches_.data().vrps;
  status_.vrps = {table_->size(IpVersion::V4), table_->size(IpVersion::V6)};
  status_.memory = table_->memory();
  status_.added = static_cast<std::size_t>(std::ranges::count_if(
      slurm_.assertions(),
      [&](const policy::Vrp& vrp) { return !source.contains(vrp) || slurm_.filters(vrp); }));
  status_.filtered = source.size() + status_.added - table_->size();
  const std::size_t size = table_->size();
  if (said_) spdlog::info("rpki: routes are validated again, by {} VRPs", size);
  said_ = false;
  without_since_ = now;
  if (size < last_size_ / 2 && last_size_ - size > kFewLost) {
    ++status_.sudden_drops;
    spdlog::warn("rpki: {} of {} VRPs are left, from {}", size, last_size_, status_.source);
  }
  last_size_ = size;
}

}  // namespace tern::vrps
