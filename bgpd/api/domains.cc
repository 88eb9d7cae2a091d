// show domains: the further routing domains of the process.
#include "bgpd/api/answer.h"

namespace tern::api {
namespace {

const char* state_text(DomainRow::State state) {
  switch (state) {
    case DomainRow::State::Starting:
      return "starting";
    case DomainRow::State::Running:
      return "running";
    case DomainRow::State::Ending:
      return "ending";
    case DomainRow::State::Failed:
      return "failed";
  }
  return "";
}

}  // namespace

void show_domains(const Backend& backend, proto::Response& response) {
  if (!backend.domains) {
    response.set_error("the first domain of the process knows the others: ask without --domain");
    return;
  }
  proto::Domains& shown = *response.mutable_domains();
  for (const DomainRow& row : backend.domains()) {
    proto::Domains::Domain& domain = *shown.add_domains();
    domain.set_name(row.name);
    domain.set_file(row.file);
    domain.set_socket(row.socket);
    domain.set_state(state_text(row.state));
    domain.set_error(row.error);
  }
}

}  // namespace tern::api
