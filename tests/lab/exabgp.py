"""ExaBGP (Debian's exabgp 4.2). It keeps no table: what it is told arrives as a stream of JSON, of
which this driver keeps the table, and what it announces is told to it through a pipe."""

import json
import os
import re

from lab.speaker import Daemon, Route, extended, well_known

# stdin of the helper process is ExaBGP's stream, stdout takes commands; the pipe stays open for both.
_HELPER = """#!/bin/sh
exec 3<>"{fifo}"
cat <&3 &
exec cat >"{stream}"
"""


class ExaBgp(Daemon):
    kind = "exabgp"

    def configuration(self):
        lines = [f"process table {{ run {self.path('helper.sh')}; encoder json; }}"]
        for session in self.sessions:
            lines += self._neighbour(session)
        return "\n".join(lines) + "\n"

    def _neighbour(self, session):
        lines = [f"neighbor {session.neighbour} {{", f"  router-id {self.router_id};",
                 f"  local-address {session.local};", f"  local-as {self.asn};",
                 f"  peer-as {session.asn};", f"  hold-time {session.hold_time};",
                 "  capability { route-refresh enable; asn4 enable; }",
                 "  family { " + " ".join(f"{f} unicast;" for f in session.families) + " }",
                 "  api { processes [ table ]; neighbor-changes;"
                 " receive { parsed; update; refresh; notification; } }"]
        if session.passive:
            lines.append("  passive true;")
        if session.md5:
            lines.append(f'  md5-password "{session.md5}";')
        if session.ttl_security:
            lines.append("  outgoing-ttl 255; incoming-ttl 255;")
        if session.port != 179:
            lines.append(f"  connect {session.port};")
        if self.announced:
            lines.append("  static {")
            for route in self.announced.values():
                if ("ipv6" if route.ipv6 else "ipv4") in session.families:
                    lines.append(f"    route {self._words(route, session)};")
            lines.append("  }")
        return lines + [session.options.get("raw", ""), "}"]

    def _words(self, route, session):
        words = [route.prefix, "next-hop", route.next_hop or "self", "origin", route.origin]
        path = [str(self.asn)] if session.asn != self.asn else []
        path += route.as_path.split()
        if path:
            words += ["as-path", "[", *path, "]"]
        if route.med is not None:
            words += ["med", str(route.med)]
        if route.local_pref is not None:
            words += ["local-preference", str(route.local_pref)]
        for name, values in (("community", map(well_known, route.communities)),
                             ("large-community", route.large),
                             ("extended-community", _extended_words(route.ext))):
            values = sorted(values)
            if values:
                words += [name, "[", *values, "]"]
        return " ".join(words)

    def launch(self):
        self.write("helper.sh", _HELPER.format(fifo=self.path("commands"),
                                               stream=self.path("stream.json")), 0o755)
        if not os.path.exists(self.path("commands")):
            os.mkfifo(self.path("commands"))
        if os.path.exists(self.path("stream.json")):
            os.unlink(self.path("stream.json"))
        config = self.write("exabgp.conf", self.configuration())
        environment = {
            "exabgp.daemon.user": "root", "exabgp.daemon.daemonize": "false",
            "exabgp.api.cli": "false", "exabgp.api.ack": "false",
            "exabgp.log.destination": "stderr", "exabgp.log.level": "INFO",
            "exabgp.tcp.port": "179",
            "exabgp.tcp.bind": " ".join(sorted({s.local for s in self.sessions})),
            "exabgp.tcp.delay": "0",
        }
        return self.node.start(["exabgp", config], log="exabgp.log", env=environment)

    def tell(self, command):
        # Opened without waiting: a daemon that is gone reads nothing and must not block the test.
        pipe = os.open(self.path("commands"), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, (command + "\n").encode())
        finally:
            os.close(pipe)

    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
            for session in self._told(route):
                self.tell(f"neighbor {session.neighbour} announce route {self._words(route, session)}")

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            for session in self._told(route):
                self.tell(f"neighbor {session.neighbour} withdraw route {self._words(route, session)}")

    def reconfigure(self):
        self.announce(*self.announced.values())

    def _told(self, route):
        return [s for s in self.sessions if ("ipv6" if route.ipv6 else "ipv4") in s.families]

    def refresh(self, neighbour):
        for family in self.session(neighbour).families:
            self.tell(f"neighbor {neighbour} announce route-refresh {family} unicast")

    def reset(self, neighbour):
        self.tell(f"neighbor {neighbour} teardown 4")

    def events(self, neighbour=None):
        """Everything the stream said so far, in order."""
        try:
            with open(self.path("stream.json"), encoding="utf-8") as stream:
                lines = stream.read().split("\n")[:-1]  # the last may be half written
        except FileNotFoundError:
            return
        for line in lines:
            if not line.startswith("{"):
                continue
            event = _event(line)
            if neighbour is None or \
                    event.get("neighbor", {}).get("address", {}).get("peer") == neighbour:
                yield event

    def state(self, neighbour):
        state = "Idle"
        for event in self.events(neighbour):
            if event["type"] == "state":
                state = {"up": "Established", "connected": "OpenSent"}.get(
                    event["neighbor"]["state"], "Idle")
        return state

    def routes(self, neighbour, family="ipv4"):
        found = {}
        for event in self.events(neighbour):
            if event["type"] == "state" and event["neighbor"]["state"] == "down":
                found.clear()
            update = event["neighbor"].get("message", {}).get("update", {}) \
                if event["type"] == "update" else {}
            for nlri in update.get("withdraw", {}).get(f"{family} unicast", []):
                found.pop(_prefix(nlri), None)
            for next_hop, nlris in update.get("announce", {}).get(f"{family} unicast", {}).items():
                if next_hop.startswith("fe80:"):
                    continue  # it lists the link-local next hop as if it were a second path
                for nlri in nlris:
                    prefix = _prefix(nlri)
                    found[prefix] = [_route(prefix, next_hop, update.get("attribute", {}))]
        return found


def _event(line):
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        # 4.2.21 quotes the words of a route refresh twice, and the reason of a "down" not at all.
        if '"type": "refresh"' in line:
            return json.loads(line.replace('""', '"'))
        peer = re.search(r'"peer": "([^"]+)"', line)
        if '"state": "down"' not in line or not peer:
            raise
        return {"type": "state",
                "neighbor": {"address": {"peer": peer[1]}, "state": "down"}}


def _prefix(nlri):
    return nlri["nlri"] if isinstance(nlri, dict) else nlri


def _extended_words(values):
    return [value.replace("rt:", "target:").replace("ro:", "origin:") for value in values]


def _route(prefix, next_hop, attribute):
    path = attribute.get("as-path", [])
    return Route(
        prefix=prefix, as_path=" ".join(map(str, path)), next_hop=next_hop,
        med=attribute.get("med"), local_pref=attribute.get("local-preference"),
        origin=attribute.get("origin", ""),
        communities=frozenset(f"{a}:{b}" for a, b in attribute.get("community", [])),
        large=frozenset(":".join(map(str, c)) for c in attribute.get("large-community", [])),
        ext=frozenset(extended(c["value"]) for c in attribute.get("extended-community", [])))
