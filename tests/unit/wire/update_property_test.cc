// Whatever is encoded is decoded as the same, for random routes in every encoding.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

using rc::gen::arbitrary;
using rc::gen::inRange;

std::size_t up_to(std::size_t n) { return *inRange<std::size_t>(0, n + 1); }
bool coin() { return *arbitrary<bool>(); }

Asn any_asn() { return coin() ? *inRange<Asn>(1, 65536) : *inRange<Asn>(65536, 4294967295U); }

AsPath any_path() {
  std::vector<AsSegment> segments(up_to(3));
  for (AsSegment& segment : segments) {
    segment.type = coin() ? AsSegment::Type::Sequence : AsSegment::Type::Set;
    segment.asns.resize(1 + up_to(coin() ? 4 : 254));
    for (Asn& asn : segment.asns) asn = any_asn();
  }
  return AsPath(segments);
}

IpAddress any_address(std::size_t octets) {
  Buffer bytes(octets);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(*inRange(0, 256));
  return IpAddress::from_bytes(bytes);
}

IpAddress any_link_local() {
  Buffer bytes = hex("fe80000000000000");
  Writer(bytes).u64(*arbitrary<std::uint64_t>());
  return IpAddress::from_bytes(bytes);
}

std::vector<UnknownAttribute> any_unknown() {
  std::vector<UnknownAttribute> list;
  for (std::uint8_t type : {std::uint8_t{11}, std::uint8_t{30}, std::uint8_t{255}}) {
    if (coin()) list.push_back({0xE0, type, Buffer(up_to(300), std::byte{7})});
  }
  return list;
}

PathAttributes any_attributes() {
  PathAttributes set;
  set.origin = static_cast<Origin>(*inRange(0, 3));
  set.as_path = any_path();
  if (coin()) set.med = *arbitrary<std::uint32_t>();
  set.local_pref = *arbitrary<std::uint32_t>();  // of iBGP
  set.atomic_aggregate = coin();
  if (coin()) set.aggregator = Aggregator{any_asn(), any_address(4)};
  for (auto n = up_to(5); n > 0; --n) set.communities.push_back({*arbitrary<std::uint32_t>()});
  for (auto n = up_to(3); n > 0; --n) {
    set.extended_communities.push_back({*arbitrary<std::uint64_t>()});
  }
  for (auto n = up_to(2); n > 0; --n) {
    Ipv6ExtendedCommunity community;
    for (std::byte& byte : community.bytes) byte = static_cast<std::byte>(*inRange(0, 256));
    set.ipv6_extended_communities.push_back(community);
  }
  for (auto n = up_to(30); n > 0; --n) {
    set.large_communities.push_back(
        {*arbitrary<std::uint32_t>(), *arbitrary<std::uint32_t>(), *arbitrary<std::uint32_t>()});
  }
  if (coin()) set.originator_id = any_address(4);
  for (auto n = up_to(3); n > 0; --n) set.cluster_list.push_back(*arbitrary<std::uint32_t>());
  if (coin()) set.aigp = *inRange<std::uint64_t>(0, ~std::uint64_t{0});
  if (coin()) set.only_to_customer = *arbitrary<std::uint32_t>();
  set.unknown = any_unknown();
  set.normalise();
  return set;
}

struct Session {
  Family family;
  Encoding encoding;
  UpdateContext context;
};

Session any_session() {
  Session session;
  session.family = kFamilies[*inRange<std::size_t>(0, kFamilyCount)];
  session.encoding = {coin(), coin(), coin() ? kMaxMessage : kMaxExtendedMessage};
  session.context.four_octet_as = session.encoding.four_octet_as;
  session.context.ibgp = true;
  session.context.aigp = true;
  session.context.reject_as_sets = false;
  for (const Family family : kFamilies) session.context.families.insert(family);
  session.context.extended_next_hop = {Family::Ipv4Unicast, Family::Ipv4Multicast};
  if (session.encoding.add_path) session.context.add_path.insert(session.family);
  return session;
}

