// The stored registrations as they will be when a group of writes is in the database. Each write is
// checked beside the registrations in force and the writes before it, and is taken as a whole or
// not at all. Internal to bgpd/registrations; one thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/registrations/faulty_rows.h"
#include "bgpd/registrations/registration_store.h"
#include "bgpd/registrations/stored_pages.h"
#include "bgpd/registrations/write.h"
#include "conf/config.h"
#include "conf/registration_text.h"
#include "policy/registrations.h"

namespace tern::registrations {

class PendingChanges {
 public:
  // References outlive the object.
  struct Beside {
    const policy::RegistrationTable* table = nullptr;  // in force; null: none
    const StoredPages& stored;
    const FaultyRows& faulty;
    RegistrationStore* store = nullptr;  // null: nothing is stored yet
    std::size_t others = 0;              // registrations of files and of the configuration
    const conf::RegistrationNames& names;
    const Requirements& requirements;
  };
  explicit PendingChanges(const Beside& beside);

  // Adds all differences of the write to the list, unless the result has errors or the write only
  // checks. The pieces of an import become one piece.
  WriteResult take(Write& write, std::vector<Difference>& differences);
  // Takes the last write out again.
  void take_back();
  // The registrations that the writes change.
  [[nodiscard]] StoredPages::Changes changes() &&;
  // Of the last read of the database that failed.
  [[nodiscard]] const std::optional<store::Error>& fault() const { return fault_; }

 private:
  struct One {
    std::string text;                                  // empty: the registration is removed
    std::optional<policy::Registration> registration;  // nothing: likewise
  };
  using Ones = std::map<Prefix, One>;

  void take_change(const Change& change);
  void take_import(Import& import);
  void put(conf::TextRegistration built, const std::string& before, const std::string& subject);
  void note(const Prefix& prefix, std::string before, One one);
  void check_session_addresses();
  [[nodiscard]] bool is_owned(const Prefix& address, const policy::Registration& by) const;
  [[nodiscard]] std::optional<std::string> text_of(const Prefix& prefix);
  [[nodiscard]] bool has_known_fields(const Change& change, const std::string& name);
  [[nodiscard]] std::string not_stored(const Prefix& prefix) const;
  [[nodiscard]] bool comes_into_force(const Prefix& prefix, const std::string& before) const;
  [[nodiscard]] const policy::Registration* overlapping(const Prefix& prefix) const;
  [[nodiscard]] const policy::Registration* overlapping_in_force(const Prefix& prefix) const;

  const Beside beside_;
  // Stored registrations that are not in force, because others overlap them or they are faulty.
  std::map<Prefix, const policy::Registration*> left_out_;
  Ones pending_;        // of the writes that were taken, and of the present one
  std::size_t stored_;  // with the pending ones
  std::optional<store::Error> fault_;

  // Of the present write.
  const Write* write_ = nullptr;
  std::size_t stored_before_ = 0;
  WriteResult result_;
  std::vector<Difference> differences_;
  // Registrations that it adds or changes, each with what stands before an error about it.
  std::vector<std::pair<Prefix, std::string>> put_;
  std::vector<std::pair<Prefix, std::optional<One>>> before_;  // pending ones that it replaced
};

}  // namespace tern::registrations
