#include "bgpd/daemon/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

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

std::unique_ptr<spdlog::formatter> formatter(conf::proto::Log::Format format) {
  auto made = std::make_unique<spdlog::pattern_formatter>();
  if (format == conf::proto::Log::JSON) {
    made->add_flag<JsonMessage>('*');
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%*"})");
  } else {
    made->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  return made;
}

}  // namespace

std::optional<std::string> set_up_logging(const conf::proto::Log& log) {
  std::shared_ptr<spdlog::logger> logger;
  try {
    spdlog::sink_ptr sink;
    if (log.file().empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(log.file());
    }
    logger = std::make_shared<spdlog::logger>("tern", sink);
  } catch (const spdlog::spdlog_ex& error) {
    return "log.file: " + std::string(error.what());
  }
  logger->set_formatter(formatter(log.format()));
  logger->set_level(level(log.level()));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return std::nullopt;
}

}  // namespace tern::daemon
