// Sends a file to the daemon in pieces, because a request has 64 KiB at most. Internal to bgpd/ctl.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bgpd/ctl/client.h"
#include "bgpd/ctl/grammar.h"

namespace tern::ctl {

// Reads the file of an import; nothing: it cannot be read, and `fault` says why.
[[nodiscard]] std::optional<std::string> read_import(const std::string& path, std::string& fault);

// Sends the text with the request of the command. Passes on the response to the last piece, or the
// first one with an error.
[[nodiscard]] std::optional<Unreachable> send_import(
    Client& client, const Command& command, const std::string& text,
    const std::function<bool(const api::proto::Response&)>& on_response);

}  // namespace tern::ctl
