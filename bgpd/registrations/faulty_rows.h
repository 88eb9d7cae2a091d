// Stored registrations that the configuration does not allow. A FaultyRows belongs to one thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "policy/registrations.h"
#include "rib/types/prefix.h"

namespace tern::registrations {

class FaultyRows {
 public:
  struct Row {
    policy::Registration registration;  // the prefix and the file alone
    std::string fault;                  // "192.0.2.0/24: partners: expected ..."
  };
  using Rows = std::map<Prefix, Row>;

  // prefix: the text of the row. fault: without the prefix.
  void add(const std::string& prefix, const std::string& fault);
  void remove(const Prefix& prefix) { rows_.erase(prefix); }

  // Without rows whose prefix cannot be read.
  [[nodiscard]] const Rows& rows() const { return rows_; }
  [[nodiscard]] bool contains(const Prefix& prefix) const { return rows_.contains(prefix); }
  [[nodiscard]] std::size_t size() const { return rows_.size() + without_prefix_; }
  // The fault of the first row; empty: there is no row.
  [[nodiscard]] const std::string& first_fault() const;

 private:
  Rows rows_;
  std::size_t without_prefix_ = 0;
  std::string fault_without_prefix_;  // of the first such row
};

}  // namespace tern::registrations
