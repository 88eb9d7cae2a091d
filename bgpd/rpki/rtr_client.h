// The client of one RPKI cache: RTR versions 0 (RFC 6810), 1 (RFC 8210) and 2
// (draft-ietf-sidrops-8210bis).
//
// An RtrClient does no I/O: octets and time come in as arguments, and RtrClient::Rim carries out
// what the client wants of its connection. The caller owns the connection and a clock. When
// something happens to the connection, the caller calls connected(), failed() or receive(). At the
// time that Rim::wake_at() named, the caller calls tick().
//
// An RtrClient is used by one thread at a time, not by the loop: receive() and tick() compile the
// table, which takes tenths of a second for the whole RPKI. The client calls the functions of Rim
// from within its own; these must not call the client.
//
// Records count when their End of Data comes, all at once. Whatever happens to the connection, the
// data stay until they expire, with one exception: a cache that changes its session ID in the
// middle loses them at once (RFC 8210 section 5.1). After a restart of the cache its first answer
// is a Cache Reset, and the data stay until the new ones are complete.
//
// Versions: the first query has the highest version of the configuration. The client goes down
// when a cache answers in a lower version or reports Unsupported Protocol Version, closes two
// connections in a row without an answer, or sends an ASPA PDU that is malformed. (StayRTR up to
// 0.5 sends an obsolete ASPA PDU in version 2. Origin validation then goes on with version 1.) The
// client remembers the lower version for a day.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rpki/cache_data.h"
#include "bgpd/rpki/pdu.h"

namespace tern::rpki {

// Nanoseconds of a monotonic clock, whose zero the caller chooses.
using Time = std::chrono::nanoseconds;
using Seconds = std::chrono::seconds;

struct RtrConfig {
  std::uint8_t min_version = 0;  // min_version <= max_version <= kHighestVersion
  std::uint8_t max_version = kHighestVersion;
  // Ceilings of what the cache says in End of Data (RFC 8210 section 6 gives these as the highest
  // values). Version 0 says nothing: 3600, 600 and 7200 s, under the same ceilings. A refresh or
  // retry interval above half of the expire interval is cut to that.
  Seconds max_refresh{86400};
  Seconds max_retry{7200};
  Seconds max_expire{172800};
  // Records of the cache, and those of one answer. 723,521 VRPs were published in July 2025.
  std::size_t max_records = 4'000'000;
  friend bool operator==(const RtrConfig&, const RtrConfig&) = default;
};

class RtrClient {
 public:
  enum class State : std::uint8_t {
    Stopped,
    Waiting,       // for the next attempt, without a connection
    Connecting,    // open() was called
    Querying,      // a query was sent
    Receiving,     // behind a Cache Response
    Synchronised,  // behind an End of Data, until the refresh interval is over or a Serial Notify
    NoData,        // the cache has none yet; asked again after the retry interval
  };
  static constexpr std::size_t kStateCount = 7;

  class Rim {
   public:
    virtual ~Rim() = default;
    // Connects to the cache. The caller answers with connected() or failed(), later.
    virtual void open() = 0;
    // Closes the connection, or ends the attempt, once all sent octets have left. The caller
    // reports nothing more of it.
    virtual void close() = 0;
    // One PDU, to be sent or kept until the socket takes more.
    virtual void send(Bytes octets) = 0;
    // tick() is due at `when` instead of at an earlier call's time; nothing: no timer runs.
    virtual void wake_at(std::optional<Time> when) = 0;

    // The records are others, or there are none any more (`data` is false).
    virtual void on_data(const CacheData& data) = 0;
    virtual void on_state(State from, State to) = 0;
    virtual void on_error_report(const ErrorReport& report, bool sent) = 0;
    // A connection or an attempt ended. why: for people, printable.
    virtual void on_down(std::string_view why) = 0;
  };

