// Words for rejections ("policy clients, term 3"): few, shared by millions of paths, named by 16
// bits.
//
// Texts are added and never go, so whoever has a number may read its text. Any thread may call
// anything at any time; nobody waits for anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tern::rib {

class DetailTable {
 public:
  DetailTable() = default;
  ~DetailTable();
  DetailTable(const DetailTable&) = delete;
  DetailTable& operator=(const DetailTable&) = delete;

  // The number of an equal text, added when there is none; 0 for no text, and for one that comes
  // when 65535 are there: more words than anyone reads. Looks at all of them: whoever asks often
  // remembers the answer.
  [[nodiscard]] std::uint16_t intern(std::string_view text);
  // Requires a number that intern() gave.
  [[nodiscard]] const std::string& operator[](std::uint16_t number) const;

 private:
  // A text is written before its pointer is published (release), and read behind it (acquire).
  using Text = std::atomic<const std::string*>;
  static constexpr std::size_t kChunk = 256;
  using Chunk = std::array<Text, kChunk>;

  [[nodiscard]] Text& text(std::size_t number);

  std::array<std::atomic<Chunk*>, kChunk> chunks_{};
};

}  // namespace tern::rib
