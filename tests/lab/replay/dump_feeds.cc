// A dump of eight full tables is two million paths. Paths of one peer are collected by the bytes of
// their attributes, which a peer repeats several times over; decoding and encoding happens once
// for each distinct set, when the file is read. Kept meanwhile: 24 octets per path.
#include "tests/lab/replay/dump_feeds.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "bgpd/wire/framer.h"
#include "tests/lab/replay/mrt_file.h"
#include "tests/lab/replay/rib_attributes.h"

namespace tern::replay {
namespace {

using Failure = std::optional<std::string>;

constexpr Asn kLastTwoOctetAsn = 65535;

// Prefixes with the same attribute bytes. The bytes are the key of the map that holds it.
struct Group {
  std::string_view attributes;
  std::vector<Nlri> prefixes;
};

struct DumpPeer {
  mrt::Peer who;
  // Per family, since the bytes of a next hop do not tell which one.
  std::array<std::unordered_map<std::string, std::size_t>, kFamilyCount> known;
  std::array<std::vector<Group>, kFamilyCount> groups;  // in the order of the file
};

wire::Bytes octets(std::string_view text) { return std::as_bytes(std::span(text)); }

// The routes of a table, by peer.
class Table {
 public:
  explicit Table(const DumpChoice& choice) : choice_(choice) {}

  Failure read();
  [[nodiscard]] std::vector<DumpPeer>& peers() { return peers_; }
  [[nodiscard]] bool four_octet_as() const { return four_octet_as_; }
  [[nodiscard]] bool chosen(std::size_t peer) const {
    return !choice_.peer || *choice_.peer == peer;
  }

 private:
  Failure take(const mrt::Record& record);
  std::size_t peer_index(const mrt::Peer& peer);
  void add(std::size_t peer, const Prefix& prefix, wire::Bytes attributes);
  bool skips(const Prefix& prefix);

