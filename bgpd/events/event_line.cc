#include "bgpd/events/event_line.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "rib/types/one_line.h"

namespace tern::events {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostWords = 512;  // octets of a line of the log

void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

std::string text_of(const Json& object, const char* name, std::size_t most = kMostText) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  auto text = found->get<std::string>();
  if (text.size() > most) text.resize(cut_utf8(text, most).size());
  return text;
}

std::uint32_t number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  const auto number = found->get<std::uint64_t>();
  return number <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(number)
                                                             : 0;
}

Json subject_json(const Subject& subject) {
  Json object = Json::object();
  put(object, "prefix", subject.prefix);
  put(object, "neighbor", subject.neighbor);
  if (subject.partner != 0) object["partner_as"] = subject.partner;
  put(object, "pop", subject.pop);
  put(object, "source", subject.source);
  return object;
}

Subject subject_of(const Json& event) {
  Subject subject;
  const auto found = event.find("subject");
  if (found == event.end() || !found->is_object()) return subject;
  subject.prefix = text_of(*found, "prefix");
  subject.neighbor = text_of(*found, "neighbor");
  subject.partner = number_of(*found, "partner_as");
  subject.pop = text_of(*found, "pop");
  subject.source = text_of(*found, "source");
  return subject;
}

Evidence evidence_of(const Json& event) {
  Evidence evidence;
  const auto found = event.find("evidence");
  if (found == event.end() || !found->is_object()) return evidence;
  for (const auto& [name, value] : found->items()) {
    if (evidence.size() >= kMostEvidence || name.size() > kMostText) break;
    evidence[name] = text_of(*found, name.c_str());
  }
  return evidence;
}

std::vector<std::string> examples_of(const Json& event) {
  std::vector<std::string> examples;
  const auto found = event.find("examples");
  if (found == event.end() || !found->is_array()) return examples;
  for (const Json& one : *found) {
    if (examples.size() >= kMostExamples || !one.is_string()) break;
    const auto text = one.get<std::string>();
    examples.emplace_back(cut_utf8(text, kMostText));
  }
  return examples;
}

}  // namespace

std::string to_line(const Event& event) {
  Json object;
  object["id"] = event.id;
  object["kind"] = to_string(event.kind);
  object["severity"] = to_string(event.severity);
  object["start"] = event.start;
  object["end"] = event.end;
  object["last"] = event.last;
  object["count"] = event.count;
  object["summary"] = event.summary;
  object["subject"] = subject_json(event.subject);
  object["key"] = event.key;
  if (!event.evidence.empty()) object["evidence"] = event.evidence;
  if (event.group) object["group"] = true;
  if (event.members != 0) object["members"] = event.members;
  if (!event.examples.empty()) object["examples"] = event.examples;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Event> parse_line(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto kind = parse_kind(text_of(object, "kind"));
  const auto severity = parse_severity(text_of(object, "severity"));
  Event event;
  event.id = number_of(object, "id");
  event.start = number_of(object, "start");
  event.key = text_of(object, "key", kMostKey);
  if (!kind || !severity || event.id == 0 || event.start == 0 || event.key.empty()) {
    return std::nullopt;
  }
  event.kind = *kind;
  event.severity = *severity;
  event.end = number_of(object, "end");
  event.last = number_of(object, "last");
  event.count = number_of(object, "count");
  event.summary = text_of(object, "summary");
  event.subject = subject_of(object);
  event.evidence = evidence_of(object);
  const auto group = object.find("group");
  event.group = group != object.end() && group->is_boolean() && group->get<bool>();
  event.members = number_of(object, "members");
  event.examples = examples_of(object);
  return event;
}

std::string in_words(const Event& event, std::string_view what) {
  std::string text = std::string(to_string(event.kind)) + " " + std::string(what);
  if (event.count > 1) text += ", " + std::to_string(event.count) + " times";
  text += ": " + event.summary;
  if (event.members != 0) text += ", with " + std::to_string(event.members) + " more";
  return one_line(text, kMostWords, Letters::Utf8);
}

}  // namespace tern::events
