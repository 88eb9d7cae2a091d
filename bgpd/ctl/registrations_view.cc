// show registrations: a row for each registered prefix; one with all its fields; their files.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Registration;
using api::proto::Registrations;
using api::proto::Response;

template <typename List>
std::string numbers_text(const List& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

std::string pops_text(const Registration& one) {
  std::string text = one.primary_pop();
  for (const std::string& pop : one.backup_pops()) text += " " + pop;
  return text;
}

// "quarantine more-specific, other-origin; warn rpki-invalid"
std::string guard_text(const Registration& one) {
  std::map<std::string, std::vector<std::string>> kinds;  // by action
  for (const auto& [kind, action] : one.guard()) kinds[action].push_back(kind);
  std::vector<std::string> actions;
  for (auto& [action, of] : kinds) {
    std::ranges::sort(of);
    actions.push_back(action + " " + join(of, ", "));
  }
  return join(actions, "; ");
}

Tint state_tint(const std::string& state) {
  if (state == "healthy" || state == "active-on-primary") return Tint::Good;
  const bool bad = state == "hijacked" || state == "last-resort" || state == "not-received" ||
                   state == "active-on-fallback" || state == "leaked" || state == "quarantined";
  return bad ? Tint::Bad : Tint::Warn;
}

// The requirements of new registrations that this one does not meet, a line each.
std::vector<std::string> unmet_lines(const Registration& one) {
  std::vector<std::string> lines(one.unmet().begin(), one.unmet().end());
  if (one.more_unmet() == 0) return lines;
  const bool none = lines.empty();
  lines.push_back((none ? "" : "and ") +
                  count_of(one.more_unmet(), none ? "reason" : "more reason"));
  return lines;
}

void print_unmet(const Registration& one, const Screen& screen, std::ostream& out) {
  for (const std::string& line : unmet_lines(one)) {
    out << "  " << screen.paint(Tint::Warn, "unmet") << ": " << line << '\n';
  }
}

// "  hijacked 3m 2s: 203.0.113.0/25 by edge-2, path 64666", and what was before.
void print_states(const Registration& one, const Screen& screen, std::ostream& out) {
  for (const Registration::State& state : one.states()) {
    out << "  " << screen.paint(state_tint(state.state()), state.state()) << " for "
        << age_text(state.since_seconds(), screen.now_seconds);
    if (!state.evidence().empty()) out << ": " << state.evidence();
    out << '\n';
  }
  std::string ingress;
  for (const Registration::Ingress& share : one.ingress()) {
    ingress += (ingress.empty() ? "" : ", ") + share.pop() + " " + count_text(share.octets());
  }
  if (!ingress.empty()) out << "  octets that entered: " << ingress << '\n';
  for (const Registration::StateChange& change : one.history()) {
    const std::vector<std::string> states(change.states().begin(), change.states().end());
    out << screen.paint(Tint::Dim, "  " + age_text(change.at_seconds(), screen.now_seconds) +
                                       " ago: " + join(states, ", "))
        << '\n';
  }
}

Cell routes_cell(std::uint64_t count, Tint tint) {
  return count == 0 ? Cell{"-", Tint::Dim} : Cell{count_text(count), tint};
}

class RegistrationsView : public View {
 public:
  // With a prefix in the request, a single registration shows with all its fields.
  RegistrationsView(const api::proto::RegistrationsRequest& request, const Screen& screen,
                    std::ostream& out)
      : files_(request.files()),
        has_prefix_(!request.prefix().empty()),
        detail_(request.detail() && !has_prefix_),
        unmet_alone_(request.unmet()),
        screen_(screen),
        out_(out) {}

  void show(const Response& response) override {
    for (const Registration& one : response.registrations().registrations()) {
      add(one);
      if (!detail_) continue;
      table_.print(out_, screen_);
      print_unmet(one, screen_, out_);
      print_states(one, screen_, out_);
    }
    if (!detail_ && !response.registrations().registrations().empty()) table_.print(out_, screen_);
    rest_.mutable_files()->MergeFrom(response.registrations().files());
    rest_.mutable_irr()->MergeFrom(response.registrations().irr());
    rest_.set_listed(rest_.listed() + response.registrations().listed());
    if (response.registrations().has_stored()) {
      *rest_.mutable_stored() = response.registrations().stored();
    }
  }

  Outcome close(bool complete) override {
    if (files_) return close_files(complete);
    if (count_ == 0) {
      if (complete) out_ << "No such prefix is registered.\n";
    } else if (complete && has_prefix_ && count_ == 1) {
      show_fields();
    } else if (complete) {
      out_ << '\n'
           << count_of(count_, "registration") << ", "
           << count_of(quarantined_, "quarantined route");
      if (last_resort_ != 0) out_ << ", " << count_of(last_resort_, "route") << " as last resort";
      out_ << '\n';
      show_unmet();
    }
    for (const Registrations::File& file : rest_.files()) {
      if (!file.error().empty()) out_ << file.error() << '\n';
    }
    show_stored_errors("");
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  void add(const Registration& one) {
    ++count_;
    note_unmet(one);
    quarantined_ += one.quarantined();
    last_resort_ += one.last_resort();
    last_ = one;
    table_.add({{one.prefix()},
                {one.owner()},
                {numbers_text(one.origins())},
                {one.partners().empty() ? "any" : numbers_text(one.partners())},
                {pops_text(one)},
                {one.place().substr(one.place().rfind('/') + 1)},  // without the folder
                routes_cell(one.received(), Tint::Plain),
                routes_cell(one.accepted(), Tint::Good),
                routes_cell(one.quarantined(), Tint::Bad),
                {one.state(), state_tint(one.state())},
                {age_text(one.since_seconds(), screen_.now_seconds), Tint::Dim}});
  }

  void note_unmet(const Registration& one) {
    if (one.unmet().empty() && one.more_unmet() == 0) return;
    ++unmet_;
    for (const std::string& line : unmet_lines(one)) {
      if (detail_) return;
      unmet_is_cut_ = !unmet_alone_ && unmet_lines_.size() == kMostUnmetLines;
      if (unmet_is_cut_) return;
      unmet_lines_.push_back(one.prefix() + " (" + one.place() + "): " + line);
    }
  }

  void show_unmet() const {
    if (unmet_ == 0) return;
    out_ << count_of(unmet_, "registration") << (unmet_ == 1 ? " does" : " do")
         << " not meet the requirements of new ones";
    out_ << (unmet_is_cut_ ? ", all by 'show registrations unmet'\n" : "\n");
    for (const std::string& line : unmet_lines_) out_ << "  " << line << '\n';
  }

  void show_fields() {
    out_ << '\n';
    print_registration(last_, out_);
    if (!last_.guard().empty()) out_ << "  " << guard_text(last_) << '\n';
    if (!last_.notes().empty()) out_ << "  notes: " << last_.notes() << '\n';
    print_unmet(last_, screen_, out_);
    print_states(last_, screen_, out_);
  }

  void show_stored() {
    const Registrations::Stored& stored = rest_.stored();
    out_ << "Stored: " << count_text(stored.registrations()) << " in " << stored.path();
    if (stored.left_out() != 0) out_ << ", " << count_text(stored.left_out()) << " left out";
    if (stored.faulty() != 0) out_ << ", " << count_text(stored.faulty()) << " with an error";
    out_ << '\n';
    show_stored_errors("  ");
  }

  void show_stored_errors(const char* indent) {
    for (const std::string& error : rest_.stored().errors()) out_ << indent << error << '\n';
    for (const std::string& path : rest_.stored().aside()) {
      out_ << indent << "a damaged database was moved to " << path << '\n';
    }
  }

  Outcome close_files(bool complete) {
    if (complete) out_ << "In the configuration: " << count_text(rest_.listed()) << '\n';
    if (complete && rest_.has_stored()) show_stored();
    show_files(rest_.files(), complete, "File", {"Registrations", "Left out", "Errors"},
               [](const Registrations::File& file) {
                 return std::vector<Cell>{routes_cell(file.registrations(), Tint::Plain),
                                          routes_cell(file.left_out(), Tint::Warn),
                                          routes_cell(file.errors(), Tint::Warn)};
               });
    // Route objects, against which new registrations are checked.
    show_files(rest_.irr(), complete || !rest_.files().empty(), "Route objects of",
               {"Objects", "Left out"}, [](const Registrations::IrrFile& file) {
                 return std::vector<Cell>{routes_cell(file.objects(), Tint::Plain),
                                          routes_cell(file.left_out(), Tint::Warn)};
               });
    const bool none = rest_.files().empty() && rest_.irr().empty() && rest_.listed() == 0;
    return none && !rest_.has_stored() ? Outcome::Empty : Outcome::Done;
  }

  // parted: from text above, by a blank line. of: the title of the paths. counts(file): the cells
  // of the titles.
  template <typename Files, typename Counts>
  void show_files(const Files& files, bool parted, const char* of,
                  const std::vector<std::string>& titles, Counts counts) {
    if (files.empty()) return;
    if (parted) out_ << '\n';
    std::vector<Column> columns{
        {of, Column::Align::Left, 14}, {"State"}, {"Read", Column::Align::Right}};
    for (const std::string& title : titles) columns.push_back({title, Column::Align::Right});
    Table table(std::move(columns));
    for (const auto& file : files) {
      std::vector<Cell> row{{file.path()},
                            {file.state(), file.state() == "good" ? Tint::Good : Tint::Warn},
                            {age_text(file.read_seconds(), screen_.now_seconds)}};
      for (Cell& cell : counts(file)) row.push_back(std::move(cell));
      table.add(std::move(row));
    }
    table.print(out_, screen_);
    for (const auto& file : files) {
      if (!file.error().empty()) out_ << "  " << file.error() << '\n';
    }
  }

  const bool files_;
  const bool has_prefix_;
  static constexpr std::size_t kMostUnmetLines = 20;  // in a listing of all

  const bool detail_;  // of several registrations
  const bool unmet_alone_;
  Screen screen_;
  std::ostream& out_;
  Table table_{{{"Prefix", Column::Align::Left, 18},
                {"Owner", Column::Align::Left, 10},
                {"Origins"},
                {"Partners"},
                {"PoPs", Column::Align::Left, 0, true},
                {"From", Column::Align::Left, 0, true},
                {"Received", Column::Align::Right},
                {"Accepted", Column::Align::Right},
                {"Quarantined", Column::Align::Right},
                {"State", Column::Align::Left, 0, true},
                {"Since", Column::Align::Right, 0, true}}};
  Registrations rest_;  // without registrations
  Registration last_;
  std::uint64_t count_ = 0;
  std::uint64_t quarantined_ = 0;
  std::uint64_t last_resort_ = 0;
  std::uint64_t unmet_ = 0;
  std::vector<std::string> unmet_lines_;
  bool unmet_is_cut_ = false;
};

}  // namespace

void print_registration(const Registration& one, std::ostream& out) {
  std::vector<std::string> rules;
  if (one.path_max_length() != 0) {
    rules.push_back("AS path of at most " + std::to_string(one.path_max_length()));
  }
  if (!one.allow_private_as()) rules.emplace_back("no private AS");
  if (!one.allow_prepend()) rules.emplace_back("no prepend");
  if (one.direct()) rules.emplace_back("direct");
  out << "  " << one.prefix() << " up to /" << one.max_length() << " of " << one.owner() << ", AS "
      << one.customer_as() << " (" << one.place() << ")\n";
  out << "  origins " << numbers_text(one.origins()) << "; partners "
      << (one.partners().empty() ? "any" : numbers_text(one.partners()));
  if (!one.primary_pop().empty()) out << "; PoPs " << pops_text(one);
  if (!one.fallback().empty() && one.fallback() != "none") out << "; fallback " << one.fallback();
  if (!one.tag().empty()) out << "; tag " << one.tag();
  out << '\n';
  if (!rules.empty()) out << "  " << join(rules, ", ") << '\n';
}

std::unique_ptr<View> registrations_view(const Command& command, const Screen& screen,
                                         std::ostream& out) {
  return std::make_unique<RegistrationsView>(command.request.registrations(), screen, out);
}

}  // namespace tern::ctl
