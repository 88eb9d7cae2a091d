// From a checked configuration to the settings of the speaker. Defaults of the schema are applied
// here.
#pragma once

#include "bgpd/session/settings.h"
#include "conf/config.h"

namespace tern::daemon {

[[nodiscard]] session::SpeakerThreads compose_threads(const conf::Config& config);
[[nodiscard]] session::SpeakerSettings compose(const conf::Config& config);

}  // namespace tern::daemon
