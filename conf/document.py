#!/usr/bin/env python3
"""Makes docs/CONFIGURATION.md from conf/introduction.md and the comments of conf/tern.proto.

document.py            writes the file
document.py --check    exits with 1 when the file is not what would be written
"""

import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "conf" / "tern.proto"
INTRODUCTION = ROOT / "conf" / "introduction.md"
DOCUMENT = ROOT / "docs" / "CONFIGURATION.md"

# What a value looks like, for the column "value"; one row per check.kind.
KINDS = {
    "address-or-self": "address or `self`",
    "as-path-regex": "regular expression",
    "asn": "AS number",
    "country-code": "ISO 3166-1 code",
    "subdivision-code": "ISO 3166-2 code",
    "asn-range": "AS number or range",
    "asn-or-partner": "AS number or partner",
    "asn-range-or-set": "AS number, range or as_set",
    "cluster-id": "IPv4 address",
    "community": "community",
    "community-pattern": "community pattern",
    "community-pattern-or-set": "community pattern or community_set",
    "duration": "seconds",
    "endpoint": "address:port",
    "hold-time": "seconds, 0 or from 3",
    "interface": "interface",
    "host-address": "address",
    "http-url": "URL of http or https",
    "mode": "octal permissions",
    "name": "name",
    "number-or-delta": "number, +N or -N",
    "med": "number, +N, -N, `none`, `egress-cost` or `egress-cost/N`",
    "aigp": "number, `egress-cost` or `egress-cost/N`",
    "path": "file",
    "peer-address": "address",
    "prefix": "prefix",
    "prefix-or-address": "prefix or address",
    "prefix-range": "prefix with ge/le",
    "range": "number or range",
    "routed-address": "address",
    "router-id": "IPv4 address",
    "socket-path": "file, up to 107 bytes",
}
REFERENCES = {
    "policies": "policy",
    "groups": "group",
    "prefix_sets": "prefix_set",
    "community_sets": "community_set",
    "as_sets": "as_set",
    "dictionaries": "dictionary",
    "pops": "PoP",
    "metros": "metro",
    "countries": "country",
    "regions": "region",
    "metros-or-pops": "metro or PoP",
    "conditions": "condition",
    "partners": "partner",
}
# Messages whose section says more than a table: where in a file they stand.
PLACES = {
    "Configuration": "the file",
    "Router": "router",
    "Api": "api",
    "Metrics": "metrics",
    "Log": "log",
    "Events": "events",
    "EventHistory": "events.history",
    "Webhook": "events.webhooks[]",
    "Circuits": "circuits",
    "Latency": "latency",
    "Baseline": "baseline",
    "Domain": "domains[]",
    "PrefixSet": "prefix_sets.NAME",
    "CommunitySet": "community_sets.NAME",
    "AsSet": "as_sets.NAME",
    "Policy": "policies.NAME",
    "Term": "policies.NAME.terms[]",
    "Reject": "policies.NAME.terms[].reject",
    "Match": "policies.NAME.terms[].match",
    "Set": "policies.NAME.terms[].set",
    "Prepend": "policies.NAME.terms[].set.prepend",
    "Peer": "peers[] and groups.NAME",
    "RpkiCommunity": "peers[].rpki_community",
    "AddPath": "peers[].add_path",
    "ControlCommunities": "peers[].control_communities",
    "DefaultOriginate": "peers[].default_originate",
    "RouteFilter": "peers[].route_filter",
    "Condition": "conditions.NAME",
    "Requirement": "conditions.NAME.all[] and conditions.NAME.any[]",
    "GroupSessions": "conditions.NAME.all[].sessions",
    "RoutePresent": "conditions.NAME.all[].route",
    "GracefulRestart": "peers[].graceful_restart",
    "PrefixLimits": "peers[].prefix_limits",
    "DynamicPeers": "dynamic_peers[]",
    "Egress": "egress",
    "Place": "egress.pops.NAME and egress.metros.NAME",
    "Country": "egress.countries.NAME",
    "Region": "egress.regions.NAME",
    "PlaceName": "peers[].location_default",
    "Dictionary": "egress.dictionaries.NAME",
    "Dictionary.Tag": "egress.dictionaries.NAME.tags[]",
    "Rtt": "egress.rtts[]",
    "Costs": "egress.costs",
    "Probes": "egress.probes",
    "ProbeTarget": "egress.probes.targets.NAME",
    "Rpki": "rpki",
    "RpkiCache": "rpki.caches[]",
    "Network": "networks[]",
    "Registrations": "registrations",
    "Partner": "registrations.partners.NAME",
    "Guard": "registrations.guard and registrations.prefixes[].guard",
    "Registration": "registrations.prefixes[]",
    "RegistrationPath": "registrations.prefixes[].path",
    "Aggregate": "aggregates[]",
    "HealthRule": "health.NAME",
    "Kernel": "kernel",
    "NextHops": "next_hops",
    "StaticNextHop": "next_hops.static[]",
    "NextHopDamping": "next_hops.damping",
}
NUMBERS = {"uint32": "number", "double": "number"}


class Field:
    def __init__(self, comment, label, kind, name, options):
        self.comment, self.label, self.kind, self.name = comment, label, kind, name
        self.check = options


