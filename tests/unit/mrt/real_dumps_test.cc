// Dumps of the Internet and of several daemons: every record is read, every path decodes. They are
// not part of the project: TERN_DATA, else beside the checkout, and skipped where absent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "tests/lab/replay/mrt_file.h"
#include "tests/lab/replay/rib_attributes.h"

namespace tern::mrt {
namespace {

std::optional<std::filesystem::path> data(const char* folder) {
  const char* set = std::getenv("TERN_DATA");
  const std::filesystem::path path =
      std::filesystem::path(set != nullptr ? set : TERN_DEFAULT_DATA) / folder;
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}

struct Contents {
  std::size_t peers = 0;
  std::size_t prefixes = 0;  // of RIB records
  std::size_t paths = 0;
  std::size_t messages = 0;
  std::size_t other = 0;
  std::size_t incomplete = 0;  // a daemon's own routes and, of BIRD and IPv6, all: no next hop
  std::size_t bad_paths = 0;
};

// Decoding every path of every file takes long with sanitizers: one in `step` is enough to have
// seen each peer's ways.
void take_path(Contents& contents, Bytes attributes, bool four_octet_as, const Prefix& prefix,
               std::size_t step) {
  if (contents.paths++ % step != 0) return;
  const auto decoded = decode_rib_attributes(attributes, four_octet_as, prefix);
  if (decoded.ok()) return;
  const bool lacks =
      decoded.error().what == "no attributes" || decoded.error().what == "no next hop";
  ++(lacks ? contents.incomplete : contents.bad_paths);
}

void take(Contents& contents, const Record& record, std::size_t step) {
  if (const auto* table = std::get_if<PeerTable>(&record)) {
    contents.peers = table->peers.size();
  } else if (const auto* rib = std::get_if<Rib>(&record)) {
    ++contents.prefixes;
    for (const RibEntry& entry : rib->entries) {
      EXPECT_LT(entry.peer, contents.peers);
      take_path(contents, entry.attributes, true, rib->prefix, step);
    }
  } else if (const auto* dumped = std::get_if<TableDumpEntry>(&record)) {
    take_path(contents, dumped->attributes, false, dumped->prefix, step);
  } else if (std::holds_alternative<BgpMessage>(record)) {
    ++contents.messages;
  } else if (std::holds_alternative<Other>(record)) {
    ++contents.other;
  }
}

Contents read(const std::filesystem::path& path, std::size_t step = 1) {
  Contents contents;
  File file(path.string());
  while (auto record = file.next()) {
    if (record->ok()) {
      take(contents, **record, step);
    } else {
      ADD_FAILURE() << record->error().what;
    }
  }
  return contents;
}

TEST(RealDumps, TablesOfCollectors) {
  const auto folder = data("rib");
  if (!folder) GTEST_SKIP() << "no " << TERN_DEFAULT_DATA << "/rib (set TERN_DATA)";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const Contents contents = read(entry.path(), 37);
    EXPECT_GT(contents.paths, 0U) << entry.path();
    EXPECT_EQ(contents.bad_paths, 0U) << entry.path();
    EXPECT_EQ(contents.other, 0U) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0U);
}

// The numbers its description gives.
TEST(RealDumps, RouteViews2008) {
  const auto folder = data("rib");
  if (!folder) GTEST_SKIP() << "no " << TERN_DEFAULT_DATA << "/rib (set TERN_DATA)";
  const auto path = *folder / "rv2-20080223T0014-8peers.mrt.xz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const Contents contents = read(path, 101);
  EXPECT_EQ(contents.peers, 8U);
  EXPECT_EQ(contents.prefixes, 249252U);
  EXPECT_EQ(contents.paths, 1740288U);
  EXPECT_EQ(contents.incomplete, 0U);
  EXPECT_EQ(contents.bad_paths, 0U);
}

TEST(RealDumps, SamplesOfDaemons) {
  const auto folder = data("conformance/mrtparse-samples");
  if (!folder) GTEST_SKIP() << "no mrtparse-samples (set TERN_DATA)";
  Contents all;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() == ".conf") continue;
    const Contents contents = read(entry.path());
    EXPECT_GT(contents.paths + contents.messages + contents.other, 0U) << entry.path();
    EXPECT_EQ(contents.bad_paths, 0U) << entry.path();
    all.paths += contents.paths;
    all.messages += contents.messages;
    all.other += contents.other;
  }
  EXPECT_GT(all.paths, 0U);
  EXPECT_GT(all.messages, 0U);
  // OpenBGPD's table-mp is made of the deprecated BGP4MP_ENTRY, its table-v2 has two RIB_GENERIC.
  EXPECT_EQ(all.other, 33U);
}

}  // namespace
}  // namespace tern::mrt
