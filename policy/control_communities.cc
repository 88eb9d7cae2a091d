#include "policy/control_communities.h"

#include <algorithm>
#include <cstddef>

namespace tern::policy {
namespace {

constexpr std::uint16_t kPrependOnce = 65501;  // two-field forms; 65502 is twice, 65503 three times

// Functions of the large form.
constexpr std::uint32_t kNotTo = 0;
constexpr std::uint32_t kTo = 1;
constexpr std::uint32_t kPrependOnceTo = 101;

constexpr std::uint32_t kMostControlPrepends = 3;

// RFC 4360 section 3.1, transitive, and section 4: the first two octets of "rt:AS:number".
constexpr std::uint64_t kTwoOctetAsRouteTarget = 0x0002;

// 1..3 if `number` is one of the three numbers from `once` on, else 0.
constexpr std::uint8_t times(std::uint32_t number, std::uint32_t once) {
  const bool is_one = number >= once && number - once < kMostControlPrepends;
  return is_one ? static_cast<std::uint8_t>(number - once + 1) : 0;
}

}  // namespace

bool ControlSource::ambiguous() const {
  return (standard || extended) && times(asn, kPrependOnce) != 0;
}

bool is_control_function(std::uint32_t function) {
  return function == kNotTo || function == kTo || times(function, kPrependOnceTo) != 0;
}

std::optional<ControlCommunities::Word> ControlCommunities::read_pair(std::uint16_t high,
                                                                      std::uint32_t low) const {
  Word word;
  if (high == source_.asn &&
      source_.asn != kAsZero) {  // before the prepends: RS may be one of them
    word.announce = low != kAsZero;
  } else if (high == 0) {
    word.announce = false;
  } else {
    word.prepend = times(high, kPrependOnce);
    if (word.prepend == 0) return std::nullopt;
  }
  word.for_all = low == source_.asn || (high == source_.asn && low == kAsZero);
  word.peer = low;
  return word;
}

std::optional<ControlCommunities::Word> ControlCommunities::read(Community community) const {
  if (!source_.standard) return std::nullopt;
  return read_pair(community.high(), community.low());
}

std::optional<ControlCommunities::Word> ControlCommunities::read(
    ExtendedCommunity community) const {
  if (!source_.extended || community.value >> 48U != kTwoOctetAsRouteTarget) return std::nullopt;
  return read_pair(static_cast<std::uint16_t>(community.value >> 32U),
                   static_cast<std::uint32_t>(community.value));
}

std::optional<ControlCommunities::Word> ControlCommunities::read(
    const LargeCommunity& community) const {
  if (!source_.large || community.global != source_.asn) return std::nullopt;
  Word word;
  word.announce = community.local1 != kNotTo;
  if (!is_control_function(community.local1)) return std::nullopt;
  word.prepend = times(community.local1, kPrependOnceTo);
  word.for_all = community.local2 == 0 || community.local2 == source_.asn;
  word.peer = community.local2;
  return word;
}

// Words for all peers go into the plan's own fields. Words for one peer are added to its list, once
// for each word.
template <typename Value>
void ControlCommunities::collect(const std::vector<Value>& communities, Plan& out) const {
  for (const Value& community : communities) {
    const std::optional<Word> word = read(community);
    if (!word) continue;
    if (!word->for_all) {
      if (word->peer != kAsZero) out.peers.push_back({word->peer, word->announce, word->prepend});
    } else if (word->prepend != 0) {
      out.prepend = std::max(out.prepend, word->prepend);
    } else if (!word->announce) {
      out.announce = false;
    }
  }
}

void ControlCommunities::plan(const PathAttributes& attributes, Plan& out) const {
  out.announce = true;
  out.prepend = 0;
  out.peers.clear();
  collect(attributes.communities, out);
  collect(attributes.extended_communities, out);
  collect(attributes.large_communities, out);

  // Merges all words about one peer into one decision, in place.
  std::sort(out.peers.begin(), out.peers.end(),
            [](const Plan::Peer& a, const Plan::Peer& b) { return a.asn < b.asn; });
  const Decision others{out.announce, out.announce ? out.prepend : std::uint8_t{0}};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.peers.size();) {
    const Asn asn = out.peers[i].asn;
    bool denied = false;
    bool asked_for = false;
    std::uint8_t prepend = 0;
    for (; i < out.peers.size() && out.peers[i].asn == asn; ++i) {
      const Plan::Peer& word = out.peers[i];
      prepend = std::max(prepend, word.prepend);
      if (word.prepend == 0) (word.announce ? asked_for : denied) = true;
    }
    Decision decision;
    decision.announce = !denied && (asked_for || out.announce);
    if (decision.announce) decision.prepend = prepend != 0 ? prepend : out.prepend;
    if (decision != others) out.peers[kept++] = {asn, decision.announce, decision.prepend};
  }
  out.peers.resize(kept);
  out.prepend = others.prepend;
}

ControlCommunities::Decision ControlCommunities::Plan::decide(Asn peer) const {
  const auto place =
      std::lower_bound(peers.begin(), peers.end(), peer,
                       [](const Peer& named, Asn wanted) { return named.asn < wanted; });
  if (place == peers.end() || place->asn != peer) return {announce, prepend};
  return {place->announce, place->prepend};
}

template <typename Value>
void ControlCommunities::scrub(std::vector<Value>& communities) const {
  std::erase_if(communities,
                [this](const Value& community) { return read(community).has_value(); });
}

void ControlCommunities::scrub(PathAttributes& attributes) const {
  scrub(attributes.communities);
  scrub(attributes.extended_communities);
  scrub(attributes.large_communities);
}

}  // namespace tern::policy
