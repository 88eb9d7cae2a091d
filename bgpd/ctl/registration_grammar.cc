#include "bgpd/ctl/registration_grammar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bgpd/ctl/action_grammar.h"

namespace tern::ctl {
namespace {

using api::proto::RegistrationWriteRequest;

// A keyword, and the column of a CSV file that it stands for.
enum class Values : std::uint8_t { One, List, YesNo };
struct FieldWord {
  std::string_view word;
  std::string_view field;
  Values values = Values::One;
};
constexpr std::array kFieldWords{
    FieldWord{"origin", "origins", Values::List},
    FieldWord{"partner", "partners", Values::List},
    FieldWord{"owner", "owner"},
    FieldWord{"customer", "customer_as"},
    FieldWord{"primary", "primary_pop"},
    FieldWord{"backup", "backup_pops", Values::List},
    FieldWord{"fallback", "fallback"},
    FieldWord{"tag", "tag"},
    FieldWord{"max-length", "max_length"},
    FieldWord{"path-length", "path.max_length"},
    FieldWord{"private-as", "path.allow_private_as", Values::YesNo},
    FieldWord{"prepend", "path.allow_prepend", Values::YesNo},
    FieldWord{"direct", "path.direct", Values::YesNo},
};

constexpr std::string_view kDefaultOwner = "operator";

std::vector<Keyword> field_keywords() {
  return {{"origin", "AS", "ASes that may originate it, one or more"},
          {"partner", "AS", "neighbor ASes or names of partners, the most preferred first"},
          {"owner", "OWNER", "the tenant that owns it (default of add: operator)"},
          {"customer", "AS", "the customer's AS (default of add: the first origin)"},
          {"primary", "POP", "the PoP where its traffic enters and leaves"},
          {"backup", "POP", "the PoPs that stand in, in order of preference"},
          {"fallback", "FALLBACK", "none, any-valid or any: the routes used without a partner's"},
          {"tag", "COMMUNITY", "the community that its routes are expected to carry"},
          {"max-length", "LENGTH", "the longest length of more specific prefixes"},
          {"path-length", "NUMBER", "the longest AS path"},
          {"private-as", "yes|no", "whether private AS numbers may be in the AS path"},
          {"prepend", "yes|no", "whether an AS may stand twice in a row"},
          {"direct", "yes|no", "whether only partner and origin may be in the AS path"},
          {"guard", "KIND", "ACTION  quarantine, warn or ignore this kind of suspicion"},
          {"no", "FIELD", "remove a field, as in 'no tag' or 'no guard prepend'"},
          {"check", "", "only say what would happen"},
          {"notes", "TEXT", "for people; the rest of the line"}};
}

const FieldWord* field_word(std::string_view word) {
  const auto found = std::ranges::find(kFieldWords, word, &FieldWord::word);
  return found == kFieldWords.end() ? nullptr : &*found;
}

// A value as the column has it. The daemon checks the value.
std::string value_for(std::string_view field, std::string value) {
  const auto found = std::ranges::find(kFieldWords, field, &FieldWord::field);
  if (found == kFieldWords.end() || found->values != Values::YesNo) return value;
  if (value == "yes") return "true";
  return value == "no" ? "false" : value;
}

void set_field(std::string_view name, std::string value, RegistrationWriteRequest::Change& change) {
  for (const auto& field : change.fields()) {
    if (field.name() == name) throw UsageError("'" + std::string(name) + "' is given twice");
  }
  auto& field = *change.add_fields();
  field.set_name(std::string(name));
  field.set_value(std::move(value));
}

// "more-specific" is the column "guard.more_specific".
std::string parse_kind(Arguments& arguments) {
  std::string kind = arguments.take_value("guard", "a kind of suspicion, as more-specific");
  std::ranges::replace(kind, '-', '_');
  return "guard." + kind;
}

void parse_action(Arguments& arguments, RegistrationWriteRequest::Change& change) {
  const std::string field = parse_kind(arguments);
  set_field(field, arguments.take_value("guard", "quarantine, warn or ignore"), change);
}

// A field that loses its value, by keyword or column.
void parse_no(Arguments& arguments, RegistrationWriteRequest::Change& change) {
  const std::string& name = arguments.take_value("no", "a field");
  if (name == "guard") return set_field(parse_kind(arguments), "", change);
  const FieldWord* const word = field_word(name);
  set_field(word == nullptr ? std::string_view(name) : word->field, "", change);
}

// A name may look like the begin of a keyword, so only a whole keyword ends a list.
std::string parse_values(const FieldWord& word, Arguments& arguments) {
  std::string values = arguments.take_value(word.word, "a value");
  while (word.values == Values::List && !arguments.empty() && !arguments.at_keyword()) {
    values += ' ' + arguments.take();
  }
  return value_for(word.field, std::move(values));
}

void parse_notes(Arguments& arguments, RegistrationWriteRequest::Change& change) {
  std::string notes = rest_of_line(arguments);
  if (notes.empty()) throw UsageError("'notes' needs a text");
  set_field("notes", std::move(notes), change);
}

// A word that is no keyword is a column, whose name the daemon checks.
void parse_field(Arguments& arguments, RegistrationWriteRequest& request,
                 RegistrationWriteRequest::Change& change) {
  const auto keyword = arguments.keyword();
  const std::string column = arguments.take();
  if (!keyword) {
    set_field(column, value_for(column, arguments.take_value(column, "a value")), change);
  } else if (*keyword == "check") {
    request.set_check_only(true);
  } else if (*keyword == "notes") {
    parse_notes(arguments, change);
  } else if (*keyword == "guard") {
    parse_action(arguments, change);
  } else if (*keyword == "no") {
    parse_no(arguments, change);
  } else if (const FieldWord* const word = field_word(*keyword)) {
    set_field(word->field, parse_values(*word, arguments), change);
  }
}

std::optional<std::string> value_of(const RegistrationWriteRequest::Change& change,
                                    std::string_view name) {
  for (const auto& field : change.fields()) {
    if (field.name() == name) return field.value();
  }
  return std::nullopt;
}

void add_defaults(RegistrationWriteRequest::Change& change) {
  if (!value_of(change, "owner")) set_field("owner", std::string(kDefaultOwner), change);
  if (value_of(change, "customer_as")) return;
  const auto origins = value_of(change, "origins");
  if (!origins) throw UsageError("'registration add' needs 'origin AS' or 'customer AS'");
  set_field("customer_as", origins->substr(0, origins->find(' ')), change);
}

void parse_change(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_registration_write();
  auto& change = *request.add_changes();
  change.set_prefix(parse_network(arguments, "registration"));
  while (!arguments.empty()) parse_field(arguments, request, change);
  if (command.id == CommandId::RegistrationAdd) {
    change.set_action(RegistrationWriteRequest::ADD);
    add_defaults(change);
  } else {
    change.set_action(RegistrationWriteRequest::SET);
    if (change.fields().empty()) throw UsageError("'registration set' needs a field to change");
  }
}

void parse_remove(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_registration_write();
  auto& change = *request.add_changes();
  change.set_action(RegistrationWriteRequest::REMOVE);
  change.set_prefix(parse_network(arguments, "registration remove"));
  if (!arguments.keyword()) return;
  (void)arguments.take();
  request.set_check_only(true);
}

void parse_import(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_registration_import();
  command.file = arguments.take_value("registration import", "a file, .csv or .yaml");
  request.set_name(command.file);
  if (!arguments.keyword()) return;
  (void)arguments.take();
  request.set_check_only(true);
}

// "owner O" or nothing.
std::string parse_owner(Arguments& arguments) {
  if (!arguments.keyword()) return {};
  (void)arguments.take();
  return arguments.take_value("owner", "an owner");
}

void parse_log(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_registration_log();
  while (!arguments.empty()) {
    if (arguments.keyword()) {
      (void)arguments.take();
      request.set_limit(
          parse_number<std::uint32_t>(arguments.take_value("limit", "a number"), "limit", 1));
    } else if (request.prefix().empty()) {
      request.set_prefix(parse_network(arguments, "registration log"));
    } else {
      return;
    }
  }
}

Syntax add_syntax() {
  return {
      CommandId::RegistrationAdd,
      {"registration", "add"},
      "PREFIX origin AS... [KEYWORD...]",
      "Register a prefix, also over restarts",
      {"PREFIX"},
      field_keywords(),
      "The prefix must overlap no other registration. Fields are those of registrations.prefixes "
      "in CONFIGURATION.md; also a column of a CSV file is a keyword, as in 'path.max_length 3'. "
      "Behind a list, the next keyword is written in full.",
      {"ternctl registration add 203.0.113.0/24 origin 64500 partner isp-a isp-b owner tenant-a",
       "ternctl registration add 2001:db8::/32 origin 64500 max-length 48 guard prepend warn "
       "check"}};
}

Syntax set_syntax() {
  return {CommandId::RegistrationSet,
          {"registration", "set"},
          "PREFIX KEYWORD...",
          "Change fields of a registered prefix",
          {"PREFIX"},
          field_keywords(),
          "Other fields stay as they are; a list is replaced as a whole. Registrations of the "
          "configuration and of files are changed there.",
          {"ternctl registration set 203.0.113.0/24 partner isp-b isp-a",
           "ternctl registration set 203.0.113.0/24 no tag notes moved with ticket 71"}};
}

}  // namespace

std::vector<Syntax> registration_commands() {
  std::vector<Syntax> all{add_syntax(), set_syntax()};
  all.push_back({CommandId::RegistrationRemove,
                 {"registration", "remove"},
                 "PREFIX [check]",
                 "End a registration of 'ternctl registration'",
                 {"PREFIX"},
                 {{"check", "", "only say what would happen"}},
                 "",
                 {"ternctl registration remove 203.0.113.0/24"}});
  all.push_back({CommandId::RegistrationList,
                 {"registration", "list"},
                 "[owner OWNER]",
                 "Registrations of 'ternctl registration', with their routes",
                 {},
                 {{"owner", "OWNER", "only those of this owner"}},
                 "Those of the configuration and of files, too: ternctl show registrations.",
                 {"ternctl registration list owner tenant-a"}});
  all.push_back({CommandId::RegistrationImport,
                 {"registration", "import"},
                 "FILE [check]",
                 "Add or replace the registrations of a file, all or none",
                 {"FILE"},
                 {{"check", "", "only say what would happen"}},
                 "FILE is CSV or YAML, as a file of `registrations` in the configuration. "
                 "Registrations that are not in it stay.",
                 {"ternctl registration import customers.csv check",
                  "ternctl registration import customers.csv"}});
  all.push_back({CommandId::RegistrationExport,
                 {"registration", "export"},
                 "[owner OWNER]",
                 "Registrations of 'ternctl registration' as CSV",
                 {},
                 {{"owner", "OWNER", "only those of this owner"}},
                 "The output is good for 'registration import' and as a file of `registrations`.",
                 {"ternctl registration export > customers.csv"}});
  all.push_back({CommandId::RegistrationLog,
                 {"registration", "log"},
                 "[PREFIX] [limit N]",
                 "Who changed registrations, and what",
                 {"PREFIX"},
                 {{"limit", "N", "the last N changes (default 100, at most 1000)"}},
                 "The newest change comes first. The last 100,000 changes are kept.",
                 {"ternctl registration log", "ternctl registration log 203.0.113.0/24 limit 5"}});
  return all;
}

void parse_registration(Arguments& arguments, Command& command) {
  switch (command.id) {
    case CommandId::RegistrationAdd:
    case CommandId::RegistrationSet:
      return parse_change(arguments, command);
    case CommandId::RegistrationRemove:
      return parse_remove(arguments, command);
    case CommandId::RegistrationList: {
      auto& request = *command.request.mutable_registrations();
      request.set_stored(true);
      request.set_owner(parse_owner(arguments));
      return;
    }
    case CommandId::RegistrationImport:
      return parse_import(arguments, command);
    case CommandId::RegistrationExport:
      command.request.mutable_registration_export()->set_owner(parse_owner(arguments));
      return;
    default:
      return parse_log(arguments, command);
  }
}

}  // namespace tern::ctl