class Schema:
    """Just as much of the proto3 language as conf/tern.proto uses."""

    FIELD = re.compile(
        r"(?:(repeated|optional)\s+)?(map<\s*string\s*,\s*\w+\s*>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*(?:\[(.*)\])?$", re.S)
    OPTION = re.compile(r'(\w+):\s*("(?:[^"\\]|\\.)*"|[\w.-]+)')

    def __init__(self, text):
        self.messages = {}  # name -> (comment, [Field])
        self.enums = {}     # name -> [value]
        self.parse(text)

    def parse(self, text):
        scope, comment, statement = [], [], ""
        for line in text.splitlines():
            code = line.strip()
            if code.startswith("//"):
                if not statement:
                    comment.append(code[2:].strip())
                continue
            if not code:
                comment = []
                continue
            statement = (statement + " " + code).strip()
            opened = re.match(r"(message|enum|oneof|extend)\s+([\w.]+)\s*{\s*(})?$", statement)
            if opened:
                kind, name, closed = opened.groups()
                self.open(scope, kind, name, " ".join(comment))
                if closed:
                    scope.pop()
            elif statement == "}":
                scope.pop()
            elif statement.endswith(";"):
                self.statement(scope, statement[:-1].strip(), " ".join(comment))
            else:
                continue  # goes on in the next line
            comment, statement = [], ""

    def open(self, scope, kind, name, comment):
        if kind == "message":
            name = ".".join([part for sort, part in scope if sort == "message"] + [name])
            scope.append((kind, name))
            self.messages[name] = (comment, [])
        else:
            scope.append((kind, name))
            if kind == "enum":
                self.enums[name] = []

    def statement(self, scope, text, comment):
        if not scope or scope[-1][0] == "extend":
            return
        if scope[-1][0] == "enum":
            name, number = (part.strip() for part in text.split("="))
            if number != "0":
                self.enums[scope[-1][1]].append(name.lower().replace("_", "-"))
            return
        match = self.FIELD.match(text)
        if not match:
            sys.exit(f"{SCHEMA.name}: cannot read '{text}'")
        label, kind, name, options = match.groups()
        check = {key: value.strip('"') for key, value in self.OPTION.findall(options or "")}
        message = next(part for sort, part in reversed(scope) if sort == "message")
        self.messages[message][1].append(Field(comment, label, kind, name, check))


def anchor(name):
    return re.sub(r"[^a-z0-9 _-]", "", name.lower()).replace(" ", "-")


def limits(check):
    if "min" in check and "max" in check:
        return f", {check['min']} to {check['max']}"
    if "max" in check:
        return f", up to {check['max']}"
    return f", from {check['min']}" if "min" in check else ""


def message_link(schema, kind, scope):
    for name in (f"{scope}.{kind}", kind):
        if name in schema.messages:
            return f"[map](#{anchor(PLACES[name])})" if schema.messages[name][1] else "`{}`"
    return None


def value(schema, field, scope):
    check = field.check
    named = re.match(r"map<\s*string\s*,\s*(\w+)\s*>", field.kind)
    if named:
        return "name: " + message_link(schema, named.group(1), scope)
    link = message_link(schema, field.kind, scope)
    if link:
        text = link
    elif field.kind in schema.enums:
        text = ", ".join(f"`{name}`" for name in schema.enums[field.kind])
    elif check.get("references"):
        text = REFERENCES[check["references"]]
    elif field.kind in NUMBERS:
        text = KINDS.get(check.get("kind"), NUMBERS[field.kind]) + limits(check)
    elif field.kind == "bool":
        text = "`true`, `false`"
    elif check.get("kind"):
        text = KINDS[check["kind"]]
    else:
        text = "text" + (f", up to {check['max']} bytes" if "max" in check else "")
    return f"list of {text}" if field.label == "repeated" else text


def prose(comment):
    """Quoted words are code: their stars and underscores are no markup."""
    return re.sub(r'"([^"]+)"', r"`\1`", comment)


def paragraph(text):
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def cell(text):
    return text.replace("|", "\\|")


def table(schema, name, fields):
    has_resets = any(field.check.get("resets") == "true" for field in fields)
    has_default = any(field.check.get("default_text") or field.check.get("required") for field in fields)
    head = ["key", "value"] + (["default"] if has_default else []) + (["resets"] if has_resets else []) + ["meaning"]
    rows = []
    for field in fields:
        row = [f"`{field.name}`", value(schema, field, name)]
        if has_default:
            row.append("*required*" if field.check.get("required") == "true" else field.check.get("default_text", ""))
        if has_resets:
            row.append("yes" if field.check.get("resets") == "true" else "")
        if not field.comment:
            sys.exit(f"{SCHEMA.name}: {name}.{field.name} has no comment")
        rows.append(row + [prose(field.comment)])
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines)


def reference(schema):
    introduction = paragraph(
        "Every key, by the place where it stands; `NAME` is a name of yours, `[]` an entry of a "
        "list. \"resets\": a reload that changes the value closes the session and opens it anew.")
    parts = ["# Reference\n\n" + introduction]
    unknown = set(PLACES) - set(schema.messages)
    if unknown:
        sys.exit(f"{SCHEMA.name}: no message {', '.join(sorted(unknown))}")
    for name, (comment, fields) in schema.messages.items():
        if name == "Check" or not fields:
            continue
        if name not in PLACES:
            sys.exit(f"{pathlib.Path(__file__).name}: where does {name} stand?")
        text = f"## {PLACES[name]}\n\n"
        if comment:
            text += paragraph(comment) + "\n\n"
        parts.append(text + table(schema, name, fields))
    return "\n\n".join(parts) + "\n"


def document():
    note = "<!-- Made by conf/document.py from conf/introduction.md and conf/tern.proto; edit those. -->\n\n"
    return note + INTRODUCTION.read_text() + "\n" + reference(Schema(SCHEMA.read_text()))


def main():
    text = document()
    if sys.argv[1:] == ["--check"]:
        if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
            sys.exit(f"{DOCUMENT.relative_to(ROOT)} is not up to date: run conf/document.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
