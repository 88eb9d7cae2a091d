#include "tests/lab/replay/feed.h"

#include <algorithm>

#include "bgpd/wire/framer.h"

namespace tern::replay {
namespace {

constexpr wire::Encoding kEncoding{true, false, wire::kMaxMessage};
constexpr std::size_t kLengthAt = 16;  // of the length in a message's header

}  // namespace

FamilySet Feed::families() const {
  FamilySet families;
  for (const Family family : kFamilies) {
    if (!messages[index(family)].empty()) families.insert(family);
  }
  return families;
}

void FeedWriter::announce(PathAttributes attributes, std::span<const Nlri> prefixes) {
  if (prefixes.empty()) return;
  const Family family = prefixes.front().family;
  if (next_hop_self_ && feed_.local.version() == row(family).version) {
    attributes.next_hop = {feed_.local, std::nullopt};
  }
  if (!words_) {
    write(attributes, prefixes);
    return;
  }
  for (const auto& [words, of_these] : words_->group(prefixes)) {
    if (!words) {
      write(attributes, of_these);
      continue;
    }
    PathAttributes steered = attributes;
    words_->add(*words, steered);
    feed_.controlled += write(steered, of_these);
  }
}

std::size_t FeedWriter::write(const PathAttributes& attributes, std::span<const Nlri> prefixes) {
  const Family family = prefixes.front().family;
  auto& messages = feed_.messages[index(family)];
  if (wire::encode_announcements(attributes, prefixes, kEncoding, messages) == 0) {
    feed_.dropped += prefixes.size();
    return 0;
  }
  feed_.announced[index(family)] += prefixes.size();
  if (attributes.as_path.has_set()) feed_.as_sets += prefixes.size();
  return prefixes.size();
}

void FeedWriter::withdraw(std::span<const Nlri> prefixes) {
  if (prefixes.empty()) return;
  const Family family = prefixes.front().family;
  wire::encode_withdrawals(prefixes, kEncoding, feed_.messages[index(family)]);
}

// A speaker without a route still says so, for IPv4.
void FeedWriter::end_table() {
  for (const Family family : kFamilies) {
    auto& messages = feed_.messages[index(family)];
    if (messages.empty() && family != kClassicFamily) continue;
    wire::encode_end_of_rib(family, messages);
  }
  if (words_) words_->draw_anew();
}

std::span<const std::byte> whole_messages(std::span<const std::byte> messages, std::size_t octets) {
  std::size_t end = 0;
  while (end + wire::kHeaderSize <= messages.size()) {
    const std::size_t length = wire::Cursor(messages.subspan(end + kLengthAt)).u16();
    if (end != 0 && end + length > octets) break;
    end += length;
  }
  return messages.first(std::min(end, messages.size()));
}

}  // namespace tern::replay
