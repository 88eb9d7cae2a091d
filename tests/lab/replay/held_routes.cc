#include "tests/lab/replay/held_routes.h"

#include <algorithm>

#include "bgpd/wire/update.h"
#include "rib/types/hex.h"

namespace tern::replay {
namespace {

void add_word(std::string& list, const std::string& word) {
  if (!list.empty()) list += ',';
  list += word;
}

std::string communities(const PathAttributes& attributes) {
  std::string text;
  for (const Community community : attributes.communities) add_word(text, to_string(community));
  for (const ExtendedCommunity community : attributes.extended_communities) {
    add_word(text, to_string(community));
  }
  for (const Ipv6ExtendedCommunity& community : attributes.ipv6_extended_communities) {
    add_word(text, to_string(community));
  }
  for (const LargeCommunity& community : attributes.large_communities) {
    add_word(text, to_string(community));
  }
  return text;
}

std::string cluster_list(const PathAttributes& attributes) {
  std::string text = "cluster-list";
  for (const std::uint32_t cluster : attributes.cluster_list) {
    text += ':' + IpAddress::v4(cluster).to_string();
  }
  return text;
}

// LOCAL_PREF and what iBGP and confederations write are not for eBGP: here they would be seen.
std::string others(const PathAttributes& attributes) {
  std::string text;
  if (attributes.local_pref) add_word(text, "local-pref:" + std::to_string(*attributes.local_pref));
  if (attributes.atomic_aggregate) add_word(text, "atomic-aggregate");
  if (attributes.aggregator) {
    add_word(text, "aggregator:" + std::to_string(attributes.aggregator->asn) + ":" +
                       attributes.aggregator->address.to_string());
  }
  if (attributes.originator_id) {
    add_word(text, "originator-id:" + attributes.originator_id->to_string());
  }
  if (!attributes.cluster_list.empty()) add_word(text, cluster_list(attributes));
  if (attributes.aigp) add_word(text, "aigp:" + std::to_string(*attributes.aigp));
  if (attributes.only_to_customer) {
    add_word(text, "only-to-customer:" + std::to_string(*attributes.only_to_customer));
  }
  for (const UnknownAttribute& unknown : attributes.unknown) {
    add_word(text, "type:" + std::to_string(unknown.type) + ":" + to_hex(unknown.value));
  }
  return text;
}

std::string line_of(const PathAttributes& attributes) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  return attributes.next_hop.global.to_string() + ' ' + std::string(to_string(attributes.origin)) +
         ' ' + (attributes.med ? std::to_string(*attributes.med) : "-") + ' ' +
         or_dash(communities(attributes)) + ' ' + or_dash(others(attributes)) + ' ' +
         or_dash(attributes.as_path.to_string());
}

}  // namespace

void HeldRoutes::take(const wire::UpdateMessage& update) {
  ++updates_;
  withdraw(update.withdrawn);
  withdraw(update.mp_unreach.prefixes);
  if (update.treatment >= wire::Treatment::TreatAsWithdraw) {
    withdraw(update.announced);
    withdraw(update.mp_reach.prefixes);
  } else {
    announce(update.attributes, update.announced);
    if (!update.mp_reach.prefixes.empty()) {
      PathAttributes attributes = update.attributes;
      attributes.next_hop = update.mp_reach.next_hop;
      announce(attributes, update.mp_reach.prefixes);
    }
  }
  if (update.end_of_rib) end_of_rib_[index(*update.end_of_rib)] = true;
}

void HeldRoutes::clear() {
  for (auto& prefixes : prefixes_) prefixes.clear();
  texts_.clear();
  end_of_rib_.fill(false);
}

void HeldRoutes::announce(const PathAttributes& attributes, const std::vector<Nlri>& prefixes) {
  if (prefixes.empty()) return;
  announced_ += prefixes.size();
  const std::string* text = nullptr;
  if (keep_attributes_) text = &*texts_.insert(line_of(attributes)).first;
  for (const Nlri& nlri : prefixes) {
    prefixes_[index(nlri.family)].insert_or_assign(nlri.prefix, text);
  }
}

void HeldRoutes::withdraw(const std::vector<Nlri>& prefixes) {
  withdrawn_ += prefixes.size();
  for (const Nlri& nlri : prefixes) prefixes_[index(nlri.family)].erase(nlri.prefix);
}

void HeldRoutes::write(std::ostream& out) const {
  for (const auto& held : prefixes_) {
    std::vector<std::pair<Prefix, const std::string*>> sorted(held.begin(), held.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [prefix, text] : sorted) {
      out << prefix.to_string();
      if (text != nullptr) out << ' ' << *text;
      out << '\n';
    }
  }
}

}  // namespace tern::replay
