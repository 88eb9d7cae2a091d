// The commands of ternctl as a table: the parser, the help and the completion all read it, so that
// what is accepted, explained and offered is the same.
//
// A command line is words, as at the prompt of BIRD and FRR: the path of a command, then its
// arguments and keywords in any order. Every fixed word may be shortened as long as it stays unique
// ("ternctl sh nei"); where the candidates only extend one another, the longest is meant ("show
// ro" is "show routes"), and a word written in full always means itself.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tern::ctl {

// The command line is not one of ours; the text says what was expected.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class CommandId : std::uint8_t {
  Version,
  Status,
  ShowNeighbors,
  ShowRoutes,
  ShowRoute,
  ShowEgress,
  ShowPlaces,
  ShowRpki,
  ShowOriginated,
  ShowConditions,
  ShowRtts,
  ShowProbes,
  ShowKernel,
  ShowNextHops,
  ShowRegistrations,
  ShowCircuits,
  ShowLatency,
  ShowBaseline,
  MonitorRoutes,
  Events,
  ShowWebhooks,
  ShowDomains,
  Explain,
  Reload,
  Neighbor,
  Pop,
  RttSet,
  RttClear,
  LatencyReport,
  LatencyImport,
  GuardList,
  GuardShow,
  GuardRelease,
  GuardBlock,
  GuardClear,
  FilterList,
  FilterShow,
  FilterDiff,
  FilterAdd,
  FilterRemove,
  FilterSet,
  FilterReset,
  Originate,
  Withdraw,
  RegistrationAdd,
  RegistrationSet,
  RegistrationRemove,
  RegistrationList,
  RegistrationImport,
  RegistrationExport,
  RegistrationLog,
  IngressReport,
  IngressImport,
  Completion,
  Help,
};

struct Keyword {
  std::string_view word;
  std::string_view value;  // "NEIGHBOR" when a value follows, else empty
  std::string_view help;
};

struct Syntax {
  CommandId id;
  std::vector<std::string_view> path;    // "show", "routes"
  std::string_view arguments;            // for the usage line
  std::string_view summary;              // one line
  std::vector<std::string_view> values;  // placeholders of the arguments in front of the keywords
  std::vector<Keyword> keywords;
  std::string_view notes;
  std::vector<std::string_view> examples;
};

[[nodiscard]] const std::vector<Syntax>& commands();

// The one of `words` that `text` is or abbreviates; nothing when there is none.
// Throws UsageError when there are several.
[[nodiscard]] std::optional<std::string_view> match_word(
    std::string_view text, const std::vector<std::string_view>& words);

// The words that may come after `path` (words in full); empty when path is a whole command.
[[nodiscard]] std::vector<std::string_view> words_after(const std::vector<std::string_view>& path);

// Follows the words from `at` on down to a command and moves `at` behind its path.
// Throws UsageError.
[[nodiscard]] const Syntax& find_command(const std::vector<std::string>& words, std::size_t& at);

[[nodiscard]] std::vector<std::string_view> keyword_words(const Syntax& syntax);

// Short names of all families: "ipv4", "ipv6", ...
[[nodiscard]] std::vector<std::string_view> family_words();

// "a, b or c"
[[nodiscard]] std::string alternatives(const std::vector<std::string_view>& words);

}  // namespace tern::ctl
