// tern-replay: plays routes of a file, or whole tables of the Internet, to a speaker under test.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>

#include "tests/lab/replay/dump_feeds.h"
#include "tests/lab/replay/options.h"
#include "tests/lab/replay/replay.h"
#include "tests/lab/replay/route_file.h"

namespace {

using namespace tern::replay;

using Feeds = tern::Result<std::vector<Feed>, std::string>;

// One speaker, with the routes of a file of lines or with none.
Feeds written_feed(const Options& options) {
  std::vector<Feed> feeds(1);
  Feed& feed = feeds.front();
  feed.asn = options.asn;
  feed.local = options.local;
  feed.identifier = identifier_of(options.local);
  FeedWriter writer(feed, false);
  if (!options.routes.empty()) {
    std::ifstream in(options.routes);
    if (!in) return options.routes + ": cannot be read";
    const auto groups = read_routes(in);
    if (!groups.ok()) return options.routes + ": " + groups.error();
    for (const RouteGroup& group : *groups) writer.announce(group.attributes, group.prefixes);
  }
  writer.end_table();
  return feeds;
}

Feeds make_feeds(const Options& options) {
  Feeds feeds = options.dump ? read_dump(*options.dump) : written_feed(options);
  if (!feeds.ok()) return feeds;
  if (options.asn != 0) feeds->front().asn = options.asn;
  const std::size_t named = std::min(options.identifiers.size(), feeds->size());
  for (std::size_t i = 0; i < named; ++i) (*feeds)[i].identifier = options.identifiers[i];
  return feeds;
}

void describe(const std::vector<Feed>& feeds) {
  for (const Feed& feed : feeds) {
    std::fprintf(stderr, "%s AS %u: %zu IPv4 and %zu IPv6 announcements, %zu dropped\n",
                 feed.local.to_string().c_str(), feed.asn, feed.announced[0], feed.announced[1],
                 feed.dropped);
  }
}

int run(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options.ok()) {
    std::fprintf(stderr, "tern-replay: %s\n", options.error().c_str());
    return 2;
  }
  if (options->help) {
    std::fputs(usage(), stdout);
    return 0;
  }
  const Feeds feeds = make_feeds(*options);
  if (!feeds.ok()) {
    std::fprintf(stderr, "tern-replay: %s\n", feeds.error().c_str());
    return 1;
  }
  describe(*feeds);
  return Replay(*options, *feeds).run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "tern-replay: %s\n", failure.what());
    return 1;
  }
}
