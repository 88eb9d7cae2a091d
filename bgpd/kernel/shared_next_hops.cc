#include "bgpd/kernel/shared_next_hops.h"

#include <cstddef>

namespace tern::kernel {
namespace {

constexpr std::size_t kPage = 1024;  // next hops: some 100 microseconds

}  // namespace

pipeline::NextHops::Addresses SharedNextHops::all(const std::set<unsigned>& interfaces) {
  pipeline::NextHops::Addresses first;
  pipeline::NextHops::Addresses rest;
  std::optional<IpAddress> after;
  while (true) {
    const auto page = with([&](const pipeline::NextHops& of) { return of.list(after, kPage); });
    for (const pipeline::NextHops::Shown& one : page) {
      (interfaces.contains(one.seen.interface) ? first : rest).push_back(one.address);
    }
    if (page.size() < kPage) break;
    after = page.back().address;
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace tern::kernel
