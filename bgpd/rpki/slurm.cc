#include "bgpd/rpki/slurm.h"

#include <algorithm>
#include <utility>

namespace tern::rpki {
namespace {

policy::PrefixRange inside(const Prefix& prefix) {
  return {prefix, prefix.length(), static_cast<std::uint8_t>(prefix.address().bits())};
}

}  // namespace

Slurm::Slurm(const std::vector<SlurmFile>& files) {
  std::vector<policy::PrefixRange> of_all;
  std::map<Asn, std::vector<policy::PrefixRange>> of_some;
  for (const SlurmFile& file : files) {
    for (const PrefixFilter& filter : file.filters) {
      any_filter_ = true;
      if (!filter.prefix) {
        asns_.push_back(*filter.asn);
      } else if (!filter.asn) {
        of_all.push_back(inside(*filter.prefix));
      } else {
        of_some[*filter.asn].push_back(inside(*filter.prefix));
      }
    }
    assertions_.insert(assertions_.end(), file.assertions.begin(), file.assertions.end());
  }
  prefixes_ = policy::PrefixSet(of_all);
  for (const auto& [asn, ranges] : of_some) of_as_.emplace(asn, policy::PrefixSet(ranges));
  std::sort(asns_.begin(), asns_.end());
  std::sort(assertions_.begin(), assertions_.end());
}

bool Slurm::filters(const policy::Vrp& vrp) const {
  if (!any_filter_) return false;
  if (prefixes_.contains(vrp.prefix)) return true;
  if (std::binary_search(asns_.begin(), asns_.end(), vrp.asn)) return true;
  const auto found = of_as_.find(vrp.asn);
  return found != of_as_.end() && found->second.contains(vrp.prefix);
}

policy::VrpTable::Ptr Slurm::apply(const policy::VrpTable& from) const {
  std::vector<policy::Vrp> vrps;
  vrps.reserve(from.size() + assertions_.size());
  from.for_each([&](const policy::Vrp& vrp) {
    if (!filters(vrp)) vrps.push_back(vrp);
    return true;
  });
  vrps.insert(vrps.end(), assertions_.begin(), assertions_.end());
  return policy::VrpTable::build(std::move(vrps));
}

policy::VrpDelta Slurm::apply(policy::VrpDelta delta) const {
  const auto out = [this](const policy::Vrp& vrp) {
    return filters(vrp) || std::binary_search(assertions_.begin(), assertions_.end(), vrp);
  };
  std::erase_if(delta.announced, out);
  std::erase_if(delta.withdrawn, out);
  return delta;
}

bool SlurmTable::set_slurm(Slurm slurm) {
  slurm_ = std::move(slurm);
  if (!source_) return false;
  if (slurm_.empty()) return set_table(source_);
  return set_table(slurm_.apply(*source_));
}

bool SlurmTable::set_source(policy::VrpTable::Ptr source) {
  const policy::VrpTable::Ptr before = std::exchange(source_, std::move(source));
  if (!source_) return set_table(nullptr);
  if (slurm_.empty()) return set_table(source_);
  if (!before) return set_table(slurm_.apply(*source_));
  const policy::VrpDelta delta = policy::VrpTable::delta(*before, *source_);
  if (delta.empty()) return false;
  return set_table(table_->changed(slurm_.apply(delta)));
}

bool SlurmTable::set_table(policy::VrpTable::Ptr table) {
  if (table == table_) return false;
  table_ = std::move(table);
  return true;
}

}  // namespace tern::rpki
