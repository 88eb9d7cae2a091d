// registration add, set, remove, import, export and log: the stored registrations, which
// tern-register changes and reads.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/user.h"
#include "conf/registration_text.h"
#include "rib/types/one_line.h"

namespace tern::api {
namespace {

using registrations::RegistrationThread;
using registrations::Write;
using registrations::WriteResult;

constexpr std::size_t kMostEntries = 1000;  // of the log, in an answer
constexpr std::size_t kEntries = 100;       // the same, where the request names no number
constexpr std::size_t kMostShownText = 80;  // octets of a text of a client in an error

constexpr char kTooMany[] = "too many requests about registrations wait: try again";
constexpr char kNone[] = "this daemon stores no registrations";

// Waits for a value that tern-register makes.
template <typename Value>
class WaitingAnswer : public Answer {
 public:
  [[nodiscard]] bool looks() const final { return false; }
  void when_ready(std::function<void()> wake) final {
    if (state_->value) return wake();
    state_->wake = std::move(wake);
  }

 protected:
  // The function that takes the value.
  [[nodiscard]] std::function<void(Value)> taker() {
    return [state = state_](Value value) {
      state->value = std::move(value);
      if (const auto wake = std::exchange(state->wake, nullptr)) wake();
    };
  }
  // Null: not there yet.
  [[nodiscard]] Value* value() { return state_->value ? &*state_->value : nullptr; }

 private:
  // State outlives a client that leaves before the value is there.
  struct State {
    std::optional<Value> value;
    std::function<void()> wake;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

using ShownFields = google::protobuf::RepeatedPtrField<proto::RegistrationField>;

void show_fields(const std::string& text, ShownFields& shown) {
  for (auto& field : conf::registration_fields(text)) {
    proto::RegistrationField& one = *shown.Add();
    one.set_name(std::move(field.name));
    one.set_value(std::move(field.value));
  }
}

void show_difference(const registrations::Difference& difference,
                     proto::RegistrationDifference& shown) {
  shown.set_prefix(difference.prefix.to_string());
  show_fields(difference.before, *shown.mutable_before());
  show_fields(difference.after, *shown.mutable_after());
}

void show_result(const WriteResult& result, proto::RegistrationWriteResult& shown) {
  for (const std::string& error : result.errors) shown.add_errors(error);
  shown.set_more_errors(result.more_errors);
  for (const std::string& warning : result.warnings) shown.add_warnings(warning);
  shown.set_more_warnings(result.more_warnings);
  shown.set_added(result.added);
  shown.set_changed(result.changed);
  shown.set_removed(result.removed);
  shown.set_unchanged(result.unchanged);
  for (const auto& one : result.differences) show_difference(one, *shown.add_differences());
}

class WriteAnswer final : public WaitingAnswer<WriteResult> {
 public:
  WriteAnswer(const Backend& backend, Write write)
      : refused_(!backend.registrations.write(std::move(write), taker())) {}

  Progress next(proto::Response& response) override {
    if (refused_) {
      response.set_error(kTooMany);
      return Progress::Done;
    }
    if (value() == nullptr) return Progress::Waiting;
    show_result(*value(), *response.mutable_registration_write());
    return Progress::Done;
  }

 private:
  const bool refused_;
};

// A piece a message.
class ExportAnswer final : public WaitingAnswer<RegistrationThread::Export> {
 public:
  ExportAnswer(const Backend& backend, const std::string& owner)
      : refused_(!backend.registrations.export_stored(owner, taker())) {}

  [[nodiscard]] bool lasts() const override { return true; }

  Progress next(proto::Response& response) override {
    if (refused_) {
      response.set_error(kTooMany);
      return Progress::Done;
    }
    if (value() == nullptr) return Progress::Waiting;
    if (!value()->error.empty()) {
      response.set_error(value()->error);
      return Progress::Done;
    }
    auto& pieces = value()->pieces;
    response.mutable_registration_text()->set_text(std::move(pieces[next_++]));
    return next_ == pieces.size() ? Progress::Done : Progress::Send;
  }

 private:
  const bool refused_;
  std::size_t next_ = 0;
};

class LogAnswer final : public WaitingAnswer<RegistrationThread::Log> {
 public:
  LogAnswer(const Backend& backend, const std::optional<Prefix>& prefix, std::size_t most)
      : refused_(!backend.registrations.read_log(prefix, most, taker())) {}

