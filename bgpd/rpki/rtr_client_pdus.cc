// The effect of each PDU of a cache.
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "bgpd/rpki/rtr_client.h"

namespace tern::rpki {

void RtrClient::handle(const Frame& frame) {
  heard_ = true;
  silent_closes_ = 0;
  if (frame.type < status_.received.size()) ++status_.received[frame.type];
  if (silence_) silence_ = now_ + kSilence;
  if (!version_fits(frame)) return;
  auto decoded = decode(frame);
  if (!decoded.ok()) return fault_in(frame, decoded.error());
  std::visit(
      [&](auto& pdu) {
        using Kind = std::decay_t<decltype(pdu)>;
        if constexpr (std::is_same_v<Kind, PrefixPdu> || std::is_same_v<Kind, AspaPdu>) {
          take(std::move(pdu), frame);
        } else if constexpr (std::is_same_v<Kind, SerialNotify>) {
          on(pdu);
        } else if constexpr (std::is_same_v<Kind, CacheResponse>) {
          state() == State::Querying ? on(pdu) : unexpected(frame);
        } else if constexpr (std::is_same_v<Kind, EndOfData>) {
          state() == State::Receiving ? on(pdu) : unexpected(frame);
        } else if constexpr (std::is_same_v<Kind, CacheReset>) {
          const bool expected = state() == State::Querying && serial_query_;
          expected ? on_cache_reset() : unexpected(frame);
        } else if constexpr (std::is_same_v<Kind, RouterKey>) {
          if (state() != State::Receiving) unexpected(frame);
        } else if constexpr (std::is_same_v<Kind, ErrorReport>) {
          on(pdu, frame.version);
        } else {
          unexpected(frame);  // a query
        }
      },
      *decoded);
}

// RFC 8210 section 7. False: the PDU is void, or the connection has ended.
bool RtrClient::version_fits(const Frame& frame) {
  const auto type = static_cast<PduType>(frame.type);
  if (type == PduType::ErrorReport) return true;
  if (status_.negotiated) {
    if (frame.version == status_.version) return true;
    // RFC 6810 has no code for this.
    const ErrorCode code =
        status_.version == 0 ? ErrorCode::CorruptData : ErrorCode::UnexpectedVersion;
    refuse({code, "version " + std::to_string(frame.version)}, frame.octets, Retry::Interval);
    return false;
  }
  // A cache can send Serial Notify before it knows the version.
  if (type == PduType::SerialNotify) return false;
  if (frame.version > status_.version || frame.version < config_.min_version) {
    refuse({ErrorCode::UnsupportedVersion, "version " + std::to_string(frame.version)},
           frame.octets, Retry::Interval);
    return false;
  }
  if (frame.version < status_.version) {
    lower_version(frame.version);
    if (serial_query_) {  // its session ID was one of the other version
      rim_.close();
      end("the cache speaks version " + std::to_string(frame.version), Retry::AtOnce);
      return false;
    }
  }
  status_.negotiated = true;
  return true;
}

void RtrClient::fault_in(const Frame& frame, const Fault& fault) {
  const auto type = static_cast<PduType>(frame.type);
  if (type == PduType::ErrorReport) {  // RFC 8210 section 5.11: never answered with another
    rim_.close();
    return end("malformed Error Report: " + fault.text, Retry::Interval);
  }
  if (type != PduType::Aspa || status_.version < 2 || config_.min_version > 1) {
    return refuse(fault, frame.octets, Retry::Interval);
  }
  refuse({fault.code, fault.text + "; version 1 is next"}, frame.octets, Retry::AtOnce);
  lower_version(1);
}

void RtrClient::unexpected(const Frame& frame) {
  const std::string_view name = to_string(static_cast<PduType>(frame.type));
  refuse(
      {ErrorCode::CorruptData, std::string(name) + " PDU while " + std::string(to_string(state()))},
      frame.octets, Retry::Interval);
}

// RFC 8210 section 5.1.
void RtrClient::session_differs(std::uint16_t theirs, std::uint16_t ours) {
  refuse({ErrorCode::CorruptData,
          "session ID " + std::to_string(theirs) + " instead of " + std::to_string(ours)},
         {}, Retry::BackOff);
  drop_data();
}

void RtrClient::on(const SerialNotify& pdu) {
  if (state() == State::NoData) return query();
  if (state() != State::Synchronised) {
    notified_ = pdu.serial;
    return;
  }
  if (data_ && pdu.session != *status_.session) {
    return session_differs(pdu.session, *status_.session);
  }
  if (!data_ || pdu.serial != status_.serial) query();
}

void RtrClient::on(const CacheResponse& pdu) {
  if (serial_query_ && data_ && pdu.session != *status_.session) {
    return session_differs(pdu.session, *status_.session);
  }
  if (serial_query_ && !data_) {  // they expired since the query
    rim_.close();
    return end("the data expired before the answer", Retry::AtOnce);
  }
  answer_session_ = pdu.session;
  answer_.emplace(serial_query_ ? data_ : CacheData{}, config_.max_records);
  set_state(State::Receiving);
}

void RtrClient::on_cache_reset() {
  reset_due_ = true;
  query();
}

template <typename Record>
void RtrClient::take(Record&& record, const Frame& frame) {
  if (state() != State::Receiving) return unexpected(frame);
  if (answer_->add(std::forward<Record>(record))) return;
  refuse(
      {ErrorCode::InternalError, "more than " + std::to_string(config_.max_records) + " records"},
      {}, Retry::Interval);
}

void RtrClient::on(const EndOfData& pdu) {
  if (pdu.session != answer_session_) return session_differs(pdu.session, answer_session_);
  auto data = answer_->finish();
  answer_.reset();
  if (!data.ok()) {
    std::vector<std::byte> octets;
    if (data.error().pdu) encode(*data.error().pdu, status_.version, octets);
    // The cache and the client differ on what the client has.
    reset_due_ = true;
    return refuse(data.error().fault, octets, Retry::Interval);
  }
  status_.session = pdu.session;
  status_.serial = pdu.serial;
  status_.updated = now_;
  ++status_.updates;
  status_.synchronised = true;
  data_version_ = status_.version;
  theirs_ = pdu.intervals.value_or(Intervals{});
  reset_due_ = false;
  failures_ = 0;
  silence_.reset();
  set_state(State::Synchronised);
  set_intervals();
  set_data(std::move(*data));
  if (notified_ && *notified_ != status_.serial) query();
}

void RtrClient::on(const ErrorReport& report, std::uint8_t version) {
  rim_.on_error_report(report, false);
  if (report.code == ErrorCode::UnsupportedVersion && !status_.negotiated) {
    return unsupported_version(version);
  }
  if (report.code == ErrorCode::NoDataAvailable && state() == State::Querying) {
    if (version < status_.version && version >= config_.min_version) lower_version(version);
    status_.negotiated = version == status_.version;
    status_.synchronised = false;
    silence_.reset();
    status_.next_attempt = now_ + Seconds(status_.intervals.retry);
    return set_state(State::NoData);
  }
  rim_.close();
  end("the cache reports " + to_string(report.code) + ": " + report.text, Retry::Interval);
}

// The version of the report is the highest that the cache has (RFC 8210 section 7).
void RtrClient::unsupported_version(std::uint8_t version) {
  rim_.close();
  const std::uint8_t ours = status_.version;
  const std::string why = "the cache does not support version " + std::to_string(ours);
  if (ours == config_.min_version) return end(why, Retry::Interval);
  end(why, Retry::AtOnce);
  const std::uint8_t next = version < ours ? version : static_cast<std::uint8_t>(ours - 1);
  lower_version(std::max(next, config_.min_version));
}

}  // namespace tern::rpki
