#include "bgpd/daemon/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "bgpd/daemon/log_writer.h"
#include "rib/base/named_thread.h"

namespace tern::daemon {
namespace {

spdlog::level::level_enum level(conf::proto::Log::Level level) {
  switch (level) {
    case conf::proto::Log::DEBUG:
      return spdlog::level::debug;
    case conf::proto::Log::WARNING:
      return spdlog::level::warn;
    case conf::proto::Log::ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

// The message as the inside of a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : message.payload) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (byte < 0x20) {
        for (const char escape : {'\\', 'u', '0', '0', kDigits[byte >> 4U], kDigits[byte & 15U]}) {
          out.push_back(escape);
        }
      } else {
        out.push_back(c);
      }
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

// The domain that the thread works for, between `before` and `behind`; nothing for the first
// domain.
class DomainMark final : public spdlog::custom_flag_formatter {
 public:
  DomainMark(std::string_view before, std::string_view behind) : before_(before), behind_(behind) {}

  void format(const spdlog::details::log_msg& /*message*/, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string& domain = rib::thread_label();
    if (domain.empty()) return;
    for (const std::string_view part : {before_, std::string_view(domain), behind_}) {
      out.append(part.data(), part.data() + part.size());
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<DomainMark>(before_, behind_);
  }

 private:
  const std::string_view before_;
  const std::string_view behind_;
};

std::unique_ptr<spdlog::formatter> formatter(conf::proto::Log::Format format) {
  auto made = std::make_unique<spdlog::pattern_formatter>();
  if (format == conf::proto::Log::JSON) {
    made->add_flag<JsonMessage>('*');
    made->add_flag<DomainMark>('~', R"("domain":")", R"(",)");
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%~"message":"%*"})");
  } else {
    made->add_flag<DomainMark>('~', "[", "] ");
    made->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %~%v");
  }
  return made;
}

std::string to_line(spdlog::formatter& formatter, const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t text;
  formatter.format(message, text);
  return {text.data(), text.size()};
}

LogTarget::Notice notice(conf::proto::Log::Format format) {
  return [made = std::shared_ptr(formatter(format))](std::uint64_t missing) {
    const std::string text = "log: " + std::to_string(missing) +
                             " lines are missing here, their reader or disk did not take them";
    return to_line(*made, spdlog::details::log_msg("tern", spdlog::level::warn, text));
  };
}

class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit WriterSink(LogWriter& writer) : writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    writer_.write(to_line(*formatter_, message));
  }
  void flush_() override {}

  LogWriter& writer_;
};

}  // namespace

Logging::Logging()
    : writer_(std::make_unique<LogWriter>(
          std::make_shared<LogTarget>(STDERR_FILENO, notice(conf::proto::Log::TEXT)))) {}

Logging::~Logging() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("ended")); }

std::optional<std::string> Logging::set_up(const conf::proto::Log& log) {
  if (log.file().empty()) {
    writer_->set_target(std::make_shared<LogTarget>(STDERR_FILENO, notice(log.format())));
  } else {
    auto opened = LogTarget::open(log.file(), notice(log.format()));
    if (!opened.ok()) return "log.file: " + opened.error();
    writer_->set_target(std::move(*opened));
  }
  auto logger = std::make_shared<spdlog::logger>("tern", std::make_shared<WriterSink>(*writer_));
  logger->set_formatter(formatter(log.format()));
  logger->set_level(level(log.level()));
  // spdlog's own handler prints to standard error, which may be what stalls.
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
  return std::nullopt;
}

std::uint64_t Logging::dropped() const { return writer_->dropped(); }

}  // namespace tern::daemon
