// show rpki: the sources of VRPs, the one in use first to see; or the VRPs that cover a prefix.
#include <string>
#include <vector>

#include "bgpd/ctl/route_text.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;
using api::proto::Rpki;

std::string vrps_text(const Rpki::Count& count) {
  return count_text(count.ipv4()) + " + " + count_text(count.ipv6());
}

Cell state_cell(const std::string& state) {
  const bool good = state == "synchronised" || state == "good";
  const bool bad = state == "bad" || state == "stale";
  return {state, good ? Tint::Good : bad ? Tint::Bad : Tint::Warn};
}

class RpkiView : public View {
 public:
  RpkiView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Rpki& rpki = response.rpki();
    if (rpki.has_validation()) {
      print_validation(rpki.validation());
    } else {
      print_sources(rpki.sources());
    }
  }

  Outcome close(bool /*complete*/) override { return empty_ ? Outcome::Empty : Outcome::Done; }

 private:
  void print_validation(const Rpki::Validation& validation) {
    if (!validation.state().empty()) {
      const bool bad = validation.state() == "invalid";
      out_ << validation.prefix() << ' '
           << screen_.paint(bad ? Tint::Bad : Tint::Bold, validation.state()) << '\n';
    }
    empty_ = validation.vrps().empty();
    print_vrps(validation.vrps(), validation.left_out(), screen_, out_);
  }

  void print_sources(const Rpki::Sources& sources) {
    if (sources.validated()) {
      out_ << screen_.paint(Tint::Bold, "Routes are validated") << ": " << vrps_text(sources.vrps())
           << " VRPs (IPv4 + IPv6) of " << sources.source() << ", changed "
           << age(sources.since_seconds()) << " ago\n";
    } else {
      out_ << screen_.paint(Tint::Bad, "No route is validated: no source has VRPs") << '\n';
    }
    if (sources.filtered() + sources.added() != 0) {
      out_ << "Local exceptions take away " << count_text(sources.filtered()) << " and add "
           << count_text(sources.added()) << '\n';
    }
    print_caches(sources);
    print_files("File", sources.files(), false);
    print_files("Local exceptions", sources.slurm(), true);
  }

  void print_caches(const Rpki::Sources& sources) {
    if (sources.caches().empty()) return;
    using Align = Column::Align;
    Table table({{""},
                 {"Cache", Align::Left, 12},
                 {"Preference", Align::Right, 0, false, true},
                 {"State"},
                 {"Version", Align::Right, 0, false, true},
                 {"Serial", Align::Right},
                 {"VRPs", Align::Right},
                 {"Updated", Align::Right},
                 {"Last error", Align::Left, 18, true}});
    for (const Rpki::Cache& cache : sources.caches()) {
      table.add(
          {{cache.in_use() ? "*" : "", Tint::Good},
           {cache.name(), cache.in_use() ? Tint::Bold : Tint::Plain},
           {std::to_string(cache.preference())},
           state_cell(cache.state()),
           {std::to_string(cache.version())},
           {cache.has_data() ? std::to_string(cache.serial()) : std::string()},
           {cache.has_data() ? vrps_text(cache.vrps()) : std::string()},
           {age(cache.updated_seconds())},
           {cache.state() == "synchronised" ? std::string() : cache.last_error(), Tint::Bad}});
    }
    out_ << '\n';
    table.print(out_, screen_);
  }

  template <typename Files>
  void print_files(const char* title, const Files& files, bool slurm) {
    if (files.empty()) return;
    using Align = Column::Align;
    Table table({{""},
                 {title, Align::Left, 12},
                 {"State"},
                 {slurm ? "Filters" : "VRPs", Align::Right},
                 {slurm ? "Assertions" : "Left out", Align::Right},
                 {"Read", Align::Right},
                 {"Error", Align::Left, 18, true}});
    for (const Rpki::File& file : files) {
      table.add({{file.in_use() ? "*" : "", Tint::Good},
                 {file.path(), file.in_use() ? Tint::Bold : Tint::Plain},
                 state_cell(file.state()),
                 {slurm ? count_text(file.filters()) : vrps_text(file.vrps())},
                 {count_text(slurm ? file.assertions() : file.left_out() + file.expired())},
                 {age(file.read_seconds())},
                 {file.error(), Tint::Bad}});
    }
    out_ << '\n';
    table.print(out_, screen_);
  }

  [[nodiscard]] std::string age(std::uint64_t seconds) const {
    return seconds == 0 ? "never" : age_text(seconds, screen_.now_seconds);
  }

  Screen screen_;
  std::ostream& out_;
  bool empty_ = false;
};

}  // namespace

std::unique_ptr<View> rpki_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<RpkiView>(screen, out);
}

}  // namespace tern::ctl
