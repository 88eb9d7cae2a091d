#include "bgpd/session/bulk_reader.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cassert>
#include <cerrno>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/wire/framer.h"
#include "rib/base/named_thread.h"

namespace tern::session {
namespace {

constexpr std::size_t kTurnOctets = 256 * 1024;     // read of one neighbor in one turn
constexpr std::size_t kDelivery = 512;              // routes of a delivery
constexpr std::uint64_t kTurn = 10'000'000;         // nanoseconds of deliveries in one turn
constexpr std::size_t kDeliveriesBetweenBells = 8;  // the reader need not wake for each

}  // namespace

BulkRead::~BulkRead() {
  if (socket >= 0) ::close(socket);
}

void Delivery::clear() {
  received.clear();
  message.clear();
  returned.reset();
  fault.reset();
  round_ends = false;
  read = nullptr;
  octets = 0;
}

BulkReader::BulkReader(boost::asio::io_context& context, rib::Shards& shards, Sink& sink)
    : shards_(shards),
      sink_(sink),
      delivered_(context, [this] { deliver(); }),
      buffer_(kTurnOctets) {
  thread_ = rib::start_thread<std::thread>("tern-reader", [this] { run(); });
}

BulkReader::~BulkReader() {
  stopping_.store(true, std::memory_order_release);
  work_.ring();
  taken_.ring();
  thread_.join();
  reads_.consume_all([](BulkRead* read) { delete read; });
  deliveries_.consume_all([](Delivery* delivery) { delete delivery; });
  spent_.consume_all([](Delivery* delivery) { delete delivery; });
}

// ---- The loop's side

bool BulkReader::take(std::unique_ptr<BulkRead>& read) {
  if (!reads_.push(read.get())) return false;
  (void)read.release();  // NOLINT: the ring's now
  ++reading_;
  ++reads_begun_;
  work_.ring();
  return true;
}

void BulkReader::go_on() {
  if (std::exchange(held_up_, false)) delivered_.ring();
}

void BulkReader::deliver() {
  const std::uint64_t begin = steady_nanoseconds();
  Delivery* next = nullptr;
  for (std::size_t i = 1;; ++i) {
    held_up_ = sink_.full();
    if (held_up_ || !deliveries_.pop(next)) break;
    std::unique_ptr<Delivery> delivery(next);
    sink_.deliver(*delivery);
    if (delivery->returned) --reading_;
    if (delivery->round_ends || reading_ == 0) sink_.round_ended(*this);
    delivery->clear();
    if (spent_.push(delivery.get())) (void)delivery.release();  // NOLINT: the ring's now
    if (i % kDeliveriesBetweenBells == 0) taken_.ring();
    if (steady_nanoseconds() - begin < kTurn) continue;
    delivered_.ring();  // the rest in the next turn
    break;
  }
  taken_.ring();
}

// ---- The reader's thread

void BulkReader::run() {
  while (!stopping_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = work_.count();
    reads_.consume_all([this](BulkRead* read) { served_.emplace_back(read); });
    if (served_.empty()) {
      shards_.prepare_memory();
      if (!shards_.attributes().tidy()) work_.wait(seen);
      continue;
    }
    if (round_left_ == 0) round_left_ = served_.size();
    --round_left_;
    std::unique_ptr<BulkRead> read = std::move(served_.front());
    served_.pop_front();
    shards_.prepare_memory();
    const bool goes_on = serve(*read);
    if (round_left_ == 0) open(*read).round_ends = true;
    if (!goes_on) {
      give_back(std::move(read));
      continue;
    }
    if (open_) send();
    served_.push_back(std::move(read));
  }
}

bool BulkReader::serve(BulkRead& read) {
  assert(read.rest.size() < buffer_.size());  // the beginning of a message, or one flood
  std::copy(read.rest.begin(), read.rest.end(), buffer_.begin());
  const std::size_t room = buffer_.size() - read.rest.size();
  const ssize_t got = ::recv(read.socket, buffer_.data() + read.rest.size(), room, MSG_DONTWAIT);
  // The loop will find the end or a failure of the connection.
  const std::size_t octets = got > 0 ? static_cast<std::size_t>(got) : 0;
  read.octets += octets;
  read_time_ = steady_nanoseconds();
  return handle(read, read.rest.size() + octets) && octets == room && !read.judge->retired();
}

bool BulkReader::handle(BulkRead& read, std::size_t size) {
  wire::Bytes bytes(buffer_.data(), size);
  for (;;) {
    const auto next = wire::next_message(bytes, read.max_message);
    if (const auto* frame = std::get_if<wire::Frame>(&next)) {
      bytes = bytes.subspan(frame->message.size());
      if (frame->type == wire::MessageType::Update || frame->type == wire::MessageType::Keepalive) {
        read.heard->store(read_time_, std::memory_order_relaxed);
      }
      if (frame->type == wire::MessageType::Update) {
        if (!take_update(read, *frame)) return false;
        continue;
      }
      open(read).message.assign(frame->message.begin(), frame->message.end());
      send();
    } else if (const auto* fault = std::get_if<wire::Notification>(&next)) {
      open(read).fault = *fault;
      return false;
    } else {
      break;
    }
  }
  read.rest.assign(bytes.begin(), bytes.end());
  return true;
}

bool BulkReader::take_update(BulkRead& read, const wire::Frame& frame) {
  pipeline::UpdateBatch& received = open(read).received;
  const bool hand_on = pipeline::receive(*read.judge, frame.body, read_time_, kDelivery, received);
  if (received.reset) return false;
  if (hand_on) send();
  return true;
}

void BulkReader::give_back(std::unique_ptr<BulkRead> read) {
  Delivery& last = open(*read);
  last.returned = std::move(read);
  send();
}

Delivery& BulkReader::open(BulkRead& read) {
  if (!open_) {
    Delivery* spent = nullptr;
    open_.reset(spent_.pop(spent) ? spent : new Delivery(shards_.size()));
    open_->read = &read;
  }
  return *open_;
}

void BulkReader::send() {
  open_->octets = std::exchange(open_->read->octets, 0);
  for (;;) {
    const std::uint32_t seen = taken_.count();
    if (deliveries_.push(open_.get())) break;
    if (stopping_.load(std::memory_order_acquire)) return open_.reset();
    taken_.wait(seen);
  }
  (void)open_.release();  // NOLINT: the ring's now
  delivered_.ring();
}

}  // namespace tern::session
