// A configuration as the daemon uses it: read, checked as a whole, names resolved, groups merged.
//
// load() reports every error of a file in one pass, each with its place; a Config exists only when
// there is none. Immutable after load(); shared between the running daemon and a reload that compares.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/tern.pb.h"
#include "policy/egress.h"
#include "policy/policy.h"
#include "rib/types/result.h"

namespace tern::conf {

// One fault of a file. Prints as "file:line:column: path: message".
struct Error {
  std::string file;
  int line = 0;    // 1-based; 0: the file as a whole
  int column = 0;  // 1-based
  std::string path;     // "peers[2].hold_time"
  std::string message;  // what was found, what was expected, and a suggestion where one is near
  [[nodiscard]] std::string to_string() const;
};

struct Config {
  // As written, with these differences: each peer (and dynamic range, through its group) has its group's settings
  // merged in and its md5_password_file read into md5_password; groups stay for dynamic peers.
  proto::Configuration file;
  policy::PolicySet policies;
  policy::Egress egress;
  // Egress::build's source, kept so that a reload can compare.
  std::string path;  // of the file

  // The settings a dynamic neighbour of this range gets (its group's).
  [[nodiscard]] const proto::Peer& settings(const proto::DynamicPeers& range) const;
};

using LoadResult = Result<std::shared_ptr<const Config>, std::vector<Error>>;

// `file` is the name used in errors and the base of relative paths.
[[nodiscard]] LoadResult load_text(std::string_view text, const std::string& file);
[[nodiscard]] LoadResult load_file(const std::string& path);

// What a reload from `from` to `to` does. Changes are lines for people, in the order of the file.
struct Change {
  enum class Kind { Added, Removed, Changed } kind = Kind::Changed;
  std::string subject;               // "peer 10.0.1.1", "policy pass", "router"
  std::vector<std::string> details;  // "hold_time: 90 -> 180"
  bool resets_session = false;       // a running session of the subject is closed and opened anew
  bool needs_restart = false;        // takes effect only when ternd is started again (listen endpoints do not; api.socket does)
};
[[nodiscard]] std::vector<Change> diff(const Config& from, const Config& to);

}  // namespace tern::conf
