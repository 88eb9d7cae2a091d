"""BIRD 2 (Debian's bird2)."""

import re

from lab.speaker import Daemon, Route, extended_text, well_known

# BIRD's waits are made for the Internet; a lab wants to see the next attempt at once.
_TIMERS = ("connect delay time 1; connect retry time 2; error wait time 1,1; "
           "error forget time 1; startup hold time 30;")


class Bird(Daemon):
    """Options of a session: "route_server_client" (the neighbour is our client), "transit" (tell it
    everything rather than our own routes), "raw" (lines for its protocol block)."""

    kind = "bird"

    def configuration(self):
        lines = [f'log "{self.log}" all;', f"router id {self.router_id};",
                 "protocol device { scan time 2; }"]
        for version in (4, 6):
            lines.append(f"protocol static own{version} {{ ipv{version};")
            lines += [self._static(route) for route in self.prefixes(version == 6)]
            lines.append("}")
        lines += self._multicast()
        lines.append(self._export_filter())
        lines += [self._protocol(number) for number in range(len(self.sessions))]
        return "\n".join(lines) + "\n"

    def _multicast(self):
        """A table for each version, and what is announced from it."""
        lines = []
        families = {family for session in self.sessions for family in session.families}
        for version in (4, 6):
            if f"ipv{version} multicast" not in families:
                continue
            table = f"table multicast{version}"
            lines += [f"ipv{version} {table};",
                      f"protocol static rpf{version} {{ ipv{version} {{ {table}; }};"]
            lines += [self._static(r) for r in self.multicast if r.ipv6 == (version == 6)]
            lines.append("}")
        return lines

    def _static(self, route):
        sets = [f"bgp_path.prepend({asn});" for asn in reversed(route.as_path.split())]
        sets += [f"bgp_community.add(({c.replace(':', ',')}));"
                 for c in sorted(map(well_known, route.communities))]
        sets += [f"bgp_large_community.add(({c.replace(':', ',')}));" for c in sorted(route.large)]
        sets += [f"bgp_ext_community.add(({c.replace(':', ',')}));" for c in sorted(route.ext)]
        if route.origin != "igp":
            sets.append(f"bgp_origin = ORIGIN_{route.origin.upper()};")
        else:
            sets.append("bgp_origin = ORIGIN_IGP;")
        if route.med is not None:
            sets.append(f"bgp_med = {route.med};")
        return f"  route {route.prefix} blackhole {{ {' '.join(sets)} }};"

    def _export_filter(self):
        # A MED set here rather than in the table: BIRD takes a table's MED off towards other ASes.
        lines = ["filter mine {", "  if source != RTS_STATIC then reject;",
                 "  if defined(bgp_med) then bgp_med = bgp_med;"]
        lines += [f"  if net = {r.prefix} then bgp_next_hop = {r.next_hop};"
                  for r in self.announced.values() if r.next_hop]
        return "\n".join(lines + ["  accept;", "}"])

    def _protocol(self, number):
        session = self.sessions[number]
        lines = [f"protocol bgp p{number} {{",
                 f"  local {session.local} as {self.asn};",
                 f"  neighbor {session.neighbour} port {session.port} as {session.asn};",
                 f"  hold time {session.hold_time}; {_TIMERS}"]
        if session.passive:
            lines.append("  passive yes;")
        if session.md5:
            lines.append(f'  password "{session.md5}";')
        if session.ttl_security:
            lines.append("  ttl security yes;")
        if session.options.get("route_server_client"):
            lines.append("  rs client;")
        lines.append("  " + session.options.get("raw", ""))
        return "\n".join(lines + self._channels(number) + ["}"])

    def _channels(self, number):
        session = self.sessions[number]
        export = "all" if session.options.get("transit") else "filter mine"
        return [f"  {family} {{ {self._own_table(family)}import all; export {export}; }};"
                for family in session.families]

    @staticmethod
    def _own_table(family):
        return f"table multicast{family[3]}; " if family.endswith("multicast") else ""

    def launch(self):
        config = self.write("bird.conf", self.configuration())
        return self.node.start(["bird", "-f", "-c", config, "-s", self.path("bird.ctl"),
                                "-P", self.path("bird.pid")])

    def ask(self, command):
        return self.node.run(["birdc", "-s", self.path("bird.ctl"), *command.split()])

    def reconfigure(self):
        self.write("bird.conf", self.configuration())
        answer = self.ask("configure")
        if "econfigur" not in answer:
            raise RuntimeError(f"birdc configure: {answer}")

    def _name(self, neighbour):
        return f"p{self.sessions.index(self.session(neighbour))}"

    def state(self, neighbour):
        answer = self.ask(f"show protocols all {self._name(neighbour)}")
        match = re.search(r"BGP state:\s+(\w+)", answer)
        return match[1] if match else "Down"

    def refresh(self, neighbour):
        self.ask(f"reload in {self._name(neighbour)}")

    def reset(self, neighbour):
        self.ask(f"restart {self._name(neighbour)}")

    def routes(self, neighbour, family="ipv4"):
        table = {"ipv4": "master4", "ipv6": "master6", "ipv4 multicast": "multicast4",
                 "ipv6 multicast": "multicast6"}[family]
        answer = self.ask(f"show route all table {table} protocol {self._name(neighbour)}")
        return parse_routes(answer)


def parse_routes(text):
    """The output of `show route all` as {prefix: [Route]}."""
    found = {}
    prefix, fields = None, None
    for line in text.splitlines() + ["end"]:
        head = re.match(r"(\S*)\s+(?:unicast|unreachable|blackhole)\s+\[", line)
        if head or line == "end":
            if fields is not None:
                found.setdefault(prefix, []).append(_route(prefix, fields))
            if head:
                prefix, fields = head[1] or prefix, {}
        elif (match := re.match(r"\tBGP\.(\w+):\s?(.*)", line)) and fields is not None:
            fields[match[1]] = match[2]
    return found


def _route(prefix, fields):
    def several(name, make):
        return frozenset(make(c) for c in re.findall(r"\(([^)]*)\)", fields.get(name, "")))

    def number(name):
        return int(fields[name]) if name in fields else None

    return Route(
        prefix=prefix, as_path=fields.get("as_path", "").strip(),
        next_hop=fields.get("next_hop", "").split(" ")[0],
        med=number("med"), local_pref=number("local_pref"),
        origin=fields.get("origin", "").lower(),
        communities=several("community", lambda c: c.replace(",", ":")),
        large=several("large_community", lambda c: c.replace(", ", ":")),
        ext=several("ext_community", extended_text))
