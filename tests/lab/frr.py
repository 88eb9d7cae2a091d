"""FRR's bgpd alone (Debian's frr 8.4): without zebra, without the kernel's routing table."""

import json
import os
import zlib
from dataclasses import replace

from lab.speaker import Daemon, Route, extended_text, well_known

BGPD = "/usr/lib/frr/bgpd"


class Frr(Daemon):
    """Options of a session: "raw" (lines of `router bgp`, with {n} for the neighbour)."""

    kind = "frr"

    def configuration(self):
        lines = ["frr defaults traditional", "hostname " + self.node.name,
                 f"log file {self.log} informational", "!",
                 # Without zebra bgpd knows no interface addresses and cannot tell its own IPv6 next hop.
                 "bgp route-map delay-timer 0"]
        lines += self._route_maps()
        lines += [f"router bgp {self.asn}", f" bgp router-id {self.router_id}",
                  " no bgp ebgp-requires-policy", " no bgp network import-check",
                  " no bgp default ipv4-unicast", " bgp log-neighbor-changes",
                  " coalesce-time 50"]
        for session in self.sessions:
            lines += self._neighbour(session)
        for family in ("ipv4", "ipv6", "ipv4 multicast", "ipv6 multicast"):
            multicast = family.endswith("multicast")
            if multicast and not any(family in session.families for session in self.sessions):
                continue
            routes = self.multicast if multicast else self.announced.values()
            lines += [" !", f" address-family {_with_safi(family)}"]
            lines += [f"  network {r.prefix} route-map {self._map_name(r)}"
                      for r in routes if r.ipv6 == family.startswith("ipv6")]
            for session in self.sessions:
                if family in session.families:
                    lines += self._activation(session, family)
            lines.append(" exit-address-family")
        return "\n".join(lines + ["exit", ""])

    def _neighbour(self, session):
        n = f" neighbor {session.neighbour}"
        # keepalive, hold; FRR wants the first at most a third of the second
        lines = [f"{n} remote-as {session.asn}", f"{n} update-source {session.local}",
                 f"{n} timers {max(1, session.hold_time // 3)} {session.hold_time}",
                 f"{n} timers connect 1", f"{n} advertisement-interval 0"]
        if session.asn != self.asn:
            lines.append(f"{n} disable-connected-check")
        if session.port != 179:
            lines.append(f"{n} port {session.port}")
        if session.passive:
            lines.append(f"{n} passive")
        if session.md5:
            lines.append(f"{n} password {session.md5}")
        if session.ttl_security:
            # without a connected check of its own
            lines = [line for line in lines if "disable-connected-check" not in line]
            lines.append(f"{n} ttl-security hops 1")
        lines += [line.replace("{n}", n.strip()) for line in session.options.get("raw", [])]
        return lines

    def _activation(self, session, family):
        n = f"  neighbor {session.neighbour}"
        lines = [f"{n} activate", f"{n} soft-reconfiguration inbound"]
        if family.startswith("ipv6") and session.over_ipv6:
            lines.append(f"{n} route-map OWN-{session.local.replace(':', '-')} out")
        return lines

    def _map_name(self, route):
        # One per set of attributes. A route that changes gets another map, which bgpd notices; that
        # a map of the same name says something else it would not.
        return f"SET-{zlib.crc32(repr(replace(route, prefix=str(route.ipv6))).encode()):08x}"

    def _route_maps(self):
        lines = []
        routes = [*self.announced.values(), *self.multicast]
        for route in {self._map_name(r): r for r in routes}.values():
            lines.append(f"route-map {self._map_name(route)} permit 10")
            if route.as_path:
                lines.append(f" set as-path prepend {route.as_path}")
            if route.communities:
                lines.append(" set community " + " ".join(sorted(map(well_known, route.communities))))
            if route.large:
                lines.append(" set large-community " + " ".join(sorted(route.large)))
            for name, keyword in (("rt", "rt"), ("ro", "soo")):
                values = [c.split(":", 1)[1] for c in sorted(route.ext) if c.startswith(name + ":")]
                if values:
                    lines.append(f" set extcommunity {keyword} " + " ".join(values))
            if route.med is not None:
                lines.append(f" set metric {route.med}")
            if route.next_hop:
                lines.append(f" set ipv6 next-hop global {route.next_hop}" if route.ipv6
                             else f" set ip next-hop {route.next_hop}")
            lines += [f" set origin {route.origin}", "exit"]
        for local in sorted({s.local for s in self.sessions if s.over_ipv6}):
            lines += [f"route-map OWN-{local.replace(':', '-')} permit 10",
                      f" set ipv6 next-hop global {local}", "exit"]
        return lines

    def launch(self):
        config = self.write("bgpd.conf", self.configuration())
        locals_ = sorted({s.local for s in self.sessions})
        listen = [word for address in locals_ for word in ("-l", address)]
        return self.node.start([BGPD, "-Z", "-n", "-S", *listen, "-p", "179", "-A", "127.0.0.1",
                                "-P", "0", "--vty_socket", self.node.dir,
                                "-i", self.path("bgpd.pid"), "-f", config])

    def ask(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        return self.node.run(["vtysh", "--vty_socket", self.node.dir, "-d", "bgpd", *words])

    def ask_json(self, command):
        answer = self.ask(command)
        return json.loads(answer) if answer.strip() else {}

    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
        lines = self._route_maps() + [f"router bgp {self.asn}"]
        for route in routes:
            family = "ipv6" if route.ipv6 else "ipv4"
            lines += [f"address-family {family} unicast",
                      f"network {route.prefix} route-map {self._map_name(route)}", "exit"]
        self._configure(lines)

    def withdraw(self, *prefixes):
        lines = [f"router bgp {self.asn}"]
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            lines += [f"address-family {'ipv6' if route.ipv6 else 'ipv4'} unicast",
                      f"no network {prefix}", "exit"]
        self._configure(lines)

    def reconfigure(self):
        self.announce(*self.announced.values())

    def _configure(self, lines):
        answer = self.ask("configure terminal", *(line.strip() for line in lines))
        if "%" in answer:
            raise RuntimeError(f"vtysh: {answer}")

    def state(self, neighbour):
        answer = self.ask_json(f"show bgp neighbors {neighbour} json")
        return answer.get(neighbour, {}).get("bgpState", "Down")

    def refresh(self, neighbour):
        # Soft reconfiguration would answer from memory; it goes for the moment of the question.
        for family in self.session(neighbour).families:
            self._configure([f"router bgp {self.asn}", f"address-family {family} unicast",
                             f"no neighbor {neighbour} soft-reconfiguration inbound"])
            self.ask(f"clear bgp {family} unicast {neighbour} soft in")
            self._configure([f"router bgp {self.asn}", f"address-family {family} unicast",
                             f"neighbor {neighbour} soft-reconfiguration inbound"])

    def reset(self, neighbour):
        self.ask(f"clear bgp {'ipv6' if ':' in neighbour else 'ipv4'} {neighbour}")

    def routes(self, neighbour, family="ipv4"):
        listing = self.ask_json(f"show bgp {_with_safi(family)} neighbors {neighbour} routes json")
        prefixes = list(listing.get("routes", {}))
        found = {}
        if not prefixes:
            return found
        # The listing has no communities; the page of a prefix has.
        answer = self.ask(*(f"show bgp {_with_safi(family)} {p} json" for p in prefixes))
        decoder, at = json.JSONDecoder(), 0
        while at < len(answer):
            if not answer[at:].strip():
                break
            page, at = decoder.raw_decode(answer, at + len(answer[at:]) - len(answer[at:].lstrip()))
            for path in page.get("paths", []):
                if path.get("peer", {}).get("peerId") == neighbour:
                    found.setdefault(page["prefix"], []).append(_route(page["prefix"], path))
        return found


def _with_safi(family):
    return family if family.endswith("multicast") else f"{family} unicast"


def _route(prefix, path):
    def words(name):
        return path.get(name, {}).get("string", "").split()

    hops = [hop for hop in path.get("nexthops", []) if hop.get("scope", "global") == "global"]
    return Route(
        prefix=prefix, as_path=path.get("aspath", {}).get("string", "").replace("Local", ""),
        next_hop=hops[0]["ip"] if hops else "", med=path.get("metric"),
        local_pref=path.get("locPrf"), origin=path.get("origin", "").lower(),
        communities=frozenset(map(well_known, words("community"))),
        large=frozenset(words("largeCommunity")),
        ext=frozenset(map(extended_text, words("extendedCommunity"))))


def installed():
    return os.path.exists(BGPD)
