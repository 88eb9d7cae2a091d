// Texts in answers come from strangers (host names, shutdown messages, descriptions): what a
// terminal would obey must not reach it.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace tern::ctl {

// C0 and C1 control characters and DEL become "?".
[[nodiscard]] std::string printable(std::string text);

// printable() on every text of the message, however deep.
void make_printable(google::protobuf::Message& message);

}  // namespace tern::ctl
