#include "bgpd/events/webhook_connect.h"

#include <boost/asio.hpp>
#include <memory>
#include <utility>

namespace tern::events {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
  using Done = std::function<void(const error_code& error)>;

  Connecting(boost::beast::tcp_stream& stream, WebhookEndpoints endpoints,
             Clock::time_point deadline, Done done)
      : stream_(stream),
        endpoints_(std::move(endpoints)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void next() {
    const auto left = static_cast<Clock::rep>(endpoints_.size() - next_);
    stream_.expires_after((deadline_ - Clock::now()) / left);
    stream_.async_connect(
        endpoints_[next_++],
        [self = shared_from_this()](const error_code& error) { self->tried(error); });
  }

 private:
  void tried(const error_code& error) {
    const bool ends = !error || error == boost::asio::error::operation_aborted;
    if (!ends && next_ < endpoints_.size()) {
      stream_.close();
      return next();
    }
    if (!error) stream_.expires_never();
    done_(error);
  }

  boost::beast::tcp_stream& stream_;
  const WebhookEndpoints endpoints_;
  const Clock::time_point deadline_;
  const Done done_;
  std::size_t next_ = 0;
};

}  // namespace

void connect_one(boost::beast::tcp_stream& stream, WebhookEndpoints endpoints,
                 Clock::time_point deadline, std::function<void(const error_code& error)> done) {
  std::make_shared<Connecting>(stream, std::move(endpoints), deadline, std::move(done))->next();
}

}  // namespace tern::events
