#include "conf/baseline_checks.h"

#include <cstdint>
#include <string>

namespace tern::conf {

void check_baseline(const YamlDocument& document, const proto::Configuration& file,
                    Report& report) {
  constexpr std::uint32_t kLearnFor = 604'800;  // seconds, by default, like the next one
  constexpr std::uint32_t kForgetAfter = 2'592'000;
  constexpr std::uint64_t kMostTimes = 1000;
  if (!file.has_baseline()) return;
  const proto::Baseline& baseline = file.baseline();
  const std::uint32_t learn = baseline.has_learn_for() ? baseline.learn_for() : kLearnFor;
  const std::uint32_t forget = baseline.has_forget_after() ? baseline.forget_after() : kForgetAfter;
  if (forget >= learn && forget <= learn * kMostTimes) return;
  const bool written = baseline.has_forget_after();
  const Path path = written ? Path() / "baseline" / "forget_after" : Path() / "baseline";
  report.add(document.place(path), path.to_string(),
             std::string("forget_after") + (written ? "" : ", which is not given and so") + " " +
                 std::to_string(forget) + ", must be from learn_for, " + std::to_string(learn) +
                 ", to a thousand times that");
}

}  // namespace tern::conf
