#include "bgpd/ctl/run.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/ctl/client.h"
#include "bgpd/ctl/command_line.h"
#include "bgpd/ctl/completion.h"
#include "bgpd/ctl/help.h"
#include "bgpd/ctl/import.h"
#include "bgpd/ctl/ingress.h"
#include "bgpd/ctl/latency_import.h"
#include "bgpd/ctl/printable.h"
#include "bgpd/ctl/view.h"
#include "rib/types/domain_socket.h"

namespace tern::ctl {
namespace {

using api::proto::Request;
using api::proto::Response;

constexpr unsigned kCompletionTimeoutSeconds = 1;  // a shell waits for the answer

std::string subject(const Request& request) {
  if (request.has_neighbors()) return "neighbor " + request.neighbors().neighbor();
  if (request.has_neighbor_action()) return "neighbor " + request.neighbor_action().neighbor();
  if (request.has_explain()) return "route to " + request.explain().prefix();
  if (request.has_monitor()) return "stream of routes";
  if (request.has_routes()) return "route to " + request.routes().prefix() + " in this table";
  return "answer";
}

// Every list may be empty, but for a person the reason to see nothing is worth a line.
std::string empty_text(const Request& request) {
  if (request.has_events()) return "There are no events.";
  return request.has_neighbors() ? "There are no neighbors." : "There are no routes.";
}

// The content of a file, as a command sends the content.
struct Upload {
  std::string text;
  std::vector<IngressBatch> batches;  // of ingress import
  std::vector<LatencyLine> lines;     // of latency import
};

// Nothing: the file cannot be sent, and `err` says why.
std::optional<Upload> read_upload(const Command& command, std::ostream& err) {
  const auto say = [&err](const std::string& fault) {
    err << "ternctl: " << printable(fault) << '\n';
  };
  std::string fault;
  auto text = read_import(command.file, fault);
  if (!text) {
    say(fault);
    return std::nullopt;
  }
  if (command.id == CommandId::IngressImport) {
    auto batches = read_ingress(command.file, *text, fault);
    if (batches) return Upload{{}, *std::move(batches), {}};
    say(fault);
    return std::nullopt;
  }
  if (command.id != CommandId::LatencyImport) return Upload{*std::move(text), {}, {}};
  auto lines = read_latency_file(*text, command.file);
  if (lines) return Upload{{}, {}, std::move(*lines)};
  for (const std::string& one : lines.error()) say(one);
  return std::nullopt;
}

std::optional<Unreachable> send(Client& client, const Command& command, const Upload& upload,
                                const std::function<bool(const Response&)>& take) {
  if (command.id == CommandId::IngressImport) return send_ingress(client, upload.batches, take);
  if (command.id == CommandId::LatencyImport) return send_latency(client, upload.lines, take);
  if (!command.file.empty()) return send_import(client, command, upload.text, take);
  return client.call(command.request, take);
}

int ask(const Command& command, const CommandLine& line, const Screen& screen, std::ostream& out,
        std::ostream& err) {
  const auto view = line.json ? json_view(command, out) : text_view(command, screen, out);
  std::string error;
  std::optional<Upload> upload = Upload{};
  if (!command.file.empty()) upload = read_upload(command, err);
  if (!upload) return kExitFailed;
  // Octets of a file pass as they are.
  const bool raw = line.json || command.id == CommandId::RegistrationExport;
  Client client(domain_socket(line.socket, line.domain));
  const auto take = [&](const Response& answer) {
    error = answer.error();
    if (!error.empty()) return false;
    if (raw) {
      view->show(answer);
    } else {
      Response response = answer;
      make_printable(response);
      view->show(response);
    }
    out.flush();
    return out.good();  // a reader that went away wants no more
  };
  const auto unreachable = send(client, command, *upload, take);
  const Outcome outcome = view->close(!unreachable && error.empty());
  out.flush();
  if (unreachable) {
    err << "ternctl: " << unreachable->message << '\n';
    if (!line.domain.empty()) {
      err << "Without --domain and TERN_DOMAIN, 'ternctl show domains' lists the domains.\n";
    }
    return kExitUnreachable;
  }
  if (!error.empty()) {
    err << "ternctl: " << printable(error) << '\n';
    return kExitFailed;
  }
  if (outcome == Outcome::Failed) return kExitFailed;
  const bool missing =
      outcome == Outcome::Empty && (command.one_thing || command.request.has_neighbor_action());
  if (missing) {
    err << "ternctl: there is no " << subject(command.request) << '\n';
    return kExitFailed;
  }
  // The views of these answers print a line of their own for an empty answer.
  const bool said = command.request.has_registrations() || command.request.has_latency() ||
                    (command.request.has_routes() && command.request.routes().count_only());
  if (outcome == Outcome::Empty && !line.json && !said) {
    out << empty_text(command.request) << '\n';
  }
  return kExitDone;
}

// The words of `complete -- WORD...`, global options taken out of them.
CommandLine completion_line(const CommandLine& outer) {
  CommandLine line = outer;
  line.words.clear();
  for (std::size_t i = 1; i < outer.words.size(); ++i) {
    const std::string& word = outer.words[i];
    const bool last = i + 1 == outer.words.size();
    if ((word == "--socket" || word == "--domain") && !last) {
      (word == "--socket" ? line.socket : line.domain) = outer.words[++i];
      if (i + 1 == outer.words.size()) return line;  // the value is being typed
    } else if (word.starts_with("--socket=")) {
      line.socket = word.substr(word.find('=') + 1);
    } else if (word.starts_with("--domain=")) {
      line.domain = word.substr(word.find('=') + 1);
    } else if (last || word.substr(0, 1) != "-") {
      line.words.push_back(word);
    }
  }
  return line;
}

std::vector<std::string> neighbor_names(const std::string& socket) {
  std::vector<std::string> names;
  Request request;
  (void)request.mutable_neighbors();
  Client client(socket, kCompletionTimeoutSeconds);
  const auto unreachable = client.call(request, [&names](const Response& response) {
    for (const auto& neighbor : response.neighbors().neighbors()) {
      names.push_back(printable(neighbor.name().empty() ? neighbor.address() : neighbor.name()));
    }
    return true;
  });
  if (unreachable) names.clear();
  return names;
}

int print_candidates(const CommandLine& outer, std::ostream& out) {
  const CommandLine line = completion_line(outer);
  if (line.words.empty()) return kExitDone;
  const auto names = [&line] { return neighbor_names(domain_socket(line.socket, line.domain)); };
  for (const Candidate& candidate : complete(line.words, names)) {
    out << candidate.word;
    if (!candidate.help.empty()) out << '\t' << candidate.help;
    out << '\n';
  }
  return kExitDone;
}

int obey(const CommandLine& line, const Screen& screen, std::ostream& out, std::ostream& err) {
  if (line.version) {
    out << "ternctl " << TERN_VERSION << '\n';
    return kExitDone;
  }
  // Not in the table of commands: for completion scripts, not for people.
  if (!line.words.empty() && line.words.front() == "complete") return print_candidates(line, out);
  if (line.help) {
    out << help_about(line.words, screen);
    return kExitDone;
  }
  if (line.words.empty()) {
    err << general_help(Screen{});
    return kExitUsage;
  }
  Command command = parse_command(line.words);
  if (command.id == CommandId::Help) {
    out << help_about(command.rest, screen);
    return kExitDone;
  }
  if (command.id == CommandId::Completion) {
    out << completion_script(command.rest.front());
    return kExitDone;
  }
  if (line.json && command.id == CommandId::RegistrationExport) {
    throw UsageError("'registration export' writes CSV; as JSON: ternctl --json registration list");
  }
  // JSON always tells everything: a field left out for brevity would read as an empty one.
  if (line.json && command.request.has_neighbors()) {
    command.request.mutable_neighbors()->set_detail(true);
  }
  if (line.json && command.request.has_routes() && !command.request.routes().count_only()) {
    command.request.mutable_routes()->set_detail(true);
  }
  if (line.json && command.request.has_monitor()) {
    command.request.mutable_monitor()->set_detail(true);
  }
  if (line.json && command.request.has_registrations() &&
      !command.request.registrations().files()) {
    command.request.mutable_registrations()->set_detail(true);
  }
  if (line.json && command.request.has_events()) {
    command.request.mutable_events()->set_detail(true);
  }
  return ask(command, line, screen, out, err);
}

}  // namespace

int run(int argc, const char* const* argv, const Screen& screen, std::ostream& out,
        std::ostream& err) {
  try {
    const CommandLine line = parse_command_line(argc, argv);
    Screen shown = screen;
    if (line.no_color) shown.color = false;
    return obey(line, shown, out, err);
  } catch (const UsageError& error) {
    err << "ternctl: " << error.what() << "\nTry 'ternctl help'.\n";
    return kExitUsage;
  }
}

}  // namespace tern::ctl
