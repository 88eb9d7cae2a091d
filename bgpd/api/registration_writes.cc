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
#include "bgpd/api/waiting_answer.h"
#include "conf/registration_text.h"
#include "rib/types/one_line.h"
#include "rib/types/prefix_text.h"

namespace tern::api {
namespace {

using registrations::RegistrationThread;
using registrations::Write;
using registrations::WriteResult;

constexpr std::size_t kMostEntries = 1000;  // of the log, in an answer
constexpr std::size_t kEntries = 100;       // the same, where the request names no number
constexpr std::size_t kMostShownName = 80;  // octets of the name of a file in an error

constexpr char kNone[] = "this daemon stores no registrations";

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
  using WaitingAnswer::WaitingAnswer;

 private:
  Progress show(WriteResult& result, proto::Response& response) override {
    show_result(result, *response.mutable_registration_write());
    return Progress::Done;
  }
};

// place: of an import, held until the write is answered, also when the client has left.
std::unique_ptr<Answer> write_answer(const Backend& backend, Write write,
                                     ImportPlaces::Place place) {
  return std::make_unique<WriteAnswer>([&backend, write = std::move(write),
                                        place = std::move(place)](auto take) mutable {
    return backend.registrations.write(
        std::move(write), [take = std::move(take), place = std::move(place)](WriteResult result) {
          take(std::move(result));
        });
  });
}

// A piece a message.
class ExportAnswer final : public WaitingAnswer<RegistrationThread::Export> {
 public:
  using WaitingAnswer::WaitingAnswer;
  [[nodiscard]] bool lasts() const override { return true; }

 private:
  Progress show(RegistrationThread::Export& all, proto::Response& response) override {
    if (!all.error.empty()) {
      response.set_error(all.error);
      return Progress::Done;
    }
    response.mutable_registration_text()->set_text(std::move(all.pieces[next_++]));
    return next_ == all.pieces.size() ? Progress::Done : Progress::Send;
  }

  std::size_t next_ = 0;
};

class LogAnswer final : public WaitingAnswer<RegistrationThread::Log> {
 public:
  using WaitingAnswer::WaitingAnswer;

 private:
  // In parts: an entry may have some kilobytes.
  Progress show(RegistrationThread::Log& log, proto::Response& response) override {
    if (!log) {
      response.set_error(log.error());
      return Progress::Done;
    }
    const auto& entries = *log;
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

  std::size_t next_ = 0;
};

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
  if (!backend.registrations.write) return error_answer(kNone);
  Write write;
  for (const auto& asked : request.changes()) {
    const auto action = action_of(asked.action());
    if (!action) return error_answer("unknown action");
    registrations::Change& change = write.changes.emplace_back();
    change.action = *action;
    change.prefix = asked.prefix();
    for (const auto& field : asked.fields()) change.fields.push_back({field.name(), field.value()});
  }
  write.check_only = request.check_only();
  write.user = to_string(user);
  return write_answer(backend, std::move(write), nullptr);
}

std::unique_ptr<Answer> import_registrations(const Backend& backend,
                                             const proto::RegistrationImportRequest& request,
                                             const Asker& asker) {
  if (!backend.registrations.write) return error_answer(kNone);
  RegistrationUpload& upload = *asker.upload;
  std::string fault = upload.add(request.text());
  if (!fault.empty()) return error_answer(std::move(fault));
  if (!request.last()) {
    proto::Response response;
    (void)response.mutable_registration_write();
    return one_answer(std::move(response));
  }
  RegistrationUpload::File file = upload.take();
  Write write;
  write.import = {std::move(file.pieces), one_line(request.name(), kMostShownName, Letters::Utf8)};
  write.check_only = request.check_only();
  write.user = to_string(asker.user);
  return write_answer(backend, std::move(write), std::move(file.place));
}

std::unique_ptr<Answer> export_registrations(const Backend& backend,
                                             const proto::RegistrationExportRequest& request) {
  if (!backend.registrations.export_stored) return error_answer(kNone);
  return std::make_unique<ExportAnswer>([&backend, owner = request.owner()](auto take) {
    return backend.registrations.export_stored(owner, std::move(take));
  });
}

std::unique_ptr<Answer> list_registration_log(const Backend& backend,
                                              const proto::RegistrationLogRequest& request) {
  if (!backend.registrations.read_log) return error_answer(kNone);
  std::optional<Prefix> prefix;
  if (!request.prefix().empty()) {
    prefix = Prefix::parse(request.prefix());
    if (!prefix) return error_answer(not_a_prefix(request.prefix()));
  }
  const std::size_t asked = request.limit() == 0 ? kEntries : request.limit();
  return std::make_unique<LogAnswer>(
      [&backend, prefix, most = std::min(asked, kMostEntries)](auto take) {
        return backend.registrations.read_log(prefix, most, std::move(take));
      });
}

}  // namespace tern::api