  // In parts: an entry may have some kilobytes.
  Progress next(proto::Response& response) override {
    if (refused_) {
      response.set_error(kTooMany);
      return Progress::Done;
    }
    if (value() == nullptr) return Progress::Waiting;
    if (!*value()) {
      response.set_error(value()->error());
      return Progress::Done;
    }
    const auto& entries = **value();
    proto::RegistrationLog& shown = *response.mutable_registration_log();
    for (std::size_t octets = 0; next_ < entries.size() && octets < kMessageOctets; ++next_) {
      proto::RegistrationLog::Entry& one = *shown.add_entries();
      one.set_seconds(static_cast<std::uint64_t>(entries[next_].time));
      one.set_user(entries[next_].user);
      show_difference(entries[next_].difference, *one.mutable_difference());
      octets += one.ByteSizeLong();
    }
    return next_ == entries.size() ? Progress::Done : Progress::Send;
  }

 private:
  const bool refused_;
  std::size_t next_ = 0;
};

std::unique_ptr<Answer> write_error(std::string text) {
  proto::Response response;
  response.set_error(std::move(text));
  return one_answer(std::move(response));
}

std::optional<registrations::Change::Action> action_of(
    proto::RegistrationWriteRequest::Action action) {
  switch (action) {
    case proto::RegistrationWriteRequest::ADD:
      return registrations::Change::Action::Add;
    case proto::RegistrationWriteRequest::SET:
      return registrations::Change::Action::Set;
    case proto::RegistrationWriteRequest::REMOVE:
      return registrations::Change::Action::Remove;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::unique_ptr<Answer> write_registrations(const Backend& backend,
                                            const proto::RegistrationWriteRequest& request,
                                            const User& user) {
  if (!backend.registrations.write) return write_error(kNone);
  Write write;
  for (const auto& asked : request.changes()) {
    const auto action = action_of(asked.action());
    if (!action) return write_error("unknown action");
    registrations::Change& change = write.changes.emplace_back();
    change.action = *action;
    change.prefix = asked.prefix();
    for (const auto& field : asked.fields()) change.fields.push_back({field.name(), field.value()});
  }
  write.check_only = request.check_only();
  write.user = to_string(user);
  return std::make_unique<WriteAnswer>(backend, std::move(write));
}

std::unique_ptr<Answer> import_registrations(const Backend& backend,
                                             const proto::RegistrationImportRequest& request,
                                             const User& user) {
  if (!backend.registrations.write) return write_error(kNone);
  RegistrationUploads& uploads = *backend.uploads;
  const auto now = RegistrationUploads::Clock::now();
  std::uint64_t upload = request.upload();
  if (upload == 0) {
    const auto begun = uploads.begin(user.uid, now);
    if (!begun) return write_error("too many imports are under way: try again");
    upload = *begun;
  }
  const std::string fault = uploads.add(upload, user.uid, request.text(), now);
  if (!fault.empty()) return write_error(fault);
  if (!request.last()) {
    proto::Response response;
    response.mutable_registration_write()->set_upload(upload);
    return one_answer(std::move(response));
  }
  Write write;
  write.import = {uploads.take(upload), one_line(request.name(), kMostShownText, Letters::Utf8)};
  write.check_only = request.check_only();
  write.user = to_string(user);
  return std::make_unique<WriteAnswer>(backend, std::move(write));
}

std::unique_ptr<Answer> export_registrations(const Backend& backend,
                                             const proto::RegistrationExportRequest& request) {
  if (!backend.registrations.export_stored) return write_error(kNone);
  return std::make_unique<ExportAnswer>(backend, request.owner());
}

std::unique_ptr<Answer> list_registration_log(const Backend& backend,
                                              const proto::RegistrationLogRequest& request) {
  if (!backend.registrations.read_log) return write_error(kNone);
  std::optional<Prefix> prefix;
  if (!request.prefix().empty()) {
    prefix = Prefix::parse(request.prefix());
    if (!prefix) {
      return write_error("'" + one_line(request.prefix(), kMostShownText) +
                         "' is not a prefix without host bits, as 203.0.113.0/24");
    }
  }
  const std::size_t most = request.limit() == 0 ? kEntries : request.limit();
  return std::make_unique<LogAnswer>(backend, prefix, std::min(most, kMostEntries));
}

}  // namespace tern::api
