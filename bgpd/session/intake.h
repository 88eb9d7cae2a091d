// Routes on their way in, from the sockets to the strands: the reader threads that read for
// neighbors that send much at once, and the connections that wait while the strands are full.
// Internal to bgpd/session; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/bulk_reader.h"
#include "bgpd/session/connection.h"

namespace tern::session {

class Loop;
struct SpeakerTimes;

class Intake final : private BulkReader::Sink {
 public:
  Intake(Loop& loop, engine::Engine& engine, SpeakerTimes& times, std::size_t readers);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // ---- For a neighbor

  [[nodiscard]] bool has_readers() const { return !readers_.empty(); }
  // Has a reader thread read for the neighbor. False: the caller keeps `read`.
  [[nodiscard]] bool read_in_bulk(PeerSlot slot, std::unique_ptr<BulkRead>& read);
  // Has the strands store routes of the neighbor, which passed Import::admit(). Empties them.
  // flood: a reader thread received them.
  void store(PeerSlot slot, pipeline::JudgedRoutes& routes, bool flood);
  // The caller stored routes in a visit of all shards. read_time: steady nanoseconds.
  void stored(std::uint64_t read_time);
  // Keeps a connection that must not be read while the strands are full, until go_on(). False: they
  // are not full.
  [[nodiscard]] bool holds_up(Connection& connection);

  // ---- For the speaker

  // Threads stored routes.
  void count_stored();
  // The strands may take routes again: waiting connections and readers go on.
  void go_on();
  // Has a reader thread prepare memory that the shards ask for.
  void see_to_memory();
  // A reader thread reads for some neighbor.
  [[nodiscard]] bool flooded() const;
  // How often a bulk read began.
  [[nodiscard]] std::uint64_t bulk_reads() const;

 private:
  // BulkReader::Sink
  void deliver(Delivery& delivery) override { delivery.read->connection->deliver(delivery); }
  void round_ended(const BulkReader& reader) override;
  [[nodiscard]] bool full() override { return engine_.full(); }

  engine::Engine& engine_;
  SpeakerTimes& times_;
  std::vector<std::shared_ptr<Connection>> held_up_;  // wait for go_on()
  std::vector<const BulkReader*> rounds_ended_;       // since changes were last advertised
  std::vector<std::unique_ptr<BulkReader>> readers_;  // last: their threads use the tables
};

}  // namespace tern::session
