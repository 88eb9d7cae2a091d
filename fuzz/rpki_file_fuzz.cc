// The text of a file of VRPs or of local exceptions (SLURM): whatever it says, an answer. A file
// that is read has the form that the table demands; an error is one line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "bgpd/rpki/slurm.h"
#include "bgpd/rpki/vrp_file.h"
#include "fuzz/check.h"

namespace {

using namespace tern;
using namespace tern::rpki;
using tern::fuzz::check;

void check_vrp(const policy::Vrp& vrp) {
  check(vrp.prefix.length() <= vrp.max_length);
  check(vrp.max_length <= vrp.prefix.address().bits());
}

void check_error(const JsonError& error) {
  check(!error.message.empty());
  check(error.to_string().find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  VrpFileOptions options;
  options.max_records = 100;
  options.now = 1'700'000'000;
  const auto vrps = read_vrp_file(text, "vrps.json", options);
  if (vrps.ok()) {
    for (const policy::Vrp& vrp : vrps->vrps) check_vrp(vrp);
    for (const auto& [customer, providers] : vrps->aspas) check(!providers.empty());
    check(vrps->messages.size() <= options.max_messages);
    check((vrps->left_out == 0) == vrps->messages.empty());
    for (const JsonError& message : vrps->messages) check_error(message);
  } else {
    check_error(vrps.error());
  }

  const auto file = read_slurm(text, "slurm.json", {1U << 16U, 100});
  if (!file.ok()) {
    check_error(file.error());
    return 0;
  }
  for (const policy::Vrp& vrp : file->assertions) check_vrp(vrp);
  const Slurm slurm({*file});
  const auto table = slurm.apply(*policy::VrpTable::build(
      {{*Prefix::parse("192.0.2.0/24"), 24, 64496}, {*Prefix::parse("2001:db8::/32"), 48, 64496}}));
  for (const policy::Vrp& vrp : slurm.assertions()) check(table->contains(vrp));
  table->for_each([&](const policy::Vrp& vrp) {
    const auto& added = slurm.assertions();
    check(!slurm.filters(vrp) || std::binary_search(added.begin(), added.end(), vrp));
    return true;
  });
  return 0;
}
