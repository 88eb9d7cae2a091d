// Reads and writes the file of the baseline on a thread of its own, tern-usual: a disk that hangs
// or is full holds up that thread alone. Internal to bgpd/baseline.
//
// A file is written beside the old one, which it replaces in one step when all of it is on the
// disk. A file that is not whole, or damaged, is renamed to PATH.bad. A file that cannot be read
// stays until another one is to replace it, and is then renamed likewise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/baseline/kept_records.h"

namespace tern::baseline {

struct KeeperStatus {
  std::string error;           // of the last read or write; empty: it succeeded
  std::uint32_t kept = 0;      // Unix seconds of the last write; 0: none
  std::uint64_t failures = 0;  // reads and writes, ever
};

// Any thread may call the members, except read(), the constructor and the destructor.
class Keeper {
 public:
  static constexpr std::size_t kMostWaiting = std::size_t{4} << 20U;  // octets
  static constexpr std::size_t kMostBlocks = 4;  // that were read and not taken

  // Makes the folder of the file where it is missing, and returns what is wrong.
  using HaveFolder = std::function<std::optional<std::string>()>;
  // Called on tern-usual, for each block in turn; followed by block_taken().
  using TakeBlock = std::function<void(std::vector<Record>)>;
  // Called on tern-usual behind all blocks. Nothing: there is no file, or it is damaged or cannot
  // be read, and the blocks that were passed on, if any, must not count.
  using Done = std::function<void(std::optional<KeptClock>)>;

  explicit Keeper(HaveFolder have_folder);
  // Waits for the thread, for a second at most, and leaves a thread of a disk that hangs behind.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Begins the thread, if it has not begun. Files are written to the same path from then on.
  void read(const std::string& path, TakeBlock take, Done done);
  void block_taken();

  // Ends the thread, as the destructor does. No function is called again.
  void stop();

  // A new file: begin_file(), pieces while has_room(), then end_file().
  void begin_file();
  [[nodiscard]] bool has_room() const;
  void add(std::string piece);
  void end_file();
  [[nodiscard]] KeeperStatus status() const;

 private:
  class State;
  class Thread;
  const std::shared_ptr<State> state_;  // the thread may outlive the Keeper
  std::unique_ptr<Thread> thread_;
};

}  // namespace tern::baseline
