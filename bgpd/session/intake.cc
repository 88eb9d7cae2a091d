#include "bgpd/session/intake.h"

#include <algorithm>
#include <boost/asio.hpp>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker_times.h"

namespace tern::session {

Intake::Intake(Loop& loop, engine::Engine& engine, SpeakerTimes& times, std::size_t readers)
    : engine_(engine), times_(times) {
  BulkReader::Sink& sink = *this;
  while (readers_.size() < readers) {
    readers_.push_back(std::make_unique<BulkReader>(loop.context(), engine.shards(), sink));
  }
}

// ---- For a neighbor

bool Intake::read_in_bulk(PeerSlot slot, std::unique_ptr<BulkRead>& read) {
  if (readers_.empty() || !readers_[slot % readers_.size()]->take(read)) return false;
  engine_.set_flooded(true);
  return true;
}

void Intake::store(PeerSlot slot, pipeline::JudgedRoutes& routes, bool flood) {
  const std::uint64_t read_time = routes.read_time;
  const engine::Load load = flood ? engine::Load::Heavy : engine::Load::Light;
  const bool done = engine_.store(slot, routes, unix_seconds(), load);
  if (done && read_time != 0) times_.burst_handling.add(seconds_since(read_time));
}

void Intake::stored(std::uint64_t read_time) {
  if (read_time != 0) times_.burst_handling.add(seconds_since(read_time));
  engine_.note_read(read_time);
}

bool Intake::holds_up(Connection& connection) {
  if (!engine_.full()) return false;
  held_up_.push_back(connection.shared_from_this());
  return true;
}

// ---- For the speaker

void Intake::count_stored() {
  const std::uint64_t read_time = engine_.take_stored_read();
  if (read_time != 0) times_.burst_handling.add(seconds_since(read_time));
}

void Intake::go_on() {
  for (const auto& reader : readers_) reader->go_on();
  std::vector<std::shared_ptr<Connection>> held_up;
  held_up.swap(held_up_);
  for (const auto& connection : held_up) connection->go_on();
}

// In a flood the readers are awake, and prepare memory by themselves.
void Intake::see_to_memory() {
  if (!readers_.empty() && engine_.shards().asks_for_memory()) readers_.front()->prepare_memory();
}

bool Intake::flooded() const {
  return std::ranges::any_of(readers_, [](const auto& reader) { return reader->busy(); });
}

std::uint64_t Intake::bulk_reads() const {
  std::uint64_t bulk_reads = 0;
  for (const auto& reader : readers_) bulk_reads += reader->bulk_reads();
  return bulk_reads;
}

// Advertises when all busy readers have ended a round.
void Intake::round_ended(const BulkReader& reader) {
  engine_.set_flooded(flooded());
  const auto waits_for = [this](const BulkReader* other) {
    return std::ranges::find(rounds_ended_, other) == rounds_ended_.end();
  };
  if (waits_for(&reader)) rounds_ended_.push_back(&reader);
  for (const auto& other : readers_) {
    if (other->busy() && waits_for(other.get())) return;
  }
  rounds_ended_.clear();
  engine_.advertise_later();
}

}  // namespace tern::session
