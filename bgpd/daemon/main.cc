// ternd, the BGP speaker and route server.
#include <getopt.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/daemon.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/geofeeds.h"
#include "bgpd/daemon/irr.h"
#include "bgpd/daemon/last_word.h"
#include "bgpd/daemon/registrations.h"
#include "bgpd/daemon/rpki.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/vrps/files.h"
#include "conf/config.h"
#include "conf/domains.h"
#include "conf/last_good.h"

namespace {

constexpr int kUsage = 2;

constexpr char kHelp[] =
    R"(ternd, a BGP speaker and route server that sends traffic out at the nearest edge

  ternd --config FILE    run in the foreground; SIGHUP reloads FILE, SIGTERM ends
  ternd --check FILE     read FILE, say every error and warning, and exit (0: no error)
  ternd --version

Look at a running one with ternctl.
)";

void print_faults(const std::vector<tern::conf::Error>& faults, const char* noun) {
  if (faults.empty()) return;
  for (const tern::conf::Error& fault : faults) {
    std::fprintf(stderr, "%s\n", fault.to_string().c_str());
  }
  std::fprintf(stderr, "%zu %s%s\n", faults.size(), noun, faults.size() == 1 ? "" : "s");
}

// Every neighbour is a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Prints what is wrong with the files that a configuration names. A daemon goes on without such a
// file, or with the last good content of the file.
void print_file_faults(const tern::conf::Config& config) {
  const auto print = [](const char* section, const std::vector<std::string>& faults) {
    for (const std::string& fault : faults) {
      std::fprintf(stderr, "warning: %s: %s\n", section, fault.c_str());
    }
  };
  print("rpki",
        tern::vrps::file_errors(tern::daemon::compose_rpki(config), tern::session::unix_seconds()));
  print("geofeed", tern::geofeeds::file_errors(tern::daemon::compose_geofeeds(config)));
  print("irr", tern::irr::file_errors(tern::daemon::compose_irr(config)));
  print("registrations",
        tern::registrations::file_errors(tern::daemon::compose_registrations(config)));
}

// Prints what is wrong with one configuration, without those of its domains.
bool check_one(const std::string& file, const tern::conf::LoadResult& loaded) {
  if (!loaded.ok()) {
    print_faults(loaded.error(), "error");
    return false;
  }
  print_faults((*loaded)->warnings, "warning");
  print_file_faults(**loaded);
  const auto& config = (*loaded)->file;
  std::printf("%s: good, %d peers, %d policies\n", file.c_str(), config.peers_size(),
              static_cast<int>(config.policies_size()));
  return true;
}

int check(const std::string& file) {
  const auto loaded = tern::conf::load_file(file);
  if (!check_one(file, loaded)) return 1;
  bool good = true;
  for (const auto& domain : (*loaded)->file.domains()) {
    good = check_one(tern::conf::domain_file(**loaded, domain),
                     tern::conf::load_domain(**loaded, domain)) &&
           good;
  }
  return good ? 0 : 1;
}

int run(const std::string& file) {
  tern::daemon::ConfigThread thread;
  auto loaded = thread.call([&file] {
    const tern::conf::LastGood last_good(tern::daemon::state_directory(), file);
    return tern::conf::load_file(file, {&last_good, nullptr});
  });
  if (!loaded.ok()) {
    print_faults(loaded.error(), "error");
    return 1;
  }
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  tern::daemon::install_last_word();
  tern::daemon::Daemon daemon(thread, std::move(*loaded));
  return daemon.run();
}

}  // namespace

int main(int argc, char** argv) {
  const option options[] = {{"config", required_argument, nullptr, 'c'},
                            {"check", required_argument, nullptr, 'n'},
                            {"version", no_argument, nullptr, 'V'},
                            {"help", no_argument, nullptr, 'h'},
                            {nullptr, 0, nullptr, 0}};
  const int chosen = getopt_long(argc, argv, "c:n:Vh", options, nullptr);
  const std::string argument = optarg != nullptr ? optarg : "";
  if (chosen != -1 && optind < argc) {
    std::fprintf(stderr, "ternd: one option at a time, '%s' is too much\n", argv[optind]);
    return kUsage;
  }
  switch (chosen) {
    case 'c':
      return run(argument);
    case 'n':
      return check(argument);
    case 'V':
      std::printf("ternd %s (%s)\n", std::string(tern::daemon::version()).c_str(),
                  std::string(tern::daemon::revision()).c_str());
      return 0;
    case 'h':
      std::fputs(kHelp, stdout);
      return 0;
    default:
      std::fputs(kHelp, stderr);
      return kUsage;
  }
}
