// The body of an UPDATE in every variant of what a session can have negotiated: two- or four-octet
// AS numbers, Add-Path, eBGP or iBGP, extended next hop, AS_SETs taken or not. What was decoded and
// is to be used is encoded and decoded again: the same routes with the same attributes.
#include <cstdint>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "fuzz/check.h"

namespace {

using namespace tern;
using namespace tern::wire;
using tern::fuzz::check;

constexpr unsigned kVariants = 32;

UpdateContext variant(unsigned bits) {
  UpdateContext context;
  context.four_octet_as = (bits & 1U) != 0;
  context.ibgp = (bits & 2U) != 0;
  context.aigp = context.ibgp;
  context.reject_as_sets = (bits & 16U) != 0;
  for (const Family family : kFamilies) context.families.insert(family);
  if ((bits & 4U) != 0) context.add_path = context.families;
  if ((bits & 8U) != 0) context.extended_next_hop = context.families;
  return context;
}

// AS4_PATH has no confederation segments (RFC 6793 section 3), so where they stand among AS numbers
// of four octets the merge cannot restore the path.
bool path_survives(const AsPath& path, const UpdateContext& context) {
  return context.four_octet_as || !path.has_confederation_segment();
}

// The prefixes of all messages in `stream`, each of which must be without fault.
template <typename Take>
void decode_all(Bytes stream, const UpdateContext& context, Take take) {
  UpdateMessage update;
  while (!stream.empty()) {
    const auto next = next_message(stream, kMaxExtendedMessage);
    check(std::holds_alternative<Frame>(next));
    const Frame& frame = std::get<Frame>(next);
    check(!decode_update(frame.body, context, update));
    check(update.faults.empty());
    take(update);
    stream = stream.subspan(frame.message.size());
  }
}

void announcements_again(const PathAttributes& attributes, const std::vector<Nlri>& prefixes,
                         const UpdateContext& context) {
  if (prefixes.empty() || !path_survives(attributes.as_path, context)) return;
  const bool add_path = context.add_path.contains(prefixes.front().family);
  std::vector<std::byte> stream;
  const Encoding encoding{context.four_octet_as, add_path, kMaxExtendedMessage};
  // Zero messages: in Tern's form the attributes may be longer than in the peer's.
  if (encode_announcements(attributes, prefixes, encoding, stream) == 0) return;

  std::vector<Nlri> again;
  decode_all(stream, context, [&](UpdateMessage& update) {
    const auto& part = update.has_mp_reach ? update.mp_reach.prefixes : update.announced;
    again.insert(again.end(), part.begin(), part.end());
    if (update.has_mp_reach) update.attributes.next_hop = update.mp_reach.next_hop;
    check(update.attributes == attributes);
  });
  check(again == prefixes);
}

void withdrawals_again(const std::vector<Nlri>& prefixes, const UpdateContext& context) {
  if (prefixes.empty()) return;
  const bool add_path = context.add_path.contains(prefixes.front().family);
  std::vector<std::byte> stream;
  const Encoding encoding{context.four_octet_as, add_path, kMaxMessage};
  check(encode_withdrawals(prefixes, encoding, stream) > 0);
  std::vector<Nlri> again;
  decode_all(stream, context, [&](const UpdateMessage& update) {
    const auto& part = update.has_mp_unreach ? update.mp_unreach.prefixes : update.withdrawn;
    again.insert(again.end(), part.begin(), part.end());
  });
  check(again == prefixes);
}

void one_variant(Bytes body, const UpdateContext& context, UpdateMessage& update) {
  const auto reset = decode_update(body, context, update);
  check(reset.has_value() == (update.treatment == Treatment::SessionReset));
  check(update.faults.empty() == (update.treatment == Treatment::None));
  if (reset) {
    check(reset->code == ErrorCode::UpdateMessage);
    return;
  }
  withdrawals_again(update.withdrawn, context);
  if (update.has_mp_unreach) withdrawals_again(update.mp_unreach.prefixes, context);
  if (update.treatment == Treatment::TreatAsWithdraw) return;

  announcements_again(update.attributes, update.announced, context);
  if (update.has_mp_reach) {
    PathAttributes attributes = update.attributes;
    attributes.next_hop = update.mp_reach.next_hop;
    announcements_again(attributes, update.mp_reach.prefixes, context);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxExtendedMessage - kHeaderSize) return 0;
  const Bytes body = std::as_bytes(std::span(data, size));
  UpdateMessage update;  // reused, as a session does
  for (unsigned bits = 0; bits < kVariants; ++bits) one_variant(body, variant(bits), update);
  return 0;
}