NextHop any_next_hop(Family family) {
  if (row(family).version == IpVersion::V4 && coin()) return {any_address(4), std::nullopt};
  NextHop next_hop{any_address(16), std::nullopt};
  if (coin()) next_hop.global = any_link_local();
  const bool global = !next_hop.global.is_link_local() && !next_hop.global.is_unspecified();
  if (global && coin()) next_hop.link_local = any_link_local();
  return next_hop;
}

std::vector<Nlri> any_prefixes(const Session& session) {
  const bool v4 = row(session.family).version == IpVersion::V4;
  std::vector<Nlri> list(1 + up_to(coin() ? 5 : 1500));
  for (Nlri& nlri : list) {
    const auto length = static_cast<std::uint8_t>(up_to(v4 ? 32 : 128));
    nlri.family = session.family;
    nlri.prefix = Prefix(any_address(v4 ? 4 : 16), length);
    if (session.encoding.add_path) nlri.path_id = *arbitrary<std::uint32_t>();
  }
  return list;
}

// Reads every message of the stream; calls `take` with each decoded one.
template <typename Take>
std::size_t for_each_update(const Buffer& stream, const Session& session, Take take) {
  std::size_t messages = 0;
  UpdateMessage update;
  for (Bytes rest(stream); !rest.empty(); ++messages) {
    const auto next = next_message(rest, session.encoding.max_message);
    RC_ASSERT(std::holds_alternative<Frame>(next));
    const Frame& frame = std::get<Frame>(next);
    RC_ASSERT(!decode_update(frame.body, session.context, update));
    RC_ASSERT(update.faults.empty());
    take(update);
    rest = rest.subspan(frame.message.size());
  }
  return messages;
}

RC_GTEST_PROP(UpdateProperty, AnnouncementsComeBack, ()) {
  const Session session = any_session();
  PathAttributes set = any_attributes();
  set.next_hop = any_next_hop(session.family);
  const std::vector<Nlri> sent = any_prefixes(session);

  Buffer stream;
  const std::size_t count = encode_announcements(set, sent, session.encoding, stream);
  RC_PRE(count > 0);
  std::vector<Nlri> received;
  const std::size_t messages = for_each_update(stream, session, [&](UpdateMessage& update) {
    const auto& part = update.has_mp_reach ? update.mp_reach.prefixes : update.announced;
    received.insert(received.end(), part.begin(), part.end());
    if (update.has_mp_reach) update.attributes.next_hop = update.mp_reach.next_hop;
    RC_ASSERT(update.attributes == set);
  });
  RC_ASSERT(messages == count);
  RC_ASSERT(received == sent);
}

RC_GTEST_PROP(UpdateProperty, WithdrawalsComeBack, ()) {
  const Session session = any_session();
  const std::vector<Nlri> sent = any_prefixes(session);
  Buffer stream;
  const std::size_t count = encode_withdrawals(sent, session.encoding, stream);
  std::vector<Nlri> received;
  const std::size_t messages = for_each_update(stream, session, [&](const UpdateMessage& update) {
    const auto& part = update.has_mp_unreach ? update.mp_unreach.prefixes : update.withdrawn;
    received.insert(received.end(), part.begin(), part.end());
  });
  RC_ASSERT(messages == count);
  RC_ASSERT(received == sent);
}

// Any octets in place of a message's: an answer, and no more prefixes than octets.
RC_GTEST_PROP(UpdateProperty, AChangedOctetIsOrdinary, ()) {
  const Session session = any_session();
  PathAttributes set = any_attributes();
  set.next_hop = any_next_hop(session.family);
  const std::vector<Nlri> sent = {
      {Prefix(any_address(row(session.family).version == IpVersion::V4 ? 4 : 16), 8),
       session.family}};
  Buffer stream;
  RC_PRE(encode_announcements(set, sent, session.encoding, stream) == 1);
  Buffer body = body_of(stream);
  body[*inRange<std::size_t>(0, body.size())] = static_cast<std::byte>(*inRange(0, 256));
  UpdateMessage update;
  const auto reset = decode_update(body, session.context, update);
  RC_ASSERT(reset.has_value() == (update.treatment == Treatment::SessionReset));
  RC_ASSERT(update.announced.size() + update.mp_reach.prefixes.size() <= body.size());
}

}  // namespace
}  // namespace tern::wire
