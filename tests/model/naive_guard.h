// Registrations of the model, and what the guard and the pin say of a path, from the words of the
// documentation alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "policy/registrations.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

struct Registered {
  Prefix prefix;
  std::uint8_t max_length = 0;
  std::vector<Asn> origins;
  std::vector<Asn> partners;       // neighbor ASes, in order
  std::vector<int> pops;           // in order; empty: none is named
  int fallback = 0;                // none, any valid, any
  bool strict_origin = false;      // the registration itself quarantines other origins
  std::uint32_t longest_path = 0;  // 0: any
};
// A reload changes from one list to another; the first is empty.
inline constexpr int kRegistrations = 4;
[[nodiscard]] const std::vector<Registered>& registered(int number);

// The same for the real pipeline; null where the list is empty.
[[nodiscard]] const std::shared_ptr<const policy::RegistrationTable>& registration_table(
    int number);

// Whether the path may be used; sets its rank and whether the path is a last resort. `path` has its
// place and its AS_PATH as received.
[[nodiscard]] bool passes_guard(int number, const Prefix& prefix, NaiveRib::Path& path);

}  // namespace tern::model
