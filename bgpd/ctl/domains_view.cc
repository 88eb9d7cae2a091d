// show domains: the further routing domains of the process, and whether they run.
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;
using Domain = api::proto::Domains::Domain;

class DomainsView : public View {
 public:
  DomainsView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    using Align = Column::Align;
    Table table({{"Domain", Align::Left, 10},
                 {"State"},
                 {"Configuration", Align::Left, 18},
                 {"Socket", Align::Left, 18, true},
                 {"Error", Align::Left, 18, true}});
    for (const Domain& domain : response.domains().domains()) {
      ++count_;
      const bool failed = domain.state() == "failed";
      const Tint tint = failed ? Tint::Bad : domain.state() == "running" ? Tint::Good : Tint::Warn;
      table.add({{domain.name()},
                 {domain.state(), tint},
                 {domain.file()},
                 {failed ? "" : domain.socket()},
                 {domain.error()}});
    }
    if (count_ != 0) table.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (count_ != 0) return Outcome::Done;
    if (complete) out_ << "No further domains are configured (domains).\n";
    return Outcome::Empty;
  }

 private:
  const Screen screen_;
  std::ostream& out_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> domains_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<DomainsView>(screen, out);
}

}  // namespace tern::ctl
