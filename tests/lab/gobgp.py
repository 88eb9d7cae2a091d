"""GoBGP (Debian's gobgpd 3.10)."""

import json

from lab.speaker import Daemon, Route, extended, extended_text, well_known

_STATES = ["Unknown", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"]
_ORIGINS = ["igp", "egp", "incomplete"]


class GoBgp(Daemon):
    """Options of a session: "raw" (TOML lines of the neighbour). Routes are given to the running
    daemon, so start() also announces."""

    kind = "gobgp"

    def configuration(self):
        addresses = sorted({s.local for s in self.sessions})
        lines = ["[global.config]", f"  as = {self.asn}", f'  router-id = "{self.router_id}"',
                 "  port = 179", f"  local-address-list = {json.dumps(addresses)}"]
        for session in self.sessions:
            lines += self._neighbour(session)
        return "\n".join(lines) + "\n"

    def _neighbour(self, session):
        lines = ["[[neighbors]]", "  [neighbors.config]",
                 f'    neighbor-address = "{session.neighbour}"', f"    peer-as = {session.asn}"]
        if session.md5:
            lines.append(f'    auth-password = "{session.md5}"')
        lines += ["  [neighbors.transport.config]", f'    local-address = "{session.local}"',
                  f"    passive-mode = {'true' if session.passive else 'false'}"]
        if session.port != 179:
            lines.append(f"    remote-port = {session.port}")
        lines += ["  [neighbors.timers.config]", f"    hold-time = {session.hold_time}",
                  f"    keepalive-interval = {max(1, session.hold_time // 3)}",
                  "    idle-hold-time-after-reset = 1", "    connect-retry = 1"]
        if session.ttl_security:
            lines += ["  [neighbors.ttl-security.config]", "    enabled = true", "    ttl-min = 255"]
        lines.append(session.options.get("raw", ""))
        for family in session.families:
            lines += ["  [[neighbors.afi-safis]]", "    [neighbors.afi-safis.config]",
                      f'      afi-safi-name = "{family}-unicast"']
        return lines

    def launch(self):
        config = self.write("gobgpd.toml", self.configuration())
        process = self.node.start(["gobgpd", "-f", config, "-t", "toml", "-l", "debug", "-p",
                                   "--pprof-disable", "--api-hosts", "127.0.0.1:50051"],
                                  log="gobgp.log")
        if self.announced:
            self.node.lab.wait(lambda: self.ask("global"), 15, "gobgpd answers")
            self.announce(*self.announced.values())
        return process

    def ask(self, *words):
        return self.node.run(["gobgp", *words])

    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
            family = "ipv6" if route.ipv6 else "ipv4"
            self.ask("global", "rib", "add", route.prefix, *self._attributes(route), "-a", family)

    def _attributes(self, route):
        words = ["origin", route.origin]
        if route.as_path:
            words += ["aspath", ",".join(route.as_path.split())]
        if route.next_hop:
            words += ["nexthop", route.next_hop]
        if route.med is not None:
            words += ["med", str(route.med)]
        if route.communities:
            words += ["community", ",".join(sorted(map(well_known, route.communities)))]
        if route.large:
            words += ["large-community", ",".join(sorted(route.large))]
        targets = [c.split(":", 1)[1] for c in sorted(route.ext) if c.startswith("rt:")]
        if len(targets) != len(route.ext):
            raise ValueError("the gobgp command gives a route no extended communities but rt")
        if targets:
            words += ["rt", *targets]
        return words

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            self.ask("global", "rib", "del", prefix, "-a", "ipv6" if route.ipv6 else "ipv4")

    def reconfigure(self):
        self.announce(*self.announced.values())

    def state(self, neighbour):
        answer = json.loads(self.ask("neighbor", neighbour, "-j"))
        return _STATES[answer["state"].get("session_state", 0)]

    def refresh(self, neighbour):
        self.ask("neighbor", neighbour, "softresetin")

    def reset(self, neighbour):
        self.ask("neighbor", neighbour, "reset")

    def routes(self, neighbour, family="ipv4"):
        answer = json.loads(self.ask("neighbor", neighbour, "adj-in", "-a", family, "-j") or "[]")
        found = {}
        for prefix, paths in (answer.items() if isinstance(answer, dict) else
                              ((p["nlri"]["prefix"], [p]) for p in answer or [])):
            for path in paths:
                found.setdefault(prefix, []).append(_route(prefix, path["attrs"]))
        return found


def _route(prefix, attributes):
    by_type = {attribute["type"]: attribute for attribute in attributes}

    def get(number, key, default=None):
        return by_type.get(number, {}).get(key, default)

    path = []
    for segment in get(2, "as_paths", []):
        numbers = [str(asn) for asn in segment["asns"]]
        path += numbers if segment["segment_type"] == 2 else ["{" + " ".join(numbers) + "}"]
    return Route(
        prefix=prefix, as_path=" ".join(path),
        next_hop=get(3, "nexthop") or get(14, "nexthop", ""), med=get(4, "metric"),
        local_pref=get(5, "value"), origin=_ORIGINS[get(1, "value", 2)],
        communities=frozenset(f"{c >> 16}:{c & 0xFFFF}" for c in get(8, "communities", [])),
        large=frozenset(f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
                        for c in get(32, "value", [])),
        ext=frozenset(map(_extended, get(16, "value", []))))


def _extended(community):
    if "raw" in community:
        return extended(int(community["raw"], 16))
    name = {2: "rt", 3: "ro"}.get(community.get("subtype"), str(community.get("subtype")))
    return extended_text(f"{name}:{community['value']}")
