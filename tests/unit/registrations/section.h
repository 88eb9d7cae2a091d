// Settings of RegistrationThread from a section of a configuration.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bgpd/registrations/registration_thread.h"
#include "tests/unit/conf/support.h"

namespace tern::registrations::test {

// files: of registrations. more: lines of the section.
inline RegistrationSettings section(std::vector<std::string> files, const char* more = "") {
  const auto config = conf::test::must_load(conf::test::kRouter + "registrations:\n" +
                                            "  partners: { isp-a: { asn: 1299 } }\n" + more);
  RegistrationSettings settings;
  settings.paths = std::move(files);
  settings.listed = config->registrations;
  settings.names = config->registration_names;
  settings.actions = config->guard;
  settings.fallback = config->fallback;
  return settings;
}

}  // namespace tern::registrations::test
