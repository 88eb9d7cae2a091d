#include "policy/guard.h"

#include <algorithm>

namespace tern::policy {
namespace {

constexpr std::array<std::string_view, kSuspicionCount> kSuspicionNames{
    "other-origin", "more-specific", "unregistered-partner", "rpki-invalid",
    "leak",         "path-length",   "private-as",           "bogon-as",
    "prepend",      "not-direct",    "new-upstream",         "long-path"};
constexpr std::array<std::string_view, 3> kActionNames{"ignore", "warn", "quarantine"};
constexpr std::array<std::string_view, 3> kFallbackNames{"none", "any-valid", "any"};
constexpr std::array<std::string_view, 3> kOrderNames{"", "release", "block"};

}  // namespace

std::string_view to_string(Suspicion suspicion) {
  return kSuspicionNames[static_cast<std::size_t>(suspicion)];
}

std::string_view to_string(GuardAction action) {
  return kActionNames[static_cast<std::size_t>(action)];
}

std::optional<GuardAction> parse_guard_action(std::string_view text) {
  const auto found = std::ranges::find(kActionNames, text);
  if (found == kActionNames.end()) return std::nullopt;
  return static_cast<GuardAction>(found - kActionNames.begin());
}

std::string_view to_string(Fallback fallback) {
  return kFallbackNames[static_cast<std::size_t>(fallback)];
}

std::optional<Fallback> parse_fallback(std::string_view text) {
  const auto found = std::ranges::find(kFallbackNames, text);
  if (found == kFallbackNames.end()) return std::nullopt;
  return static_cast<Fallback>(found - kFallbackNames.begin());
}

std::string_view to_string(GuardOrderKind kind) {
  return kOrderNames[static_cast<std::size_t>(kind)];
}

GuardVerdict strictest(const Suspicions& suspicions, const GuardActions& actions) {
  GuardVerdict verdict;
  for (std::size_t i = 0; i < kSuspicionCount; ++i) {
    const auto suspicion = static_cast<Suspicion>(i);
    if (suspicions.has(suspicion) && actions[i] > verdict.action) {
      verdict.suspicion = suspicion;
      verdict.action = actions[i];
    }
  }
  return verdict;
}

std::optional<GuardedPath> guarded_path(const AsPath& path, std::optional<Asn> partner) {
  if (!partner && path.length() == 0) return std::nullopt;
  GuardedPath guarded;
  guarded.origin = path.origin();
  guarded.partner = partner.value_or(path.neighbour().value_or(kAsZero));
  guarded.length = path.length();
  for (const AsSegment& segment : path.segments()) {
    std::optional<Asn> before;
    for (const Asn asn : segment.asns) {
      guarded.private_as |= is_private_asn(asn);
      guarded.bogon_as |= is_bogon_asn(asn);
      guarded.prepend |= segment.type == AsSegment::Type::Sequence && before == asn;
      guarded.direct &= asn == guarded.partner || asn == guarded.origin;
      before = asn;
    }
  }
  return guarded;
}

}  // namespace tern::policy
