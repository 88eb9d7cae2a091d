#include "bgpd/pipeline/host_addresses.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tern::pipeline {

HostAddresses::HostAddresses(std::vector<IpAddress> addresses) : sorted_(std::move(addresses)) {
  std::erase_if(sorted_, [](const IpAddress& one) { return one.is_v6() && one.is_link_local(); });
  std::sort(sorted_.begin(), sorted_.end());
  sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
}

bool HostAddresses::contains(const IpAddress& address) const {
  return std::binary_search(sorted_.begin(), sorted_.end(), address);
}

HostAddresses HostAddresses::difference(const HostAddresses& a, const HostAddresses& b) {
  HostAddresses made;
  std::set_symmetric_difference(a.sorted_.begin(), a.sorted_.end(), b.sorted_.begin(),
                                b.sorted_.end(), std::back_inserter(made.sorted_));
  return made;
}

HostAddresses HostAddresses::both(const HostAddresses& a, const HostAddresses& b) {
  HostAddresses made;
  std::set_union(a.sorted_.begin(), a.sorted_.end(), b.sorted_.begin(), b.sorted_.end(),
                 std::back_inserter(made.sorted_));
  return made;
}

}  // namespace tern::pipeline
