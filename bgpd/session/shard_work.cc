#include "bgpd/session/shard_work.h"

#include <utility>

namespace tern::session {
namespace {

constexpr std::size_t kWalkSlice = 4096;  // destinations walked for new clients in one turn

// While no client takes what was said already, changes wait in the RIB, where a later one replaces
// an earlier one.
ShardOutcome tell(Shard& shard, std::size_t slice) {
  ShardOutcome outcome;
  if (!shard.rib.has_changes()) {
    shard.oldest_read = shard.newest_read = 0;
    outcome.said_all = true;
    return outcome;
  }
  outcome.held_back = shard.fanout.congested();
  if (outcome.held_back) return outcome;
  outcome.told = true;
  outcome.left = shard.fanout.distribute(slice, shard.oldest_read);
  outcome.said_all = !outcome.left;
  // What is left is as young as the last that came, or somewhat older.
  shard.oldest_read = outcome.left ? shard.newest_read : 0;
  return outcome;
}

ShardOutcome walk(Shard& shard) {
  ShardOutcome outcome;
  outcome.said_all = !shard.fanout.walking();
  if (outcome.said_all) return outcome;
  outcome.walk_held_back = shard.fanout.walk_congested();
  if (outcome.walk_held_back) return outcome;
  shard.fanout.walk(kWalkSlice);
  outcome.told = true;
  outcome.walking = shard.fanout.walking();
  outcome.said_all = !outcome.walking;
  return outcome;
}

}  // namespace

ShardOutcome& ShardOutcome::operator|=(const ShardOutcome& other) {
  told |= other.told;
  left |= other.left;
  held_back |= other.held_back;
  walk_held_back |= other.walk_held_back;
  walking |= other.walking;
  said_all |= other.said_all;
  if (stored_read == 0) stored_read = other.stored_read;
  return *this;
}

ShardOutcome perform(ShardTask& task, Shard& shard, std::size_t slice) {
  switch (task.kind) {
    case ShardTask::Kind::Store:
      pipeline::Import::store_part(shard.rib, task.peer, task.routes, task.now);
      shard.note_read(task.read_time);
      return {.stored_read = task.read_time};
    case ShardTask::Kind::Tell:
      return tell(shard, slice);
    case ShardTask::Kind::Walk:
      return walk(shard);
  }
  return {};
}

}  // namespace tern::session
