// The data of a cache: the records of one RTR session, and the answer to a query while it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/rpki/pdu.h"
#include "policy/vrp_table.h"
#include "rib/types/result.h"

namespace tern::rpki {

// Provider ASes by customer AS (draft-ietf-sidrops-aspa-verification). No policy uses them yet; a
// change copies the map.
using AspaRecords = std::map<Asn, std::vector<Asn>>;

// Immutable records, shared with all readers. vrps is null while a cache has sent no End of Data,
// and after its data expired; aspas is null exactly then.
struct CacheData {
  policy::VrpTable::Ptr vrps;
  std::shared_ptr<const AspaRecords> aspas;

  explicit operator bool() const { return vrps != nullptr; }
  friend bool operator==(const CacheData&, const CacheData&) = default;  // the same objects
};

// Why an answer cannot be applied, and the PDU at fault.
struct Refusal {
  Fault fault;
  std::optional<Pdu> pdu;
};

// The records between Cache Response and End of Data. All of them count at once, with finish(),
// or none does.
class Answer {
 public:
  // base: what the answer changes; empty where the answer is to a Reset Query. limit: of records,
  // those of the answer and those in all; a provider of an ASPA counts as one.
  Answer(CacheData base, std::size_t limit);

  // False: the answer has more records than the limit.
  [[nodiscard]] bool add(const PrefixPdu& pdu);
  [[nodiscard]] bool add(AspaPdu pdu);

  // RFC 8210 section 12: an announcement of a record that is there is error 7, a withdrawal of one
  // that is not is error 6. An announced ASPA replaces the customer's (8210bis). Data without a
  // change are the object of `base`. Takes time by the table after a Reset Query, by the answer
  // otherwise; call once.
  [[nodiscard]] Result<CacheData, Refusal> finish();

 private:
  struct Change {
    policy::Vrp vrp;
    std::uint32_t order = 0;  // twice the number of the PDU, plus one for an announcement
  };

  [[nodiscard]] std::optional<Refusal> net_changes(policy::VrpDelta& delta);
  [[nodiscard]] bool count(std::size_t records);

  CacheData base_;
  std::size_t limit_;
  std::size_t counted_ = 0;
  std::vector<Change> changes_;
  std::vector<AspaPdu> aspas_;
};

}  // namespace tern::rpki
