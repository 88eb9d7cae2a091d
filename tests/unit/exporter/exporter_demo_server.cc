// Serves sample_snapshot() for as long as its standard input stays open, so that a test with a real
// Prometheus needs no daemon. Its first line of output is the URL.
//
// With "--measure N" it writes instead what a scrape of N peers costs.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "exporter/exposition.h"
#include "exporter/gzip.h"
#include "exporter/http_server.h"
#include "sample_snapshot.h"

namespace {

using Clock = std::chrono::steady_clock;

[[nodiscard]] double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

int measure(std::size_t peers) {
  const tern::exporter::Snapshot snapshot = tern::exporter::sample_snapshot(peers, 1000);
  constexpr int kRounds = 20;
  double exposing = 0;
  double compressing = 0;
  std::size_t bytes = 0;
  std::size_t gzip_bytes = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = Clock::now();
    const auto process = tern::exporter::read_process_stats();
    const std::string text = tern::exporter::expose(snapshot, process, start);
    exposing += milliseconds_since(start);
    const auto compress_start = Clock::now();
    gzip_bytes = tern::exporter::gzip(text).value_or("").size();
    compressing += milliseconds_since(compress_start);
    bytes = text.size();
  }
  std::printf("%zu peers: write %.1f ms, %zu bytes; gzip %.1f ms, %zu bytes\n", peers,
              exposing / kRounds, bytes, compressing / kRounds, gzip_bytes);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--measure") == 0) {
    return measure(std::strtoul(argv[2], nullptr, 10));
  }
  const auto start = Clock::now();
  constexpr std::size_t kPeers = 6;
  tern::exporter::HttpServer server([start] {
    return tern::exporter::sample_snapshot(kPeers, milliseconds_since(start) / 1000);
  });
  if (auto listening = server.listen({"127.0.0.1:0"}); !listening) {
    std::fprintf(stderr, "%s\n", listening.error().c_str());
    return EXIT_FAILURE;
  }
  std::printf("http://%s/metrics\n", server.endpoints().front().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return EXIT_SUCCESS;
}
