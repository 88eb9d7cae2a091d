// Origin validation beside rtrlib, which other routers use: a million random routes have the same
// state by rtrlib's table and by VrpTable. The VRPs are made from a seed, and those that the RPKI
// published in July 2025 where the data is there (TERN_DATA, else beside the checkout).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "bgpd/rpki/vrp_file.h"
#include "policy/vrp_table.h"

extern "C" {
#include <rtrlib/rtrlib.h>
}

namespace tern::rpki {
namespace {

using policy::OriginState;
using policy::Vrp;
using policy::VrpTable;

constexpr std::size_t kRoutes = 1'000'000;
constexpr unsigned kShortest = 1;  // rtrlib 0.8 has an assertion against default routes

lrtr_ip_addr address_of(const Prefix& prefix) {
  lrtr_ip_addr address{};
  const IpAddress& from = prefix.address();
  if (from.is_v4()) {
    address.ver = LRTR_IPV4;
    address.u.addr4.addr = from.v4_value();
    return address;
  }
  address.ver = LRTR_IPV6;
  const auto octets = from.bytes();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::uint32_t& word = address.u.addr6.addr[i / 4];
    word = word << 8U | std::to_integer<std::uint32_t>(octets[i]);
  }
  return address;
}

// The table of rtrlib.
class Oracle {
 public:
  explicit Oracle(const std::vector<Vrp>& vrps) {
    pfx_table_init(&table_, nullptr);
    for (const Vrp& vrp : vrps) {
      pfx_record record{};
      record.asn = vrp.asn;
      record.prefix = address_of(vrp.prefix);
      record.min_len = vrp.prefix.length();
      record.max_len = vrp.max_length;
      EXPECT_EQ(pfx_table_add(&table_, &record), PFX_SUCCESS) << vrp.to_string();
    }
  }
  ~Oracle() { pfx_table_free(&table_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  [[nodiscard]] OriginState validate(const Prefix& prefix, Asn origin) {
    const lrtr_ip_addr address = address_of(prefix);
    pfxv_state state{};
    EXPECT_EQ(pfx_table_validate(&table_, origin, &address, prefix.length(), &state), PFX_SUCCESS);
    switch (state) {
      case BGP_PFXV_STATE_VALID:
        return OriginState::Valid;
      case BGP_PFXV_STATE_NOT_FOUND:
        return OriginState::NotFound;
      case BGP_PFXV_STATE_INVALID:
        return OriginState::Invalid;
    }
    return OriginState::NotValidated;
  }

 private:
  pfx_table table_{};
};

class Random {
 public:
  explicit Random(std::uint32_t seed) : numbers_(seed) {}
  std::uint32_t below(std::size_t bound) {
    return static_cast<std::uint32_t>(numbers_() % static_cast<std::mt19937::result_type>(bound));
  }
  std::uint32_t any() { return static_cast<std::uint32_t>(numbers_()); }

  // With some leading bits of `from`.
  Prefix near(const Prefix& from, std::uint8_t kept, std::uint8_t length) {
    const auto octets = from.address().bytes();
    std::array<std::byte, 16> mixed{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      const auto bits = static_cast<unsigned>(std::clamp(kept - static_cast<int>(8 * i), 0, 8));
      const auto ours = static_cast<std::byte>(0xFF00U >> bits);
      mixed[i] = (octets[i] & ours) | (static_cast<std::byte>(below(256)) & ~ours);
    }
    return {IpAddress::from_bytes(std::span(mixed).first(octets.size())), length};
  }
  Prefix anywhere(bool v6, std::uint8_t length) {
    static const Prefix kAll4 = *Prefix::parse("0.0.0.0/0");
    static const Prefix kAll6 = *Prefix::parse("2000::/3");
    return near(v6 ? kAll6 : kAll4, v6 ? 3 : 0, length);
  }
  std::uint8_t length_from(unsigned least, unsigned most) {
    return static_cast<std::uint8_t>(least + below(most - least + 1));
  }

 private:
  std::mt19937 numbers_;
};

// VRPs that often cover one another, of AS 0, too, and of every length but 0.
std::vector<Vrp> made_up(std::size_t count) {
  Random random(1);
  std::vector<Vrp> vrps;
  while (vrps.size() < count) {
    const bool inside = !vrps.empty() && random.below(2) == 0;
    const Prefix outer = inside ? vrps[random.below(vrps.size())].prefix : Prefix();
    const bool v6 = inside ? outer.address().is_v6() : random.below(3) == 0;
    const unsigned bits = v6 ? 128 : 32;
    const std::uint8_t usual = random.length_from(v6 ? 32 : 16, v6 ? 64 : 24);
    const std::uint8_t length =
        inside ? random.length_from(outer.length(), bits)
               : (random.below(20'000) == 0 ? random.length_from(kShortest, bits) : usual);
    const Prefix prefix =
        inside ? random.near(outer, outer.length(), length) : random.anywhere(v6, length);
    const unsigned room = std::min(bits, length + 8U);
    vrps.push_back({prefix, random.length_from(length, room), random.below(1000)});
  }
  return vrps;
}

// A route that VRPs cover, mostly, or one from anywhere.
std::pair<Prefix, Asn> random_route(Random& random, const std::vector<Vrp>& vrps) {
  const Vrp& vrp = vrps[random.below(vrps.size())];
  const unsigned bits = vrp.prefix.address().is_v6() ? 128 : 32;
  Asn origin = vrp.asn;
  if (random.below(3) == 0) origin = vrps[random.below(vrps.size())].asn;
  if (random.below(20) == 0) origin = random.below(2) * random.any();
  const std::uint8_t any_length = random.length_from(kShortest, bits);
  if (random.below(8) == 0) return {random.anywhere(bits == 128, any_length), origin};
  // Beside the VRP, in it, or above it.
  const std::uint8_t kept =
      random.below(4) == 0 ? random.length_from(kShortest, bits) : vrp.prefix.length();
  const std::uint8_t length =
      random.below(4) == 0
          ? any_length
          : random.length_from(vrp.prefix.length(), std::min(bits, vrp.max_length + 2U));
  return {random.near(vrp.prefix, kept, length), origin};
}

void compare(std::vector<Vrp> vrps) {
  std::ranges::sort(vrps);
  vrps.erase(std::unique(vrps.begin(), vrps.end()), vrps.end());
  const VrpTable::Ptr table = VrpTable::build(vrps);
  Oracle oracle(vrps);
  Random random(2);
  std::map<OriginState, std::size_t> seen;
  for (std::size_t i = 0; i < kRoutes; ++i) {
    const auto [prefix, origin] = random_route(random, vrps);
    const OriginState expected = oracle.validate(prefix, origin);
    ASSERT_EQ(table->validate(prefix, origin), expected)
        << prefix.to_string() << " AS" << origin << ", route " << i;
    ++seen[expected];
  }
  for (const OriginState state :
       {OriginState::Valid, OriginState::NotFound, OriginState::Invalid}) {
    EXPECT_GT(seen[state], kRoutes / 20) << to_string(state);
  }
}

// The whole output of a program.
std::string output_of(const std::string& command) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 65536> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), got);
  }
  return ::pclose(pipe) == 0 ? text : std::string();
}

TEST(VrpOracle, MadeUpVrps) { compare(made_up(200'000)); }

TEST(VrpOracle, VrpsOfTheRpki) {
  const char* const set = std::getenv("TERN_DATA");
  const std::filesystem::path file =
      std::filesystem::path(set != nullptr ? set : TERN_DEFAULT_DATA) / "rpki" /
      "rpkiclient_summary_20250720T093135Z.json.bz2";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << " (set TERN_DATA)";
  const std::string text = output_of("bzip2 -dc '" + file.string() + "'");
  ASSERT_FALSE(text.empty());
  const auto vrps = read_vrp_file(text, file.string());
  ASSERT_TRUE(vrps.ok()) << vrps.error().to_string();
  EXPECT_GT(vrps->vrps.size(), 700'000U);
  compare(vrps->vrps);
}

}  // namespace
}  // namespace tern::rpki
