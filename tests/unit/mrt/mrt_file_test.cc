// Reading files: whole, cut, compressed, missing.
#include "tests/lab/replay/mrt_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/mrt/records.h"
#include "tests/unit/mrt/temp_folder.h"

namespace tern::mrt {
namespace {

class MrtFile : public TempFolder {};

// The kinds of the records, or the error that ended or interrupted them.
std::string read_all(const std::string& path) {
  File file(path);
  std::string seen;
  while (auto next = file.next()) {
    seen += next->ok() ? std::to_string((*next)->index()) : "error(" + next->error().what + ")";
  }
  return seen.substr(0, 400);
}

TEST_F(MrtFile, RecordAfterRecord) { EXPECT_EQ(read_all(write("rib", two_records())), "01"); }

TEST_F(MrtFile, EmptyFileHasNoRecord) { EXPECT_EQ(read_all(write("rib", {})), ""); }

TEST_F(MrtFile, AMalformedRecordDoesNotHideTheNext) {
  const Buffer bytes = join({record(13, 1, hex("00")), record(13, 1, peer_table())});
  const std::string path = write("rib", bytes);
  EXPECT_EQ(read_all(path), "error(" + path + ": record 0: PEER_INDEX_TABLE is cut short)0");
}

TEST_F(MrtFile, CutInsideARecordIsAnError) {
  Buffer bytes = two_records();
  bytes.pop_back();
  const std::string path = write("rib", bytes);
  EXPECT_EQ(read_all(path), "0error(" + path + ": the file ends inside record 1)");
}

TEST_F(MrtFile, OtherFilesAreNotMrt) {
  const std::string path = write("text", wire::repeat(64, 0x7F));
  EXPECT_NE(read_all(path).find("this is no MRT file"), std::string::npos);
}

TEST_F(MrtFile, MissingFileIsAnError) {
  const std::string path = folder_.path("nowhere");
  EXPECT_EQ(read_all(path), "error(" + path + ": No such file or directory)");
  EXPECT_NE(read_all(path + ".gz").find("No such file"), std::string::npos);
}

TEST_F(MrtFile, Compressed) {
  for (const std::string tool : {"gzip", "bzip2", "xz"}) {
    if (std::system((tool + " --version >/dev/null 2>&1 </dev/null").c_str()) != 0) continue;
    const std::string path = write("rib", two_records());
    ASSERT_EQ(std::system((tool + " -f " + path).c_str()), 0);
    const std::string suffix = tool == "gzip" ? ".gz" : tool == "bzip2" ? ".bz2" : ".xz";
    EXPECT_EQ(read_all(path + suffix), "01") << tool;
  }
}

TEST_F(MrtFile, WhatCannotBeDecompressedIsAnError) {
  const std::string path = write("rib.gz", hex("00 01 02 03"));
  EXPECT_EQ(read_all(path), "error(" + path + ": cannot be decompressed to its end)");
}

// More than the pipe and the buffer hold: the decompressor is in the middle of its work.
TEST_F(MrtFile, StoppingEarlyEndsTheDecompressor) {
  const Buffer one = record(13, 1, peer_table());
  Buffer bytes;
  for (int i = 0; i < 40000; ++i) bytes.insert(bytes.end(), one.begin(), one.end());
  ASSERT_GT(bytes.size(), std::size_t{1} << 20U);
  const std::string path = write("rib", bytes);
  ASSERT_EQ(std::system(("gzip -f " + path).c_str()), 0);
  File file(path + ".gz");
  const auto first = file.next();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->ok());
}

}  // namespace
}  // namespace tern::mrt
