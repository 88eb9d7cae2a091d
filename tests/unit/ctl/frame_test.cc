#include "bgpd/api/frame.h"

#include <gtest/gtest.h>

namespace tern::api {
namespace {

using namespace std::string_view_literals;

std::string frame(std::string_view message) {
  std::string bytes;
  EXPECT_TRUE(append_frame(message, bytes));
  return bytes;
}

TEST(Frame, IsALengthInFourOctetsBigEndianAndTheMessage) {
  EXPECT_EQ(frame("abc"),
            "\0\0\0\x03"sv
            "abc");
  EXPECT_EQ(frame(""), "\0\0\0\0"sv);
  EXPECT_EQ(frame(std::string(0x010203, 'x')).substr(0, 4), "\0\x01\x02\x03"sv);
}

TEST(Frame, ComesOutWhateverThePieces) {
  const std::string stream = frame("first") + frame("") + frame("third");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader;
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      while (const auto message = reader.next()) messages.emplace_back(*message);
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"first", "", "third"})) << "pieces of " << piece;
    EXPECT_FALSE(reader.inside_frame());
    EXPECT_FALSE(reader.failed());
  }
}

TEST(Frame, CutOffIsSeen) {
  FrameReader reader;
  EXPECT_FALSE(reader.inside_frame());
  reader.feed("\0\0"sv);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.inside_frame());
  reader.feed(
      "\0\x05"sv
      "four");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.inside_frame());
  EXPECT_FALSE(reader.failed());
}

TEST(Frame, OfTheLargestSizePasses) {
  const std::string message(kMaxFrameLength, 'm');
  FrameReader reader;
  reader.feed(frame(message));
  EXPECT_EQ(reader.next(), message);
}

TEST(Frame, AboveTheLimitIsNotWritten) {
  std::string bytes = "before";
  EXPECT_FALSE(append_frame(std::string(kMaxFrameLength + 1, 'm'), bytes));
  EXPECT_EQ(bytes, "before");
}

TEST(Frame, AboveTheLimitEndsTheStream) {
  for (const std::string_view length : {"\x01\0\0\x01"sv, "\xff\xff\xff\xff"sv, "HTTP"sv}) {
    FrameReader reader;
    reader.feed(frame("good"));
    reader.feed(length);
    EXPECT_EQ(reader.next(), "good");
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_TRUE(reader.failed());
    reader.feed(frame("too late"));
    EXPECT_EQ(reader.next(), std::nullopt);
  }
}

}  // namespace
}  // namespace tern::api
