// show webhooks: the receivers of events over HTTP, and whether they take them.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;
using Webhook = api::proto::Webhooks::Webhook;

class WebhooksView : public View {
 public:
  WebhooksView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    using Align = Column::Align;
    Table table({{"Webhook", Align::Left, 10},
                 {"Receiver", Align::Left, 18},
                 {"State"},
                 {"Waiting", Align::Right},
                 {"Delivered", Align::Right},
                 {"Dropped", Align::Right},
                 {"Success", Align::Right},
                 {"Failure", Align::Right, 0, true},
                 {"Last error", Align::Left, 18, true}});
    for (const Webhook& webhook : response.webhooks().webhooks()) {
      ++count_;
      const std::uint64_t lost = webhook.dropped() + webhook.refused();
      table.add(
          {{webhook.name()},
           {webhook.receiver()},
           state_of(webhook),
           {count_text(webhook.waiting())},
           {count_text(webhook.delivered())},
           {count_text(lost), lost == 0 ? Tint::Plain : Tint::Bad},
           {webhook.last_success_seconds() == 0 ? "never" : age(webhook.last_success_seconds())},
           {age(webhook.last_failure_seconds())},
           {webhook.last_error()}});
    }
    if (count_ != 0) table.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (count_ != 0) return Outcome::Done;
    if (complete) out_ << "No webhooks are configured (events.webhooks).\n";
    return Outcome::Empty;
  }

 private:
  [[nodiscard]] std::string age(std::uint64_t since) const {
    return age_text(since, screen_.now_seconds);
  }

  [[nodiscard]] Cell state_of(const Webhook& webhook) const {
    if (webhook.state() == "ok") return {webhook.state(), Tint::Good};
    std::string text = webhook.state();
    if (webhook.next_attempt_seconds() > screen_.now_seconds) {
      text += " in " + duration_text(webhook.next_attempt_seconds() - screen_.now_seconds);
    }
    return {text, Tint::Bad};
  }

  const Screen screen_;
  std::ostream& out_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> webhooks_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<WebhooksView>(screen, out);
}

}  // namespace tern::ctl
