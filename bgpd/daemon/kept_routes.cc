#include "bgpd/daemon/kept_routes.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "rib/types/decimal.h"

namespace tern::daemon {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

std::string_view take_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

bool read_value(std::string_view name, std::string_view value, session::InjectedRoute& route) {
  if (name == "community") return session::add_community(value, route.attributes);
  if (name == "metro") {
    route.metro = value;
    return !value.empty();
  }
  const auto number = parse_decimal<std::uint32_t>(value);
  if (!number) return false;
  if (name == "since") {
    route.since = *number;
  } else if (name == "until") {
    route.expires = *number;
  } else if (name == "med") {
    route.attributes.med = *number;
  } else if (name == "local-pref") {
    route.attributes.local_pref = *number;
  } else {
    return false;
  }
  return true;
}

std::optional<session::InjectedRoute> route_of(std::string_view line) {
  session::InjectedRoute route;
  const auto prefix = Prefix::parse(take_word(line));
  if (!prefix) return std::nullopt;
  route.prefix = *prefix;
  route.kept = true;
  for (;;) {
    const std::string_view name = take_word(line);
    if (name.empty()) return route;
    if (!read_value(name, take_word(line), route)) return std::nullopt;
  }
}

// The routes with `kept`.
std::vector<session::InjectedRoute> kept(const session::Speaker& speaker) {
  std::vector<session::InjectedRoute> kept;
  for (const auto& [prefix, route] : speaker.injected()) {
    if (route.kept) kept.push_back(route);
  }
  return kept;
}

}  // namespace

std::string text_of(const std::vector<session::InjectedRoute>& routes) {
  std::string text = "# routes of ternctl originate ... keep\n";
  for (const session::InjectedRoute& route : routes) {
    const PathAttributes& attributes = route.attributes;
    text += route.prefix.to_string() + " since " + std::to_string(route.since);
    if (route.expires != 0) text += " until " + std::to_string(route.expires);
    if (attributes.med) text += " med " + std::to_string(*attributes.med);
    if (attributes.local_pref) text += " local-pref " + std::to_string(*attributes.local_pref);
    for (const std::string& community : session::community_texts(attributes)) {
      text += " community " + community;
    }
    if (!route.metro.empty()) text += " metro " + route.metro;
    text += '\n';
  }
  return text;
}

BadLines read_routes(std::string_view text, std::vector<session::InjectedRoute>& routes) {
  return read_lines(text, [&](std::string_view line) {
    auto route = route_of(line);
    if (!route || routes.size() == session::InjectedRoutes::kMost) return false;
    routes.push_back(*std::move(route));
    return true;
  });
}

KeptRoutes::KeptRoutes(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                       const std::string& configuration)
    : speaker_(speaker),
      file_(thread, loop, configuration, "originated", "routes", "originated routes",
            [&speaker] { return [routes = kept(speaker)] { return text_of(routes); }; }) {}

void KeptRoutes::restore() {
  std::vector<session::InjectedRoute> routes;
  file_.log(read_routes(file_.read(kMostBytes), routes), "a route of ternctl originate");
  for (const session::InjectedRoute& route : routes) {
    if (route.expires != 0 && route.expires <= session::unix_seconds()) continue;
    if (const auto refused = speaker_.originate(route)) {
      spdlog::error("{}: {}: {}", file_.path(), route.prefix.to_string(), *refused);
    }
  }
  speaker_.on_kept_changed([this] { file_.save(); });
}

}  // namespace tern::daemon
