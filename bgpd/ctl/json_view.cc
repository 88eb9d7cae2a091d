#include <cstddef>

#include "bgpd/ctl/json.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;

// Prints an answer as one object. The answer may come in parts.
class ObjectView : public View {
 public:
  explicit ObjectView(std::ostream& out) : out_(out) {}

  void show(const Response& response) override { all_.MergeFrom(response); }

  Outcome close(bool complete) override {
    const google::protobuf::OneofDescriptor& body = *Response::descriptor()->oneof_decl(0);
    const auto* const field = all_.GetReflection()->GetOneofFieldDescriptor(all_, &body);
    if (field == nullptr || !complete) return Outcome::Empty;
    out_ << json_text(to_json(all_.GetReflection()->GetMessage(all_, field)), true) << '\n';
    if (all_.has_reload() && !all_.reload().ok()) return Outcome::Failed;
    if (!all_.registration_write().errors().empty()) return Outcome::Failed;
    return all_.has_explanation() && all_.explanation().candidates().empty() ? Outcome::Empty
                                                                             : Outcome::Done;
  }

 private:
  std::ostream& out_;
  Response all_;
};

// Many answers, one array with an element per line, written as they come.
class ArrayView : public View {
 public:
  explicit ArrayView(std::ostream& out) : out_(out) {}

  void show(const Response& response) override {
    for (const auto& neighbor : response.neighbors().neighbors()) add(neighbor);
    for (const auto& route : response.routes().routes()) add(route);
    for (const auto& route : response.originated().routes()) add(route);
    for (const auto& condition : response.conditions().conditions()) add(condition);
    for (const auto& rtt : response.rtts().rtts()) add(rtt);
    for (const auto& next_hop : response.next_hops().next_hops()) add(next_hop);
    for (const auto& one : response.registrations().registrations()) add(one);
    for (const auto& order : response.guard().orders()) add(order);
    for (const auto& filter : response.filters().filters()) add(filter);
    for (const auto& entry : response.registration_log().entries()) add(entry);
  }

  // After an error too: what was written stays valid JSON.
  Outcome close(bool complete) override {
    if (elements_ != 0) {
      out_ << "\n]\n";
    } else if (complete) {
      out_ << "[]\n";
    }
    return elements_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  void add(const google::protobuf::Message& message) {
    out_ << (elements_ == 0 ? "[\n" : ",\n") << json_text(to_json(message), false);
    ++elements_;
  }

  std::ostream& out_;
  std::size_t elements_ = 0;
};

// An object a line, each as it comes: of a stream without an end, and of events.
class LinesView : public View {
 public:
  explicit LinesView(std::ostream& out) : out_(out) {}
  void show(const Response& response) override {
    for (const auto& event : response.route_events().events()) {
      out_ << json_text(to_json(event), false) << '\n';
    }
    if (response.events().fell_behind()) out_ << R"({"fell_behind":true})" << '\n';
    for (const auto& event : response.events().events()) {
      out_ << json_text(to_json(event), false) << '\n';
    }
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  std::ostream& out_;
};

class CountView : public View {
 public:
  explicit CountView(std::ostream& out) : out_(out) {}
  void show(const Response& response) override { count_ += response.routes().count(); }
  Outcome close(bool complete) override {
    if (complete) out_ << json_text({{"count", count_}}, true) << '\n';
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  std::ostream& out_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> json_view(const Command& command, std::ostream& out) {
  const api::proto::Request& request = command.request;
  if (request.has_routes() && request.routes().count_only()) {
    return std::make_unique<CountView>(out);
  }
  if (request.has_monitor() || request.has_events()) return std::make_unique<LinesView>(out);
  const bool registrations = request.has_registrations() && !request.registrations().files();
  if (registrations || request.has_routes() || request.has_neighbors() ||
      request.has_originated() || request.has_conditions() || request.has_rtts() ||
      request.has_next_hops() || request.has_guard() || request.has_filters() ||
      request.has_registration_log())
    return std::make_unique<ArrayView>(out);
  return std::make_unique<ObjectView>(out);
}

}  // namespace tern::ctl
