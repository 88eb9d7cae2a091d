// Views write the daemon's answers for people (tables, sentences) or for programs (JSON).
//
// A view gets the responses of one request in order, writes what it can at once, and ends with
// close(). It holds no more than its form needs: a list of routes passes through, while the
// neighbors, a few thousand at most, are gathered so that their columns align.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>

#include "bgpd/api/control.pb.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/screen.h"

namespace tern::ctl {

enum class Outcome : std::uint8_t {
  Done,
  Empty,   // the answer holds nothing
  Failed,  // the daemon answered, and the answer says that it did not work
};

class View {
 public:
  View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  virtual ~View() = default;

  // One response without an error.
  virtual void show(const api::proto::Response& response) = 0;
  // After the last one, or after what came before an error (`complete` is false then).
  [[nodiscard]] virtual Outcome close(bool complete) = 0;
};

// The view for people that fits the command. `out` must outlive it. Texts must have gone through
// make_printable() before.
[[nodiscard]] std::unique_ptr<View> text_view(const Command& command, const Screen& screen,
                                              std::ostream& out);
[[nodiscard]] std::unique_ptr<View> json_view(const Command& command, std::ostream& out);

// Parts of text_view().
[[nodiscard]] std::unique_ptr<View> version_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> status_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> neighbors_view(const Command& command, const Screen& screen,
                                                   std::ostream& out);
[[nodiscard]] std::unique_ptr<View> routes_view(const Command& command, const Screen& screen,
                                                std::ostream& out);
[[nodiscard]] std::unique_ptr<View> monitor_view(const Command& command, const Screen& screen,
                                                 std::ostream& out);
[[nodiscard]] std::unique_ptr<View> webhooks_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> domains_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> events_view(const Command& command, const Screen& screen,
                                                std::ostream& out);
[[nodiscard]] std::unique_ptr<View> explain_view(const Command& command, const Screen& screen,
                                                 std::ostream& out);
[[nodiscard]] std::unique_ptr<View> egress_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> places_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> kernel_view(const Command& command, const Screen& screen,
                                                std::ostream& out);
[[nodiscard]] std::unique_ptr<View> rpki_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> reload_view(const Command& command, const Screen& screen,
                                                std::ostream& out);
[[nodiscard]] std::unique_ptr<View> next_hops_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> registrations_view(const Command& command, const Screen& screen,
                                                       std::ostream& out);
[[nodiscard]] std::unique_ptr<View> circuits_view(const Command& command, const Screen& screen,
                                                  std::ostream& out);
// Of ingress report and ingress import.
[[nodiscard]] std::unique_ptr<View> ingress_view(std::ostream& out);
// Of registration add, set, remove, import, export and log.
[[nodiscard]] std::unique_ptr<View> registration_writes_view(const Command& command,
                                                             const Screen& screen,
                                                             std::ostream& out);
// Prints a registration with all its fields.
void print_registration(const api::proto::Registration& registration, std::ostream& out);
// Of all guard commands.
[[nodiscard]] std::unique_ptr<View> guard_view(const Command& command, const Screen& screen,
                                               std::ostream& out);
// Of all filter commands.
[[nodiscard]] std::unique_ptr<View> filter_view(const Command& command, const Screen& screen,
                                                std::ostream& out);
// Prints releases and blocks as a table.
void print_guard_orders(const google::protobuf::RepeatedPtrField<api::proto::GuardOrder>& orders,
                        std::size_t indent, const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> originated_view(const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> conditions_view(const Screen& screen, std::ostream& out);
// Of originate and withdraw.
[[nodiscard]] std::unique_ptr<View> originate_view(const Command& command, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> rtts_view(const Command& command, const Screen& screen,
                                              std::ostream& out);
[[nodiscard]] std::unique_ptr<View> latency_view(const Command& command, const Screen& screen,
                                                 std::ostream& out);
// Of latency report and latency import.
[[nodiscard]] std::unique_ptr<View> latency_report_view(const Command& command,
                                                        const Screen& screen, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> baseline_view(const Command& command, const Screen& screen,
                                                  std::ostream& out);
[[nodiscard]] std::unique_ptr<View> probes_view(const Screen& screen, std::ostream& out);
// Of rtt set and rtt clear.
[[nodiscard]] std::unique_ptr<View> rtt_view(const Command& command, std::ostream& out);
[[nodiscard]] std::unique_ptr<View> action_view(const Command& command, std::ostream& out);

}  // namespace tern::ctl
