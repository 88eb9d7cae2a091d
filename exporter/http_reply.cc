#include "exporter/http_reply.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

#include "exporter/exposition.h"
#include "exporter/label_text.h"
#include "exporter/process_stats.h"

namespace tern::exporter {
namespace {

using Collect = std::function<Snapshot()>;

constexpr std::string_view kIndex = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Tern</title></head>
<body>
<h1>Tern</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/healthz">/healthz</a>: 200 while the daemon lives</li>
<li><a href="/readyz">/readyz</a>: 200 when it is ready for traffic, 503 before</li>
</ul>
</body>
</html>
)";

[[nodiscard]] HttpReply metrics(const Collect& collect) {
  const auto started = std::chrono::steady_clock::now();
  HttpReply reply;
  reply.content_type = kExpositionContentType;
  reply.body = expose(collect(), read_process_stats(), started);
  return reply;
}

// Healthy as long as this thread answers: it depends on no other thread.
[[nodiscard]] HttpReply healthz(const Collect&) {
  HttpReply reply;
  reply.body = "ok\n";
  return reply;
}

[[nodiscard]] HttpReply readyz(const Collect& collect) {
  const Snapshot snapshot = collect();
  if (snapshot.loop_hangs) {
    const auto seconds = static_cast<std::uint64_t>(snapshot.loop_age_seconds);
    return http_error(503, "not ready: the event loop has not come round for " +
                               std::to_string(seconds) + " s\n");
  }
  const auto established = std::count_if(snapshot.peers.begin(), snapshot.peers.end(),
                                         [](const PeerSample& peer) { return peer.state == 6; });
  const std::string sessions = std::to_string(established) + " of " +
                               std::to_string(snapshot.peers.size()) + " sessions established\n";
  if (!snapshot.ready) return http_error(503, "not ready: " + sessions);
  HttpReply reply;
  reply.body = "ready: " + sessions;
  return reply;
}

[[nodiscard]] HttpReply index_page(const Collect&) {
  HttpReply reply;
  reply.content_type = "text/html; charset=utf-8";
  reply.body = kIndex;
  return reply;
}

struct Page {
  std::string_view path;
  HttpReply (*answer)(const Collect&);
};

constexpr std::array<Page, 4> kPages{
    {{"/metrics", metrics}, {"/healthz", healthz}, {"/readyz", readyz}, {"/", index_page}}};

[[nodiscard]] HttpReply not_found(std::string_view path) {
  // The path of a scanner may be long and may have any content.
  constexpr std::size_t kShown = 100;
  std::string text = "there is no " + label_text(path.substr(0, kShown)) + " here; there is";
  for (const Page& page : kPages) text.append(" ").append(page.path);
  return http_error(404, std::move(text));
}

}  // namespace

HttpReply http_error(unsigned status, std::string text) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(text);
  if (reply.body.empty() || reply.body.back() != '\n') reply.body += '\n';
  return reply;
}

HttpReply http_reply(std::string_view method, std::string_view target, const Collect& collect) {
  const std::string_view path = target.substr(0, target.find('?'));
  const auto* page = std::find_if(kPages.begin(), kPages.end(),
                                  [&](const Page& known) { return known.path == path; });
  if (page == kPages.end()) return not_found(path);
  if (method != "GET" && method != "HEAD") {
    HttpReply reply =
        http_error(405, std::string(page->path) + " is read-only: use " + kAllowedMethods);
    reply.allow_header = true;
    return reply;
  }
  try {
    return page->answer(collect);
  } catch (const std::exception& fault) {
    return http_error(500, std::string("collecting failed: ") + fault.what());
  } catch (...) {
    return http_error(500, "collecting failed");
  }
}

}  // namespace tern::exporter
