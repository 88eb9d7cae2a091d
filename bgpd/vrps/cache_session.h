// One RPKI cache: its RtrClient, connection and timer. Internal to bgpd/vrps; on the thread of
// RpkiThread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/rpki/cache_set.h"
#include "bgpd/rpki/rtr_client.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/vrps/settings.h"
#include "bgpd/vrps/status.h"
#include "bgpd/vrps/tcp_link.h"

namespace tern::session {
class Timer;
}

namespace tern::vrps {

class CacheSession final : private rpki::RtrClient::Rim, private TcpLink::Handler {
 public:
  class Events {
   public:
    virtual ~Events() = default;
    virtual void on_data(rpki::CacheId id, const rpki::CacheData& data) = 0;
    // Behind everything that octets, the connection or a timer caused.
    virtual void on_settled() = 0;
  };

  CacheSession(boost::asio::io_context& context, rpki::CacheId id, CacheSettings settings,
               Events& events);
  ~CacheSession() override;
  CacheSession(const CacheSession&) = delete;
  CacheSession& operator=(const CacheSession&) = delete;

  void start();
  // Settings of the same address and port. The connection stays, unless the key, the local address
  // or the versions do not allow that; the data stay in any case.
  void reconfigure(const CacheSettings& settings);

  [[nodiscard]] rpki::CacheId id() const { return id_; }
  [[nodiscard]] const CacheSettings& settings() const { return settings_; }
  // in_use: as the caller knows.
  [[nodiscard]] RpkiStatus::Cache status(bool in_use) const;

 private:
  // RtrClient::Rim
  void open() override;
  void close() override;
  void send(rpki::Bytes octets) override;
  void wake_at(std::optional<rpki::Time> when) override;
  void on_data(const rpki::CacheData& data) override;
  void on_state(rpki::RtrClient::State from, rpki::RtrClient::State to) override;
  void on_error_report(const rpki::ErrorReport& report, bool sent) override;
  void on_down(std::string_view why) override;

  void tick();

  // TcpLink::Handler
  void on_connected() override;
  std::size_t on_octets(rpki::Bytes octets) override;
  [[nodiscard]] bool expects_many() const override;
  void on_failed(std::string_view why) override;

  boost::asio::io_context& context_;
  const rpki::CacheId id_;
  CacheSettings settings_;
  Events& events_;
  std::shared_ptr<TcpLink> link_;
  const std::unique_ptr<session::Timer> timer_;
  session::LogLimiter data_lines_{10};
  session::LogLimiter down_lines_{3};
  std::string said_down_;  // why, as logged; empty while all is well
  bool ticking_ = false;   // within RtrClient::tick(), where data are lost by expiry alone
  std::uint64_t pdus_out_ = 0;
  std::uint64_t error_reports_in_ = 0;
  std::uint64_t error_reports_out_ = 0;
  rpki::RtrClient client_;  // last: calls the Rim
};

}  // namespace tern::vrps
