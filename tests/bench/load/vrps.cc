#include "tests/bench/load/vrps.h"

#include <cstdio>

#include "tests/bench/load/random.h"
#include "tests/bench/load/text_file.h"

namespace tern::load {
namespace {

constexpr std::uint64_t kSeed = 6811;
constexpr std::uint32_t kOtherAsn = 65'000;  // no origin: public_asn() stays below

// The list of an rpki-client's JSON.
class VrpFile {
 public:
  explicit VrpFile(const std::string& path) : file_(path) { file_.add("{\"roas\":["); }

  void add(const std::string& prefix, unsigned max_length, std::uint32_t asn) {
    file_.add(separator_ + std::string("\n{\"prefix\":\"") + prefix + "\",\"maxLength\":" +
              std::to_string(max_length) + ",\"asn\":" + std::to_string(asn) + "}");
    separator_ = ",";
  }
  void end() {
    file_.add("\n]}\n");
    file_.end();
  }

 private:
  TextFile file_;
  const char* separator_ = "";
};

void add(VrpFile& file, const Prefix& prefix, std::uint32_t asn) {
  file.add(text_of(prefix), prefix.length + (prefix.ipv6 ? 24U : 0U), asn);
}

// The number of the VRP names it: no other has this prefix. Outside 2a10::/24.
void add_elsewhere(VrpFile& file, std::uint32_t number, std::uint32_t asn) {
  char text[64];
  std::snprintf(text, sizeof text, "2600:%x:%x::/48", number >> 16U, number & 0xFFFFU);
  file.add(text, 48, asn);
}

}  // namespace

VrpCounts write_vrps(const Universe& universe, std::uint32_t count, std::uint32_t moved,
                     const std::string& path) {
  VrpFile file(path);
  VrpCounts counts;
  Random random(kSeed);
  for (const Run& run : universe.runs) {
    for (std::uint32_t index = run.first; index < run.first + run.count; ++index) {
      const std::uint32_t drawn = random.below(100);
      if (drawn > 50 || counts.all == count) continue;
      const bool matches = drawn < 50;
      const bool other = !matches || counts.matching < moved;
      add(file, universe.prefixes[index], other ? kOtherAsn : run.origin);
      ++counts.all;
      ++(matches ? counts.matching : counts.other);
    }
  }
  for (; counts.all < count; ++counts.all) add_elsewhere(file, counts.all, public_asn(random));
  file.end();
  return counts;
}

}  // namespace tern::load
