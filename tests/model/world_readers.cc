// Readers of the shards while these work, and subscribers to changes.
#include <array>
#include <utility>

#include "rib/table_reader.h"
#include "tests/model/world.h"

namespace tern::model {

Sharing sharing_of(std::uint32_t a) {
  constexpr std::array kDraws{Sharing::Come, Sharing::Come,      Sharing::Look,
                              Sharing::Look, Sharing::LookAgain, Sharing::LookAgain,
                              Sharing::Go,   Sharing::GoAll};
  return kDraws[a % kDraws.size()];
}

const char* to_string(Sharing what) {
  constexpr std::array kWords{"a reader comes", "readers look", "readers look again and end",
                              "a reader goes", "all readers go"};
  return kWords[static_cast<std::size_t>(what)];
}

// Up to two readers a shard. They read in one section, which another operation ends.
std::optional<std::string> World::share(const Operation& operation) {
  const std::size_t shard = shard_of(operation);
  const Sharing what = sharing_of(operation.a);
  if (what == Sharing::Come && readers_[shard] < 2) {
    shards_[shard].share();
    ++readers_[shard];
  }
  if (what == Sharing::Come || what == Sharing::Look) return look(shard);
  if (auto wrong = look_again()) return wrong;
  if (what == Sharing::Go && readers_[shard] > 0) unshare(shard);
  if (what != Sharing::GoAll) return look(shard);
  for (std::size_t each = 0; each < shards_.size(); ++each) {
    while (readers_[each] > 0) unshare(each);
  }
  return std::nullopt;
}

void World::unshare(std::size_t shard) {
  shards_[shard].unshare();
  --readers_[shard];
}

// Readers must find what the shard has.
std::optional<std::string> World::look(std::size_t shard) {
  if (readers_[shard] == 0) return std::nullopt;
  const rib::Rib& rib = shards_[shard];
  const rib::TableReader reader(rib);
  sections_.try_emplace(shard, reader);
  if (reader.end() != rib.end()) return "readers find another end";
  for (rib::DestId id = 0; id < rib.end(); ++id) {
    const rib::Destination found = reader.destination(id);
    const rib::Destination owned = rib.destination(id);
    rib::Shown then = rib::shown(reader, shards_.attributes(), found);
    if (then != rib::shown(rib, id)) return "readers find another " + owned.prefix.to_string();
    if (found.in_use == (owned.paths.empty() && owned.advertised.empty())) {
      return "readers find it in use wrongly: " + owned.prefix.to_string();
    }
    if (!found.in_use) continue;
    ++seen_.looks;
    looks_.push_back({shard, id, found, std::move(then)});
  }
  return std::nullopt;
}

// Up to three subscribers. One comes with an interest, one reads a few changes, or one goes.
void World::subscribe(const Operation& operation) {
  constexpr std::size_t kMost = 3;
  const std::uint32_t a = operation.a;
  if (a % 4 == 0 && mirrors_.size() < kMost) {
    rib::Journal::Interest interest;
    interest.what = static_cast<rib::Journal::What>(a / 4 % rib::Journal::kWhatCount);
    const bool any = interest.what == rib::Journal::What::Received && a / 16 % 2 == 0;
    if (interest.what != rib::Journal::What::Best && !any) interest.peer = operation.slot;
    if (a / 32 % 4 == 0) interest.prefix = prefixes()[a / 128 % prefixes().size()];
    interest.longer = a / 4096 % 2 == 0;
    if (a / 16384 % 4 == 0) interest.family = kFamilies[a / 65536 % kFamilyCount];
    rib::Rib& rib = shards_[shard_of(operation)];
    mirrors_.push_back(std::make_unique<Mirror>(rib, interest, a / 8192 % 2 == 0));
  } else if (a % 4 == 1 && !mirrors_.empty()) {
    mirrors_.erase(mirrors_.begin() + static_cast<std::ptrdiff_t>(a / 4 % mirrors_.size()));
  } else if (!mirrors_.empty()) {
    mirrors_[a / 4 % mirrors_.size()]->read(1 + a / 16 % 5);
  }
}

std::optional<std::string> World::compare_mirrors() {
  for (const auto& mirror : mirrors_) {
    if (auto wrong = mirror->wrong()) return wrong;
    ++seen_.mirrors;
  }
  return std::nullopt;
}

// Destinations found in the section must be unchanged. The section ends.
std::optional<std::string> World::look_again() {
  for (const Look& look : looks_) {
    const rib::Rib& rib = shards_[look.shard];
    const rib::TableReader reader(rib);
    if (rib::shown(reader, shards_.attributes(), look.found) != look.then) {
      return "it changed under readers: " + look.found.prefix.to_string();
    }
    if (look.then != rib::shown(rib, look.id)) ++seen_.outlived;
  }
  looks_.clear();
  sections_.clear();
  return std::nullopt;
}

}  // namespace tern::model
