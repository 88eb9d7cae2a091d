// tern-load: many BGP sessions in one process, for benchmarks. commands.h has the language it is
// driven with, options.h what it is made of.
#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "tests/bench/load/commands.h"
#include "tests/bench/load/engine.h"
#include "tests/bench/load/options.h"

int main(int argc, char** argv) {
  try {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    tern::load::Engine engine(tern::load::parse_options(argc, argv));
    std::puts(R"({"ready": true})");  // all tables are encoded
    std::fflush(stdout);
    tern::load::Commands(engine).run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tern-load: %s\n", error.what());
    return 1;
  }
}
