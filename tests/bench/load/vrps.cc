#include "tests/bench/load/vrps.h"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include "tests/bench/load/random.h"

namespace tern::load {
namespace {

constexpr std::uint64_t kSeed = 6811;
constexpr std::uint32_t kOtherAsn = 65'000;  // no origin: public_asn() stays below

class File {
 public:
  explicit File(const std::string& path) : file_(std::fopen(path.c_str(), "w"), &std::fclose) {
    if (!file_) throw std::runtime_error("cannot write " + path);
    std::fputs("{\"roas\":[", file_.get());
  }

  void add(const char* prefix, unsigned max_length, std::uint32_t asn) {
    std::fprintf(file_.get(), "%s\n{\"prefix\":\"%s\",\"maxLength\":%u,\"asn\":%u}", separator_,
                 prefix, max_length, asn);
    separator_ = ",";
  }
  void end() {
    if (std::fputs("\n]}\n", file_.get()) < 0 || std::fflush(file_.get()) != 0) {
      throw std::runtime_error("the file of VRPs is not whole");
    }
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  const char* separator_ = "";
};

void add(File& file, const Prefix& prefix, std::uint32_t asn) {
  char text[64];
  const std::uint32_t bits = prefix.bits;
  if (prefix.ipv6) {
    std::snprintf(text, sizeof text, "2a10:%x:%x::/%u", bits >> 16U, bits & 0xFFFFU,
                  prefix.length + 24U);
  } else {
    std::snprintf(text, sizeof text, "%u.%u.%u.0/%u", bits >> 16U, bits >> 8U & 0xFFU, bits & 0xFFU,
                  unsigned{prefix.length});
  }
  file.add(text, prefix.length + (prefix.ipv6 ? 24U : 0U), asn);
}

// The number of the VRP names it: no other has this prefix. Outside 2a10::/24.
void add_elsewhere(File& file, std::uint32_t number, std::uint32_t asn) {
  char text[64];
  std::snprintf(text, sizeof text, "2600:%x:%x::/48", number >> 16U, number & 0xFFFFU);
  file.add(text, 48, asn);
}

}  // namespace

VrpCounts write_vrps(const Universe& universe, std::uint32_t count, std::uint32_t moved,
                     const std::string& path) {
  File file(path);
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
