// Texts of rejections ("policy clients, term 3"): few texts, shared by millions of paths, each
// named by 16 bits.
//
// Texts are added and never removed, so a thread that has a number may read its text. Any thread
// may call any function at any time; no thread waits for another.
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

  // The number of an equal text, added when there is none. 0 for no text, and for a new text when
  // the table has 65535. The search is linear: a caller that asks often remembers the result.
  [[nodiscard]] std::uint16_t intern(std::string_view text);
  // Requires a number that intern() returned.
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
