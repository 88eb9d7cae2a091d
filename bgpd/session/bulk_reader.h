// A thread that reads for neighbours that send a whole table.
//
// The loop reads what comes in ones and twos by itself: a lone UPDATE pays for no hand-over. A
// neighbour that sends more than the loop should read in one turn is lent to a BulkReader, which
// reads its socket, decodes and judges its UPDATEs, and delivers batches of routes for the RIB,
// while the loop stores the last ones and tells the others. When the socket is empty, the loan
// goes back.
//
// Loans and deliveries pass through rings with room for kMostReads and kMostDeliveries, without
// locks. A full ring of deliveries stops the reader, and TCP then stops the neighbour. lend(),
// the Sink and destruction belong to the loop's thread.
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

// The reading side of a connection, while it is lent.
struct BulkRead {
  std::shared_ptr<Connection> connection;  // only the loop touches it
  std::shared_ptr<pipeline::Judge> judge;
  int socket = -1;              // a descriptor of our own
  std::vector<std::byte> rest;  // read, and not yet decoded
  std::size_t max_message = wire::kMaxMessage;
  std::uint64_t octets = 0;  // read and not yet said in a delivery
  // When the last whole KEEPALIVE or UPDATE was read, steady nanoseconds; read by the loop.
  std::shared_ptr<std::atomic<std::uint64_t>> heard;

  BulkRead() = default;
  ~BulkRead();
  BulkRead(const BulkRead&) = delete;
  BulkRead& operator=(const BulkRead&) = delete;
};

// What a reader made of some messages in a row: what UPDATEs said, and behind them at most one
// other message.
struct Delivery {
  BulkRead* read = nullptr;
  pipeline::UpdateBatch received;
  std::uint64_t octets = 0;                 // read from the socket
  std::vector<std::byte> message;           // whole; not an UPDATE
  std::optional<wire::Notification> fault;  // of a header: the session ends with this
  std::unique_ptr<BulkRead> returned;       // nothing more comes
  bool round_ends = false;                  // every neighbour that was lent had its turn

  explicit Delivery(std::size_t shards) : received(shards) {}
  void clear();
};

class BulkReader {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void deliver(Delivery& delivery) = 0;
    // Every neighbour that is lent had its turn, or none is any more: time to tell the others, for
    // neighbours that send the same table do so at about the same pace.
    virtual void round_ended(const BulkReader& reader) = 0;
    // More than this should not be delivered before go_on().
    [[nodiscard]] virtual bool full() = 0;
  };

  // shards: what the routes are for; the reader sees to their memory when they grow.
  BulkReader(boost::asio::io_context& context, rib::Shards& shards, Sink& sink);
  // What was not delivered is dropped.
  ~BulkReader();
  BulkReader(const BulkReader&) = delete;
  BulkReader& operator=(const BulkReader&) = delete;

  // False, and the loan stays the caller's, where kMostReads wait.
  [[nodiscard]] bool take(std::unique_ptr<BulkRead>& read);
  // Without a loan: sees to memory that the shards ask for.
  void prepare_memory() { work_.ring(); }
  // The sink was full, and is no more.
  void go_on();
  // Some neighbour is lent.
  [[nodiscard]] bool busy() const { return reading_ > 0; }
  // Made since the start.
  [[nodiscard]] std::uint64_t bulk_reads() const { return reads_begun_; }

 private:
  static constexpr std::size_t kMostReads = 1024;
  static constexpr std::size_t kMostDeliveries = 32;
  template <typename T, std::size_t N>
  using Ring = boost::lockfree::spsc_queue<T*, boost::lockfree::capacity<N>>;

  // The reader's thread
  void run();
  // One read; false: the loan goes back.
  [[nodiscard]] bool serve(BulkRead& read);
  [[nodiscard]] bool handle(BulkRead& read, std::size_t size);
  [[nodiscard]] bool take_update(BulkRead& read, const wire::Frame& frame);
  void give_back(std::unique_ptr<BulkRead> read);
  [[nodiscard]] Delivery& open(BulkRead& read);
  void send();

  // The loop's
  void deliver();

  rib::Shards& shards_;
  Sink& sink_;
  Ring<BulkRead, kMostReads> reads_;
  Ring<Delivery, kMostDeliveries> deliveries_;
  Ring<Delivery, kMostDeliveries> spent_;  // for the reader to use again
  engine::Bell work_;                      // a loan came, or the end
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
  std::size_t round_left_ = 0;  // loans to be served in this round
  std::thread thread_;          // the last member: it uses all the others
};

}  // namespace tern::session
