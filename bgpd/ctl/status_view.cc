// version and status.
#include "bgpd/ctl/fields.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

#ifndef TERN_VERSION
#error "the build defines TERN_VERSION"
#endif

namespace tern::ctl {
namespace {

using api::proto::Response;
using api::proto::Status;
using api::proto::Version;

std::string version_text(const Version& version) {
  std::string text = "ternd " + version.version();
  if (!version.revision().empty()) text.append(" (").append(version.revision()).append(")");
  return text;
}

std::string up_text(const Version& version, const Screen& screen) {
  const std::string age = age_text(version.start_time_seconds(), screen.now_seconds);
  return age.empty() ? std::string() : ", up " + age;
}

class VersionView : public View {
 public:
  VersionView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Version& version = response.version();
    out_ << version_text(version) << up_text(version, screen_) << '\n';
    out_ << "ternctl " << TERN_VERSION << '\n';
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  Screen screen_;
  std::ostream& out_;
};

class StatusView : public View {
 public:
  StatusView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Status& status = response.status();
    const std::string title = version_text(status.version()) + up_text(status.version(), screen_);
    out_ << screen_.paint(Tint::Bold, title) << ", "
         << (status.ready() ? screen_.paint(Tint::Good, "ready")
                            : screen_.paint(Tint::Warn, "not ready yet"))
         << '\n';
    std::string router = "AS " + std::to_string(status.asn()) + ", ID " + status.router_id();
    if (!status.pop().empty()) router.append(", PoP ").append(status.pop());
    std::vector<Field> fields{{"Router", router}, {"Configuration", configuration_text(status)}};
    if (!status.domain().empty()) fields.insert(fields.begin(), {"Domain", status.domain()});
    if (!status.reload_note().empty()) {
      fields.push_back({"", screen_.paint(Tint::Warn, status.reload_note())});
    }
    for (const std::string& file : status.stale_files()) {
      fields.push_back({"Stale file", screen_.paint(Tint::Bad, file)});
    }
    fields.push_back({"Neighbors", count_text(status.established()) + " of " +
                                       count_text(status.neighbors()) + " established"});
    if (status.pop_drained() || status.drained_neighbors() != 0) {
      const std::string drained = count_of(status.drained_neighbors(), "neighbor");
      fields.push_back(
          {"Drained",
           screen_.paint(Tint::Warn, status.pop_drained() ? "the PoP, " + drained : drained)});
    }
    if (status.pop_added_us() != 0 || status.degraded_neighbors() != 0) {
      std::string text;
      if (status.pop_added_us() != 0) {
        text = "the PoP, paths cost " + cost_text(status.pop_added_us()) + " more";
      }
      if (status.degraded_neighbors() != 0) {
        text += (text.empty() ? "" : "; ") + count_of(status.degraded_neighbors(), "neighbor");
      }
      fields.push_back({"Degraded", screen_.paint(Tint::Warn, text)});
    }
    for (const Status::Demotion& demotion : status.demotions()) {
      const std::string text = demotion.rule() + ", for " + duration_text(demotion.seconds()) +
                               ", paths cost " + cost_text(demotion.added_us()) + " more";
      fields.push_back({"Demoted", screen_.paint(Tint::Warn, text)});
    }
    for (const Status::Table& table : status.tables()) {
      fields.push_back({table.family(), count_text(table.prefixes()) + " prefixes, " +
                                            count_of(table.paths(), "path")});
    }
    fields.push_back({"Attributes", count_of(status.attribute_sets(), "set") + ", " +
                                        bytes_text(status.attribute_bytes())});
    if (status.resident_bytes() != 0) {
      fields.push_back({"Memory", bytes_text(status.resident_bytes()) + " resident"});
    }
    print_fields(out_, screen_, fields, 13);
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  [[nodiscard]] std::string configuration_text(const Status& status) const {
    std::string text = status.config_file();
    text.append(", generation ").append(count_text(status.config_generation()));
    const std::string age = age_text(status.last_reload_seconds(), screen_.now_seconds);
    if (age.empty()) return text;
    text.append(", last reload ").append(status.last_reload_ok() ? "" : "refused ");
    text.append(age).append(" ago");
    const std::uint64_t routes = status.reevaluated_imports() + status.reevaluated_exports();
    if (routes == 0 || !status.last_reload_ok()) return text;
    return text + ", " + count_of(routes, "route") + " evaluated again";
  }

  Screen screen_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> version_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<VersionView>(screen, out);
}

std::unique_ptr<View> status_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<StatusView>(screen, out);
}

}  // namespace tern::ctl
