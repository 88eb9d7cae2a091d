// From a checked configuration to the settings of the speaker. Defaults of the schema are applied
// here.
#pragma once

#include "bgpd/session/settings.h"
#include "conf/config.h"

namespace tern::daemon {

[[nodiscard]] session::SpeakerThreads compose_threads(const conf::Config& config);
// running: null at the start. The result shares the egress tables of `running` where they are the
// same.
[[nodiscard]] session::SpeakerSettings compose(const conf::Config& config,
                                               const session::SpeakerSettings* running = nullptr);

}  // namespace tern::daemon
