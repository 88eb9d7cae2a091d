// filter list, show and diff: route filters; filter add, remove, set and reset: what was done.
#include <string>
#include <vector>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::FilterActionRequest;
using api::proto::Response;
using api::proto::RouteFilter;

std::string title_of(const RouteFilter& filter) {
  return filter.name().empty() ? filter.address() : filter.name();
}

std::string communities_text(std::uint64_t count) {
  return count == 1 ? "1 community" : count_text(count) + " communities";
}

std::string size_text(const RouteFilter& filter) {
  if (!filter.on()) return "no filter";
  return communities_text(static_cast<std::uint64_t>(filter.allowed_size()));
}

class FilterListView : public View {
 public:
  FilterListView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const RouteFilter& filter : response.filters().filters()) {
      const bool nothing = filter.allowed().empty();
      table_.add({{title_of(filter)},
                  {count_text(static_cast<std::uint64_t>(filter.allowed_size())),
                   nothing ? Tint::Warn : Tint::Plain},
                  {filter.configured() ? count_text(filter.configured_size()) : "none"},
                  {edit_text(filter, filter.added())},
                  {edit_text(filter, filter.removed())},
                  {age_text(filter.since_seconds(), screen_.now_seconds)},
                  {filter.owner()},
                  {filter.because()}});
      empty_ = false;
    }
  }

  Outcome close(bool complete) override {
    if (!empty_) table_.print(out_, screen_);
    if (empty_ && complete) out_ << "No neighbor has a route filter.\n";
    return Outcome::Done;
  }

 private:
  static std::string edit_text(const RouteFilter& filter, std::uint64_t count) {
    return filter.edited() ? count_text(count) : std::string();
  }

  Screen screen_;
  std::ostream& out_;
  Table table_{{{"Neighbor"},
                {"Communities", Column::Align::Right},
                {"Configured", Column::Align::Right},
                {"Added", Column::Align::Right, 0, true},
                {"Removed", Column::Align::Right, 0, true},
                {"Edited", Column::Align::Right, 0, true},
                {"By", Column::Align::Left, 10, true},
                {"Because", Column::Align::Left, 10, true}}};
  bool empty_ = true;
};

class FilterShowView : public View {
 public:
  FilterShowView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const RouteFilter& filter : response.filters().filters()) show(filter);
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  void show(const RouteFilter& filter) {
    out_ << screen_.paint(Tint::Bold, title_of(filter));
    if (!filter.on()) {
      out_ << ": no route filter, all that policies let pass is advertised\n";
      return;
    }
    out_ << ": " << size_text(filter);
    if (filter.allowed().empty()) out_ << ", no route is advertised";
    if (filter.name().empty()) out_ << ", the neighbor is gone";
    out_ << '\n';
    if (filter.communities().empty()) return;
    Table table({{"Community"},
                 {"From"},
                 {"Edited", Column::Align::Right, 0, true},
                 {"By", Column::Align::Left, 10, true},
                 {"Because", Column::Align::Left, 10, true}},
                2);
    for (const RouteFilter::Community& one : filter.communities()) {
      const bool removed = !one.allowed();
      const std::string from = one.edit().empty() ? "configuration" : one.edit();
      table.add({{one.community(), removed ? Tint::Dim : Tint::Plain},
                 {from, removed ? Tint::Warn : Tint::Plain},
                 {age_text(one.since_seconds(), screen_.now_seconds)},
                 {one.owner()},
                 {one.because()}});
    }
    table.print(out_, screen_);
  }

  Screen screen_;
  std::ostream& out_;
};

// The filter in force against that of the configuration, a line for each community that differs.
class FilterDiffView : public View {
 public:
  FilterDiffView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const RouteFilter& filter : response.filters().filters()) show(filter);
  }

  Outcome close(bool complete) override {
    if (empty_ && complete) out_ << "Every route filter is as configured.\n";
    return Outcome::Done;
  }

 private:
  void show(const RouteFilter& filter) {
    empty_ = false;
    out_ << screen_.paint(Tint::Bold, title_of(filter));
    if (!filter.configured()) out_ << ": the configuration has no filter";
    out_ << '\n';
    bool differs = !filter.configured();
    for (const RouteFilter::Community& one : filter.communities()) {
      if (one.allowed() == one.configured()) continue;
      differs = true;
      const std::string line = (one.allowed() ? "+ " : "- ") + one.community();
      out_ << "  " << screen_.paint(one.allowed() ? Tint::Good : Tint::Bad, line) << "  "
           << age_text(one.since_seconds(), screen_.now_seconds) << " ago by " << one.owner();
      if (!one.because().empty()) out_ << ", because " << one.because();
      out_ << '\n';
    }
    if (!differs) out_ << "  the same communities; 'ternctl filter reset' ends the edits\n";
  }

  Screen screen_;
  std::ostream& out_;
  bool empty_ = true;
};

// "as65001-ams: added 65000:200; 3 communities"
class FilterActionView : public View {
 public:
  FilterActionView(FilterActionRequest::Action action, std::ostream& out)
      : action_(action), out_(out) {}

  void show(const Response& response) override {
    for (const RouteFilter& filter : response.filters().filters()) {
      out_ << title_of(filter) << ": ";
      if (action_ == FilterActionRequest::RESET) out_ << "as configured; ";
      if (!filter.changed()) out_ << "nothing changed; ";
      list("added ", filter.now_added());
      list("removed ", filter.now_removed());
      out_ << size_text(filter);
      if (filter.on() && filter.allowed().empty()) out_ << ", no route is advertised";
      out_ << '\n';
    }
  }
  Outcome close(bool complete) override { return complete ? Outcome::Done : Outcome::Failed; }

 private:
  void list(std::string_view verb,
            const google::protobuf::RepeatedPtrField<std::string>& communities) {
    if (communities.empty()) return;
    out_ << verb << join({communities.begin(), communities.end()}, ", ") << "; ";
  }

  const FilterActionRequest::Action action_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> filter_view(const Command& command, const Screen& screen, std::ostream& out) {
  if (command.request.has_filter_action()) {
    return std::make_unique<FilterActionView>(command.request.filter_action().action(), out);
  }
  if (command.id == CommandId::FilterShow) return std::make_unique<FilterShowView>(screen, out);
  if (command.id == CommandId::FilterDiff) return std::make_unique<FilterDiffView>(screen, out);
  return std::make_unique<FilterListView>(screen, out);
}

}  // namespace tern::ctl
