// Decides by policy whether a best route goes into the kernel, and where it leads. The thread
// tern-kernel only.
#pragma once

#include <optional>

#include "bgpd/fib/route.h"
#include "bgpd/kernel/batch.h"
#include "bgpd/kernel/settings.h"

namespace tern::kernel {

class Chooser {
 public:
  explicit Chooser(const KernelSettings& settings) : settings_(settings) {}

  // Nothing: the prefix is not to be installed. The policies see the attributes as import policies
  // left them; what they set of the next hop and of BLACKHOLE (RFC 7999) counts. A route with
  // BLACKHOLE is a blackhole if the policies for blackholes accept it, too.
  [[nodiscard]] std::optional<fib::Target> choose(const Batch& batch, const PrefixRow& row,
                                                  const rib::AttrTable& attributes);

 private:
  // True: the attributes of the path are in judged_.
  [[nodiscard]] bool accept(const Batch& batch, const Prefix& prefix, const PathRow& path,
                            const rib::AttrTable& attributes);

  [[nodiscard]] bool is_blackhole(const Batch& batch, const Prefix& prefix, const PathRow& path,
                                  const rib::AttrTable& attributes);

  const KernelSettings settings_;
  PathAttributes decoded_;
  PathAttributes judged_;
  PathAttributes unused_;  // what the policies for blackholes set
};

}  // namespace tern::kernel
