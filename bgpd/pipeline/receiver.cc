#include "bgpd/pipeline/receiver.h"

#include <utility>

namespace tern::pipeline {

void UpdateBatch::clear() {
  routes.clear();
  updates = 0;
  fault.reset();
  end_of_rib.reset();
  reset.reset();
}

bool receive(Judge& judge, wire::Bytes body, std::uint64_t read_time, std::size_t most,
             UpdateBatch& into) {
  if (into.empty()) into.routes.read_time = read_time;
  ++into.updates;
  Judgement judgement = judge.take(body, into.routes);
  if (judgement.fault != nullptr && !into.fault) into.fault = *judgement.fault;
  into.end_of_rib = judgement.end_of_rib;
  into.reset = std::move(judgement.reset);
  return into.end_of_rib || into.reset || into.routes.size() >= most;
}

}  // namespace tern::pipeline