  // For listings and metrics.
  struct Status {
    State state = State::Stopped;
    std::uint8_t version = 0;                  // of the connection, or of the next attempt
    bool negotiated = false;                   // the cache has answered in this version
    bool synchronised = false;                 // an End of Data came on this connection
    std::optional<std::uint16_t> session;      // of the data
    std::uint32_t serial = 0;                  // of the data
    Intervals intervals;                       // in force, under the ceilings
    std::optional<Time> updated;               // the last End of Data
    std::optional<Time> expires;               // when the data expire
    std::optional<Time> next_attempt;          // while Waiting or NoData
    std::uint64_t connections = 0;             // established since the start
    std::uint64_t updates = 0;                 // End of Data that were applied
    std::array<std::uint64_t, 12> received{};  // PDUs by type
    std::string last_error;                    // why the last connection ended, or was not there
  };

  // rim: outlives the client, and is not called by the constructor.
  RtrClient(Rim& rim, RtrConfig config);
  RtrClient(const RtrClient&) = delete;
  RtrClient& operator=(const RtrClient&) = delete;

  // ---- Events. now: never before that of an earlier call.

  void start(Time now);
  // Closes the connection. The data stay until they expire, so that tick() is still due.
  void stop(Time now);
  // New ceilings count at once. A version that is not allowed any more ends the connection.
  void reconfigure(const RtrConfig& config, Time now);
  void connected(Time now);
  // Refused, reset or closed by the cache. why: for people.
  void failed(std::string_view why, Time now);
  // Takes the whole PDUs at the beginning of `octets` and returns the number of their octets. The
  // caller keeps the rest, less than kMaxPdu, and gives it again with the octets that follow, and
  // drops it when the connection closes.
  std::size_t receive(Bytes octets, Time now);
  // Expires the timers that are due.
  void tick(Time now);

  // ---- State

  [[nodiscard]] const CacheData& data() const { return data_; }
  [[nodiscard]] State state() const { return status_.state; }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  enum class Retry : std::uint8_t { AtOnce, BackOff, Interval };
  // Between two PDUs of an answer, and before the first. A cache computes a delta in this time.
  static constexpr Seconds kSilence{60};

  [[nodiscard]] bool has_connection() const;
  void open();
  void query();

  // rtr_client_pdus.cc
  void handle(const Frame& frame);
  [[nodiscard]] bool version_fits(const Frame& frame);
  void fault_in(const Frame& frame, const Fault& fault);
  void on(const SerialNotify& pdu);
  void on(const CacheResponse& pdu);
  void on(const EndOfData& pdu);
  void on_cache_reset();
  void on(const ErrorReport& report, std::uint8_t version);
  void unsupported_version(std::uint8_t version);
  void unexpected(const Frame& frame);
  void session_differs(std::uint16_t theirs, std::uint16_t ours);
  template <typename Record>
  void take(Record&& record, const Frame& frame);

  void refuse(const Fault& fault, Bytes pdu, Retry retry);
  void end(std::string why, Retry retry);
  void lower_version(std::uint8_t version);
  void set_data(CacheData data);
  void drop_data();
  void set_state(State state);
  void set_intervals();
  void ask_for_wake();

  Rim& rim_;
  RtrConfig config_;
  CacheData data_;
  Status status_;
  Intervals theirs_;               // as the cache said them
  std::uint8_t data_version_ = 0;  // in which the data came: session IDs belong to a version
  std::optional<Answer> answer_;   // while Receiving
  std::uint16_t answer_session_ = 0;
  bool serial_query_ = false;              // the last query was one
  bool reset_due_ = false;                 // the next query must be a Reset Query
  bool heard_ = false;                     // the cache has sent a PDU on this connection
  std::optional<std::uint32_t> notified_;  // serial of a Serial Notify during a query
  unsigned failures_ = 0;                  // attempts in a row without an End of Data
  unsigned silent_closes_ = 0;             // connections in a row that closed without an answer
  std::optional<Time> lowered_;            // when the version went down
  Time now_{};                             // of the call under way
  std::optional<Time> silence_;            // the cache must connect or send by then
  std::optional<Time> refresh_;
  std::optional<Time> wake_;  // of the last Rim::wake_at()
};

[[nodiscard]] std::string_view to_string(RtrClient::State state);  // "synchronised"

}  // namespace tern::rpki
