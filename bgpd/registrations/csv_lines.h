// Stored registrations as lines of a CSV file, from the database and from memory.
#pragma once

#include <map>
#include <string>

#include "bgpd/registrations/registration_store.h"
#include "bgpd/registrations/stored_pages.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::registrations {

using CsvLines = std::map<Prefix, std::string>;  // without the line of the columns

// owner: empty for all.
[[nodiscard]] Result<CsvLines, store::Error> csv_lines(RegistrationStore& store,
                                                       const std::string& owner);
// Lines from memory have AS numbers in place of names of partners. owner: likewise.
[[nodiscard]] CsvLines csv_lines(const StoredPages& pages, const std::string& owner);

}  // namespace tern::registrations
