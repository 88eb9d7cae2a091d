// A thread that reads for neighbors that send a whole table.
//
// The loop itself reads single UPDATEs, so a lone UPDATE is not handed over to a thread. When a
// neighbor sends more than the loop should read in one turn, a bulk read begins: the BulkReader
// reads the neighbor's socket, decodes and judges its UPDATEs, and delivers batches of routes for
// the RIB, while other threads store and advertise the last batches. When the socket is empty, the
// bulk read ends, and the loop reads the connection again.
//
// Bulk reads and deliveries pass through rings of kMostReads and kMostDeliveries places, without
// locks. A full ring of deliveries stops the reader, and TCP then stops the neighbor. take(), the
// Sink and destruction belong to the loop's thread.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "bgpd/engine/bell.h"
#include "bgpd/pipeline/receiver.h"
#include "bgpd/session/bell.h"
#include "bgpd/session/connection.h"

namespace tern::session {

// The reading side of a connection during a bulk read.
struct BulkRead {
  std::shared_ptr<Connection> connection;  // used by the loop only
  std::shared_ptr<pipeline::Judge> judge;
  int socket = -1;              // a descriptor of our own
  std::vector<std::byte> rest;  // read and not yet decoded
  std::size_t max_message = wire::kMaxMessage;
  std::uint64_t octets = 0;  // read and not yet counted in a delivery
  // When the last whole KEEPALIVE or UPDATE was read, steady nanoseconds; read by the loop.
  std::shared_ptr<std::atomic<std::uint64_t>> heard;

  BulkRead() = default;
  ~BulkRead();
  BulkRead(const BulkRead&) = delete;
  BulkRead& operator=(const BulkRead&) = delete;
};

// The result of some consecutive messages: the routes of UPDATEs, and behind them at most one other
// message.
struct Delivery {
  BulkRead* read = nullptr;
  pipeline::UpdateBatch received;
  std::uint64_t octets = 0;                 // read from the socket
  std::vector<std::byte> message;           // whole; not an UPDATE
  std::optional<wire::Notification> fault;  // of a header: the session ends with this
  std::unique_ptr<BulkRead> returned;       // the last delivery of the bulk read
  bool round_ends = false;                  // every neighbor of the reader had its turn

  explicit Delivery(std::size_t shards) : received(shards) {}
  void clear();
};

class BulkReader {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void deliver(Delivery& delivery) = 0;
    // Every neighbor of the reader had its turn, or the reader has none any more. This is the time
    // to advertise: neighbors that send the same table do so at about the same pace, so the changes
    // of a prefix coalesce.
    virtual void round_ended(const BulkReader& reader) = 0;
    // True: no delivery should come before go_on().
    [[nodiscard]] virtual bool full() = 0;
  };

  // shards: the destination of the routes; the reader prepares memory for tables that grow.
  BulkReader(boost::asio::io_context& context, rib::Shards& shards, Sink& sink);
  // Drops routes that were not delivered.
  ~BulkReader();
  BulkReader(const BulkReader&) = delete;
  BulkReader& operator=(const BulkReader&) = delete;

  // Begins a bulk read. False: kMostReads wait, and the caller keeps `read`.
  [[nodiscard]] bool take(std::unique_ptr<BulkRead>& read);
  // Has an idle reader thread prepare memory that the shards ask for.
  void prepare_memory() { work_.ring(); }
  // The sink was full, and is not full any more.
  void go_on();
  // The thread reads for some neighbor.
  [[nodiscard]] bool busy() const { return reading_ > 0; }
  // Bulk reads since the start.
  [[nodiscard]] std::uint64_t bulk_reads() const { return reads_begun_; }

 private:
  static constexpr std::size_t kMostReads = 1024;
  static constexpr std::size_t kMostDeliveries = 16;
  template <typename T, std::size_t N>
  using Ring = boost::lockfree::spsc_queue<T*, boost::lockfree::capacity<N>>;

  // The reader's thread
  void run();
  // Reads once; false: the bulk read ends.
  [[nodiscard]] bool serve(BulkRead& read);
  [[nodiscard]] bool handle(BulkRead& read, std::size_t size);
  [[nodiscard]] bool take_update(BulkRead& read, const wire::Frame& frame);
  void give_back(std::unique_ptr<BulkRead> read);
  [[nodiscard]] Delivery& open(BulkRead& read);
  void send();

  // The loop's thread
  void deliver();

  rib::Shards& shards_;
  Sink& sink_;
  Ring<BulkRead, kMostReads> reads_;
  Ring<Delivery, kMostDeliveries> deliveries_;
  Ring<Delivery, kMostDeliveries> spent_;  // for the reader to use again
  engine::Bell work_;                      // a bulk read begins, memory is wanted, or stopping_
  engine::Bell taken_;                     // deliveries were taken
  LoopBell delivered_;
  std::atomic<bool> stopping_{false};

  // The loop's thread
  bool held_up_ = false;  // by a full sink
  std::size_t reading_ = 0;
  std::uint64_t reads_begun_ = 0;

  // The reader's thread
  std::deque<std::unique_ptr<BulkRead>> served_;
  std::vector<std::byte> buffer_;
  std::unique_ptr<Delivery> open_;
  std::uint64_t read_time_ = 0;
  std::size_t round_left_ = 0;  // bulk reads to be served in this round
  std::thread thread_;          // the last member: it uses all the others
};

}  // namespace tern::session
