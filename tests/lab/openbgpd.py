"""OpenBGPD (Debian's openbgpd 7.7)."""

import ipaddress
import json
import os

from lab.speaker import Daemon, Route, extended_text, well_known


class OpenBgpd(Daemon):
    """Options of a session: "raw" (lines for its neighbor block).

    It tells every neighbour everything that it may. A network of its own cannot be given an AS path
    here: as_path must be empty."""

    kind = "openbgpd"

    def configuration(self):
        lines = [f"AS {self.asn}", f"router-id {self.router_id}", "fib-update no",
                 f'socket "{self.path("bgpd.sock")}"', "connect-retry 2", "log updates"]
        lines += [f"listen on {address}" for address in sorted({s.local for s in self.sessions})]
        lines += [self._network(route) for route in self.announced.values()]
        for session in self.sessions:
            lines += self._neighbour(session)
        lines += ["allow from any", "allow to any"]
        return "\n".join(lines) + "\n"

    def _network(self, route):
        if route.as_path:
            raise ValueError("OpenBGPD cannot announce a network with an AS path of its own")
        sets = [f"community {c}" for c in sorted(map(well_known, route.communities))]
        sets += [f"large-community {c}" for c in sorted(route.large)]
        sets += ["ext-community " + c.replace("ro:", "soo:").replace(":", " ", 1)
                 for c in sorted(route.ext)]
        if route.med is not None:
            sets.append(f"metric {route.med}")
        if route.next_hop:
            sets.append(f"nexthop {route.next_hop}")
        return f"network {route.prefix}" + (f" set {{ {' '.join(sets)} }}" if sets else "")

    def _neighbour(self, session):
        lines = [f"neighbor {session.neighbour} {{", f"  remote-as {session.asn}",
                 f"  local-address {session.local}", f"  holdtime {session.hold_time}",
                 "  enforce neighbor-as no"]
        for family in ("ipv4", "ipv6"):
            kind = "unicast" if family in session.families else "none"
            lines.append(f"  announce {family.replace('ip', 'IP')} {kind}")
        if session.passive:
            lines.append("  passive")
        if session.md5:
            lines.append(f'  tcp md5sig password "{session.md5}"')
        if session.ttl_security:
            lines.append("  ttl-security yes")
        return lines + [session.options.get("raw", ""), "}"]

    def launch(self):
        # Where Debian's unit puts the chroot of the unprivileged processes.
        os.makedirs("/run/openbgpd", 0o755, exist_ok=True)
        config = self.write("bgpd.conf", self.configuration(), 0o600)  # it insists
        return self.node.start(["/usr/sbin/bgpd", "-d", "-v", "-f", config])

    def ask(self, *words):
        return self.node.run(["bgpctl", "-s", self.path("bgpd.sock"), *words])

    def reconfigure(self):
        self.write("bgpd.conf", self.configuration(), 0o600)
        self.ask("reload")

    def state(self, neighbour):
        answer = json.loads(self.ask("-j", "show", "neighbor", neighbour))
        return answer["neighbors"][0]["state"]

    def refresh(self, neighbour):
        self.ask("neighbor", neighbour, "refresh")

    def reset(self, neighbour):
        self.ask("neighbor", neighbour, "clear")

    def routes(self, neighbour, family="ipv4"):
        answer = json.loads(self.ask("-j", "show", "rib", "detail", "in", "neighbor", neighbour))
        found = {}
        for entry in answer.get("rib", []):
            if ipaddress.ip_network(entry["prefix"]).version == int(family[-1]):
                found.setdefault(entry["prefix"], []).append(_route(entry))
        return found


def _route(entry):
    return Route(
        prefix=entry["prefix"], as_path=entry.get("aspath", ""),
        next_hop=entry.get("exit_nexthop", ""),
        # It prints 0 for a MED that is not there.
        med=entry.get("metric") or None, local_pref=entry.get("localpref"),
        origin=entry.get("origin", "").lower().replace("?", "incomplete"),
        communities=frozenset(map(well_known, entry.get("communities", []))),
        large=frozenset(entry.get("large_communities", [])),
        ext=frozenset(map(extended_text, entry.get("extended_communities", []))))
