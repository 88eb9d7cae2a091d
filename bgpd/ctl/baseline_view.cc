// show baseline: how much was learnt; of a prefix, its origins and upstreams.
#include <ctime>
#include <string>
#include <vector>

#include "bgpd/ctl/fields.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Baseline;
using api::proto::Response;

constexpr std::size_t kBaselineLabel = 14;
constexpr std::size_t kSeenIndent = 2;  // that of fields
constexpr Column::Align kDaysRight = Column::Align::Right;

std::string day_text(std::uint64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  char text[32] = "";
  if (unix_seconds == 0 || ::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d", &utc) == 0) {
    return "-";
  }
  return text;
}

class BaselineView : public View {
 public:
  BaselineView(std::string prefix, const Screen& screen, std::ostream& out)
      : prefix_(std::move(prefix)), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Baseline& baseline = response.baseline();
    if (prefix_.empty()) return show_counts(baseline);
    if (baseline.prefixes().empty()) out_ << "Nothing was learnt of " << prefix_ << ".\n";
    for (const Baseline::Prefix& one : baseline.prefixes()) show_prefix(one, baseline);
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  static std::string state_text(const std::string& state) {
    if (state == "reading") return "reading the file of the last run";
    if (state == "waiting") return "waiting until the neighbors have sent their tables";
    return state;
  }

  void show_counts(const Baseline& of) {
    std::vector<Field> fields{
        {"State", state_text(of.state())},
        {"Prefixes", count_text(of.learnt()) + " of " + count_text(of.most()) + " at most, " +
                         count_text(of.ripe()) + " ripe"},
        {"Day", "number " + std::to_string(of.day()) + ", of " + duration_text(of.day_seconds())},
        {"Not usual", count_of(of.open(), "finding") + " at present"},
        {"Memory", bytes_text(of.bytes())},
        {"File", of.kept_seconds() == 0
                     ? "not written since the start"
                     : "written " + age_text(of.kept_seconds(), screen_.now_seconds) + " ago"}};
    if (of.left_out() != 0) {
      fields.push_back(
          {"Left out", "a new prefix " + count_text(of.left_out()) + " times, for want of room"});
    }
    if (of.displaced() != 0) {
      fields.push_back({"Displaced", count_text(of.displaced()) + " unripe prefixes"});
    }
    if (of.unreported() != 0) {
      fields.push_back({"Unreported", count_of(of.unreported(), "finding")});
    }
    if (!of.error().empty()) fields.push_back({"Error", of.error()});
    print_fields(out_, screen_, fields, kBaselineLabel);
  }

  void show_prefix(const Baseline::Prefix& of, const Baseline& baseline) {
    const std::string lengths =
        of.longest() == 0 ? "-"
                          : std::to_string(of.shortest()) + " to " + std::to_string(of.longest());
    print_fields(out_, screen_,
                 {{"Prefix", of.prefix() + (of.covering() ? ", which covers " + prefix_ : "")},
                  {"State", of.ripe() ? "ripe" : "learning"},
                  {"Path length", lengths},
                  {"Many", many_text(of)}},
                 kBaselineLabel);
    Table table(
        {{"AS"}, {"Seen as"}, {"Days", kDaysRight}, {"Last seen"}, {"First seen"}, {"State"}},
        kSeenIndent);
    for (const Baseline::Seen& seen : of.origins()) add(seen, "origin", baseline, table);
    for (const Baseline::Seen& seen : of.upstreams()) add(seen, "upstream", baseline, table);
    table.print(out_, screen_);
  }

  static std::string many_text(const Baseline::Prefix& of) {
    if (of.many_origins() && of.many_upstreams()) return "origins and upstreams: others are usual";
    if (of.many_origins()) return "origins: others are usual";
    return of.many_upstreams() ? "upstreams: others are usual" : "";
  }

  static void add(const Baseline::Seen& seen, const char* as, const Baseline& baseline,
                  Table& table) {
    const std::uint64_t ago = std::uint64_t{seen.days_ago()} * baseline.day_seconds();
    table.add({{seen.asn() == 0 ? "none" : std::to_string(seen.asn())},
               {as},
               {seen.days() == 255 ? "255 or more" : std::to_string(seen.days())},
               {seen.days_ago() == 0 ? "today" : duration_text(ago) + " ago"},
               {day_text(seen.first_seconds())},
               {seen.usual() ? "usual" : "learning", seen.usual() ? Tint::Good : Tint::Plain}});
  }

  const std::string prefix_;  // empty: the numbers alone
  const Screen screen_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> baseline_view(const Command& command, const Screen& screen,
                                    std::ostream& out) {
  return std::make_unique<BaselineView>(command.request.baseline().prefix(), screen, out);
}

}  // namespace tern::ctl