  const DumpChoice& choice_;
  std::vector<DumpPeer> peers_;
  std::vector<std::size_t> indices_;  // of the present PEER_INDEX_TABLE into peers_
  bool four_octet_as_ = true;
  std::optional<Prefix> last_;
  std::uint64_t prefixes_ = 0;
};

std::size_t Table::peer_index(const mrt::Peer& peer) {
  const auto found = std::find_if(peers_.begin(), peers_.end(),
                                  [&](const DumpPeer& known) { return known.who == peer; });
  if (found != peers_.end()) return static_cast<std::size_t>(found - peers_.begin());
  peers_.emplace_back();
  peers_.back().who = peer;
  return peers_.size() - 1;
}

// TABLE_DUMP has a record per path, so prefixes are counted where they change.
bool Table::skips(const Prefix& prefix) {
  if (last_ != prefix) {
    last_ = prefix;
    ++prefixes_;
  }
  return (prefixes_ - 1) % choice_.every != 0;
}

void Table::add(std::size_t peer, const Prefix& prefix, wire::Bytes attributes) {
  if (!chosen(peer)) return;
  DumpPeer& from = peers_[peer];
  const Nlri nlri = unicast(prefix);
  auto& groups = from.groups[index(nlri.family)];
  const std::string key(reinterpret_cast<const char*>(attributes.data()), attributes.size());
  const auto [at, fresh] = from.known[index(nlri.family)].try_emplace(key, groups.size());
  if (fresh) groups.push_back({at->first, {}});
  auto& prefixes = groups[at->second].prefixes;
  // Add-Path: several paths to a prefix are one announcement here, the last.
  if (prefixes.empty() || prefixes.back().prefix != prefix) prefixes.push_back(nlri);
}

Failure Table::take(const mrt::Record& record) {
  if (const auto* table = std::get_if<mrt::PeerTable>(&record)) {
    indices_.clear();
    for (const mrt::Peer& peer : table->peers) indices_.push_back(peer_index(peer));
  } else if (const auto* rib = std::get_if<mrt::Rib>(&record)) {
    if (skips(rib->prefix)) return std::nullopt;
    for (const mrt::RibEntry& entry : rib->entries) {
      if (entry.peer >= indices_.size()) {
        return choice_.table + ": " + rib->prefix.to_string() +
               " comes from a peer that is not listed";
      }
      add(indices_[entry.peer], rib->prefix, entry.attributes);
    }
  } else if (const auto* dumped = std::get_if<mrt::TableDumpEntry>(&record)) {
    four_octet_as_ = false;
    const std::size_t peer = peer_index(dumped->peer);
    if (!skips(dumped->prefix)) add(peer, dumped->prefix, dumped->attributes);
  }
  return std::nullopt;
}

Failure Table::read() {
  mrt::File file(choice_.table);
  while (auto record = file.next()) {
    if (!record->ok()) return record->error().what;
    if (Failure failure = take(**record)) return failure;
  }
  if (peers_.empty()) return choice_.table + ": holds no routing table";
  if (choice_.peer && *choice_.peer >= peers_.size()) {
    return choice_.table + ": has " + std::to_string(peers_.size()) + " peers, counted from 0";
  }
  return std::nullopt;
}

// Encodes a peer's table and lets go of it.
void write_table(DumpPeer& peer, bool four_octet_as, Feed& feed, FeedWriter& writer) {
  for (const Family family : kFamilies) {
    for (const Group& group : peer.groups[index(family)]) {
      auto attributes = mrt::decode_rib_attributes(octets(group.attributes), four_octet_as,
                                                   group.prefixes.front().prefix);
      if (attributes.ok()) {
        writer.announce(std::move(*attributes), group.prefixes);
      } else {
        feed.dropped += group.prefixes.size();
      }
    }
    peer.groups[index(family)] = {};
    peer.known[index(family)] = {};
  }
  writer.end_table();
}

// One peer's table with the news that follow it.
struct Speaker {
  mrt::Peer who;
  FeedWriter writer;
};

void write_update(const mrt::BgpMessage& message, FeedWriter& writer) {
  const auto framed = wire::next_message(message.message, wire::kMaxExtendedMessage);
  const auto* frame = std::get_if<wire::Frame>(&framed);
  if (frame == nullptr || frame->type != wire::MessageType::Update) return;
  wire::UpdateContext context;
  context.four_octet_as = message.four_octet_as;
  context.reject_as_sets = false;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  context.extended_next_hop = context.families;
  if (message.add_path) context.add_path = context.families;
  wire::UpdateMessage update;
  if (wire::decode_update(frame->body, context, update)) return;
  writer.withdraw(update.withdrawn);
  writer.withdraw(update.mp_unreach.prefixes);
  if (update.treatment >= wire::Treatment::TreatAsWithdraw) {
    writer.withdraw(update.announced);
    writer.withdraw(update.mp_reach.prefixes);
    return;
  }
  writer.announce(update.attributes, update.announced);
  PathAttributes attributes = update.attributes;
  attributes.next_hop = update.mp_reach.next_hop;
  writer.announce(std::move(attributes), update.mp_reach.prefixes);
}

// Peers are known again by address and AS: messages do not carry their identifier.
Failure write_updates(const std::string& path, std::vector<Speaker>& speakers) {
  mrt::File file(path);
  while (auto record = file.next()) {
    if (!record->ok()) return record->error().what;
    const auto* message = std::get_if<mrt::BgpMessage>(&**record);
    if (message == nullptr || message->sent) continue;
    for (Speaker& speaker : speakers) {
      if (speaker.who.address != message->peer.address || speaker.who.asn != message->peer.asn) {
        continue;
      }
      write_update(*message, speaker.writer);
    }
  }
  return std::nullopt;
}

Feed new_feed(const mrt::Peer& peer, const IpAddress& local) {
  Feed feed;
  feed.asn = peer.asn;
  feed.local = local;
  feed.identifier = peer.identifier != 0 ? peer.identifier : identifier_of(local);
  return feed;
}

// Words of one peer of the table: about the others that are chosen.
std::optional<ControlWords> control_words(Table& table, std::size_t speaker, const IpAddress& local,
                                          const DumpChoice& choice) {
  if (choice.control.route_server == 0) return std::nullopt;
  std::vector<Asn> others;
  for (std::size_t i = 0; i < table.peers().size(); ++i) {
    if (i == speaker || !table.chosen(i)) continue;
    const Asn asn = table.peers()[i].who.asn;
    const bool known = std::find(others.begin(), others.end(), asn) != others.end();
    if (!known && asn <= kLastTwoOctetAsn) others.push_back(asn);
  }
  return ControlWords(choice.control, local, std::move(others));
}

}  // namespace

IpAddress address_after(const IpAddress& address, std::uint32_t by) {
  if (address.is_v4()) return IpAddress::v4(address.v4_value() + by);
  std::array<std::byte, 16> bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  std::uint64_t carry = by;
  for (std::size_t i = bytes.size(); i-- > 0 && carry != 0;) {
    carry += std::to_integer<std::uint64_t>(bytes[i]);
    bytes[i] = static_cast<std::byte>(carry);
    carry >>= 8U;
  }
  return IpAddress::from_bytes(bytes);
}

std::uint32_t identifier_of(const IpAddress& address) {
  if (address.is_v4()) return address.v4_value();
  const auto value = static_cast<std::uint32_t>(hash_value(address));
  return value != 0 ? value : 1;
}

Result<std::vector<Feed>, std::string> read_dump(const DumpChoice& choice) {
  Table table(choice);
  if (Failure failure = table.read()) return *failure;
  std::vector<Feed> feeds;
  std::vector<Speaker> speakers;
  feeds.reserve(table.peers().size());  // writers point into it
  for (std::size_t i = 0; i < table.peers().size(); ++i) {
    if (!table.chosen(i)) continue;
    DumpPeer& peer = table.peers()[i];
    const auto number = static_cast<std::uint32_t>(feeds.size());
    feeds.push_back(new_feed(peer.who, address_after(choice.local, number)));
    speakers.push_back({peer.who, FeedWriter(feeds.back(), choice.next_hop_self,
                                             control_words(table, i, feeds.back().local, choice))});
    write_table(peer, table.four_octet_as(), feeds.back(), speakers.back().writer);
  }
  for (const std::string& path : choice.updates) {
    if (Failure failure = write_updates(path, speakers)) return *failure;
  }
  return feeds;
}

}  // namespace tern::replay
