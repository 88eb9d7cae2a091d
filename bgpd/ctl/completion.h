// Completion in the shell. The scripts are thin: they call `ternctl complete -- WORD...` with the
// words so far, the last one being typed, and offer the lines it prints.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::ctl {

// For "bash", "zsh" or "fish".
[[nodiscard]] std::string_view completion_script(std::string_view shell);

struct Candidate {
  std::string word;
  std::string help;
};

// Names of the configured neighbors; empty where the daemon does not answer.
using NeighborNames = std::function<std::vector<std::string>()>;

// What may stand in place of the last word. `words` is never empty; a last word that is empty asks
// for everything. A line that is already wrong offers nothing. No global options among the words.
[[nodiscard]] std::vector<Candidate> complete(const std::vector<std::string>& words,
                                              const NeighborNames& neighbor_names);

}  // namespace tern::ctl
