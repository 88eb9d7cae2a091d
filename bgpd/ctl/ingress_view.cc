// ingress report and ingress import: how many totals the daemon took.
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

class IngressView : public View {
 public:
  explicit IngressView(std::ostream& out) : out_(out) {}

  void show(const api::proto::Response& response) override {
    const api::proto::IngressResult& result = response.ingress_report();
    out_ << count_of(result.taken(), "total") << " taken";
    if (result.unregistered() != 0) {
      out_ << ", " << count_text(result.unregistered())
           << " left out: no registration covers the prefix";
    }
    out_ << '\n';
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> ingress_view(std::ostream& out) { return std::make_unique<IngressView>(out); }

}  // namespace tern::ctl
