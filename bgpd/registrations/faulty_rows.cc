#include "bgpd/registrations/faulty_rows.h"

#include "rib/types/one_line.h"

namespace tern::registrations {
namespace {

constexpr std::size_t kMostFault = 400;  // octets

}  // namespace

void FaultyRows::add(const std::string& prefix, const std::string& fault) {
  const std::string text = one_line(prefix + ": " + fault, kMostFault, Letters::Utf8);
  const auto parsed = Prefix::parse(prefix);
  if (!parsed) {
    if (without_prefix_++ == 0) fault_without_prefix_ = text;
    return;
  }
  Row& row = rows_[*parsed];
  row.registration.prefix = *parsed;
  row.registration.set_stored();
  row.fault = text;
}

const std::string& FaultyRows::first_fault() const {
  return rows_.empty() ? fault_without_prefix_ : rows_.begin()->second.fault;
}

}  // namespace tern::registrations
