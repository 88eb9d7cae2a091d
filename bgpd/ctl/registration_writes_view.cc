// The output of the commands registration add, set, remove, import, export and log.
#include <array>
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"
#include "rib/types/utc_text.h"

namespace tern::ctl {
namespace {

using api::proto::RegistrationDifference;
using api::proto::RegistrationField;
using api::proto::RegistrationWriteResult;
using api::proto::Response;
using Fields = google::protobuf::RepeatedPtrField<RegistrationField>;

// Null: the field is not given.
const std::string* value_in(const Fields& fields, const std::string& name) {
  for (const RegistrationField& field : fields) {
    if (field.name() == name) return &field.value();
  }
  return nullptr;
}

// "tag 64500:1 -> unset"; empty: the field is as before.
std::string change_text(const RegistrationDifference& difference, const std::string& name) {
  const std::string* const before = value_in(difference.before(), name);
  const std::string* const after = value_in(difference.after(), name);
  if (before != nullptr && after != nullptr && *before == *after) return {};
  const auto text = [](const std::string* value) { return value == nullptr ? "unset" : *value; };
  return name + " " + text(before) + " -> " + text(after);
}

// "owner tenant-a, origins 64500", or of a change "tag 64500:1 -> unset".
std::string fields_text(const RegistrationDifference& difference) {
  const bool both = !difference.before().empty() && !difference.after().empty();
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  };
  for (const Fields* fields : {&difference.after(), &difference.before()}) {
    for (const RegistrationField& field : *fields) {
      const bool is_shown = fields == &difference.before() && both &&
                            value_in(difference.after(), field.name()) != nullptr;
      if (is_shown || field.name() == "prefix") continue;
      add(both ? change_text(difference, field.name()) : field.name() + " " + field.value());
    }
  }
  return text;
}

std::string_view verb_of(const RegistrationDifference& difference) {
  if (difference.before().empty()) return "added";
  return difference.after().empty() ? "removed" : "changed";
}

class RegistrationWriteView : public View {
 public:
  RegistrationWriteView(bool check_only, const Screen& screen, std::ostream& out)
      : check_only_(check_only), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const RegistrationWriteResult& result = response.registration_write();
    failed_ = !result.errors().empty();
    for (const std::string& error : result.errors()) {
      out_ << screen_.paint(Tint::Bad, error) << '\n';
    }
    if (result.more_errors() != 0) {
      out_ << "and " << count_of(result.more_errors(), "more error") << '\n';
    }
    for (const std::string& warning : result.warnings()) {
      out_ << screen_.paint(Tint::Warn, "warning: " + warning) << '\n';
    }
    if (result.more_warnings() != 0) {
      out_ << "and " << count_of(result.more_warnings(), "more warning") << '\n';
    }
    if (failed_) {
      out_ << "Nothing was changed.\n";
    } else {
      print_done(result);
    }
  }

  Outcome close(bool /*complete*/) override { return failed_ ? Outcome::Failed : Outcome::Done; }

 private:
  // A single change has its fields, several changes have their numbers. A check has all.
  void print_done(const RegistrationWriteResult& result) {
    const std::string would = check_only_ ? " would be " : " ";
    const auto all = result.added() + result.changed() + result.removed();
    if (all == 1 || check_only_) {
      for (const RegistrationDifference& one : result.differences()) {
        out_ << one.prefix() << would << verb_of(one) << ": " << fields_text(one) << '\n';
      }
    }
    if (all == 1 && result.unchanged() == 0) return;
    const auto shown = static_cast<std::uint64_t>(result.differences_size());
    if (check_only_ && all > shown) out_ << "and " << count_of(all - shown, "more change") << '\n';
    out_ << count_of(result.added(), "registration") << would << "added, "
         << count_text(result.changed()) << " changed, " << count_text(result.removed())
         << " removed, " << count_text(result.unchanged()) << " as before\n";
  }

  const bool check_only_;
  const Screen screen_;
  std::ostream& out_;
  bool failed_ = false;
};

class RegistrationTextView : public View {
 public:
  explicit RegistrationTextView(std::ostream& out) : out_(out) {}
  void show(const Response& response) override { out_ << response.registration_text().text(); }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  std::ostream& out_;
};

class RegistrationLogView : public View {
 public:
  RegistrationLogView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const auto& entry : response.registration_log().entries()) {
      ++count_;
      const RegistrationDifference& difference = entry.difference();
      table_.add({{utc_text(static_cast<std::int64_t>(entry.seconds()))},
                  {difference.prefix()},
                  {std::string(verb_of(difference))},
                  {entry.user()},
                  {fields_text(difference)}});
    }
    if (!response.registration_log().entries().empty()) table_.print(out_, screen_);
  }
  Outcome close(bool complete) override {
    if (complete && count_ == 0) out_ << "No changes are logged.\n";
    return Outcome::Done;
  }

 private:
  const Screen screen_;
  std::ostream& out_;
  Table table_{{{"Time"},
                {"Prefix", Column::Align::Left, 18},
                {"What"},
                {"Who", Column::Align::Left, 12},
                {"Fields", Column::Align::Left, 20}}};
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> registration_writes_view(const Command& command, const Screen& screen,
                                               std::ostream& out) {
  const api::proto::Request& request = command.request;
  if (request.has_registration_export()) return std::make_unique<RegistrationTextView>(out);
  if (request.has_registration_log()) return std::make_unique<RegistrationLogView>(screen, out);
  const bool check_only = request.has_registration_import()
                              ? request.registration_import().check_only()
                              : request.registration_write().check_only();
  return std::make_unique<RegistrationWriteView>(check_only, screen, out);
}

}  // namespace tern::ctl
