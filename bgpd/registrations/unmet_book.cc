#include "bgpd/registrations/unmet_book.h"

#include <utility>

namespace tern::registrations {
namespace {

std::size_t octets_of(const UnmetBook::Reasons& reasons) {
  std::size_t octets = 0;
  for (const std::string& text : reasons.texts) octets += text.size();
  return octets;
}

}  // namespace

std::optional<UnmetBook::Reasons> UnmetBook::find(const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(prefix);
  if (found == all_.end()) return std::nullopt;
  return found->second;
}

bool UnmetBook::contains(const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  return all_.contains(prefix);
}

std::size_t UnmetBook::size() const {
  const std::lock_guard lock(mutex_);
  return all_.size();
}

std::vector<Prefix> UnmetBook::inside(const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<Prefix> prefixes;
  for (auto one = all_.lower_bound(prefix); one != all_.end() && prefix.covers(one->first); ++one) {
    prefixes.push_back(one->first);
  }
  return prefixes;
}

bool UnmetBook::put(const Prefix& prefix, Reasons reasons) {
  const std::lock_guard lock(mutex_);
  const bool is_new = !take_out(prefix);
  if (reasons.texts.size() > kMostTexts) {
    reasons.more += reasons.texts.size() - kMostTexts;
    reasons.texts.resize(kMostTexts);
  }
  if (octets_ + octets_of(reasons) > kMostOctets) {
    reasons.more += reasons.texts.size();
    reasons.texts.clear();
  }
  octets_ += octets_of(reasons);
  all_[prefix] = std::move(reasons);
  return is_new;
}

bool UnmetBook::remove(const Prefix& prefix) {
  const std::lock_guard lock(mutex_);
  return take_out(prefix);
}

void UnmetBook::clear() {
  const std::lock_guard lock(mutex_);
  all_.clear();
  octets_ = 0;
}

// With the lock.
bool UnmetBook::take_out(const Prefix& prefix) {
  const auto found = all_.find(prefix);
  if (found == all_.end()) return false;
  octets_ -= octets_of(found->second);
  all_.erase(found);
  return true;
}

}  // namespace tern::registrations
