"""ternd itself, asked through ternctl as a user asks it."""

import json
import os
import subprocess

from lab.speaker import Daemon, Route, extended_text, well_known

_FAMILIES = {"ipv4": "ipv4-unicast", "ipv6": "ipv6-unicast",
             "ipv4 multicast": "ipv4-multicast", "ipv6 multicast": "ipv6-multicast"}


def repository():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program(name):
    """Path of ternd, ternctl or another of our programs: from $TERN_BUILD, where CMake put the build
    that a test belongs to, else the release build."""
    folder = os.environ.get("TERN_BUILD", os.path.join(repository(), "build", "release"))
    path = os.path.join(folder, name)
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} does not exist: ./tern builds it")
    return path


class Tern(Daemon):
    """A session's options are keys of a peer in the configuration (conf/tern.proto). `extra` holds
    further top-level sections, and replaces those made here."""

    kind = "tern"

    def __init__(self, node, asn, router_id, sessions, extra=None, config=None):
        super().__init__(node, asn, router_id, sessions)
        self.extra = extra or {}
        self.config = config  # a file that exists, used as it is
        self.socket = self.path("ternd.sock")
        self.log = self.path("ternd.log")

    def configuration(self):
        listen = sorted({f"[{s.local}]:179" if ":" in s.local else f"{s.local}:179"
                         for s in self.sessions})
        sections = {
            "router": {"asn": self.asn, "id": self.router_id, "listen": listen},
            "api": {"socket": self.socket},
            "metrics": {"listen": ["127.0.0.1:9179", "[::1]:9179"]},
            "log": {"level": "debug"},
            "policies": {"pass": {"terms": [{"accept": {}}]}},
            "groups": {"neighbours": {"import": ["pass"], "export": ["pass"], "connect_retry": 1,
                                      "idle_hold": 1}},
        }
        sections.update(self.extra)
        # JSON is YAML; a line per section and per peer keeps places in error messages readable.
        lines = [f"{key}: {json.dumps(value)}" for key, value in sections.items()]
        lines.append("peers:" if self.sessions else "peers: []")
        lines += [f"  - {json.dumps(self._peer(session))}" for session in self.sessions]
        return "\n".join(lines) + "\n"

    def _peer(self, session):
        peer = {"address": session.neighbour, "asn": session.asn, "group": "neighbours",
                "local_address": session.local, "hold_time": session.hold_time,
                "families": [_FAMILIES[f] for f in session.families]}
        if session.passive:
            peer["passive"] = True
        if session.md5:
            peer["md5_password"] = session.md5
        if session.ttl_security:
            peer["gtsm_hops"] = 1
        if session.port != 179:
            peer["port"] = session.port
        peer.update(session.options)
        return peer

    def launch(self):
        config = self.config or self.write("ternd.yml", self.configuration())
        # What ternd keeps over a restart goes with the lab.
        return self.node.start([program("ternd"), "--config", config], log="ternd.log",
                               env={"STATE_DIRECTORY": self.path("state")})

    def ask(self, *words):
        status, out, err = self.try_ask(*words)
        if status != 0:
            raise RuntimeError(f"ternctl {' '.join(words)}: exit {status}\n{out}{err}")
        return out

    def ask_json(self, *words):
        """The answer of ternctl: a list for neighbors and routes, else an object."""
        status, out, err = self.try_ask("--json", *words)
        try:
            return json.loads(out)
        except json.JSONDecodeError as error:
            raise RuntimeError(f"ternctl --json {' '.join(words)}: exit {status}, {error}\n"
                               f"{out[:500]}{err}") from error

    def try_ask(self, *words):
        """Exit status, standard output and standard error of ternctl."""
        done = subprocess.run(
            self.node.enter([program("ternctl"), "--socket", self.socket, *words]), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def reconfigure(self, *options):
        self.write("ternd.yml", self.configuration())
        return self.ask("reload", *options)

    def announce(self, *routes):
        raise NotImplementedError("ternd originates no routes")

    withdraw = announce

    def neighbour(self, address):
        """The Neighbor message of control.proto, with all details."""
        for neighbour in self.ask_json("show", "neighbors", "detail"):
            if neighbour["address"] == address:
                return neighbour
        raise KeyError(f"ternd has no neighbour {address}")

    def events(self, *words):
        """Events as ternctl prints them, the last change last."""
        return [json.loads(line) for line in self.ask("--json", "events", *words).splitlines()]

    def state(self, neighbour):
        return self.neighbour(neighbour)["state"]

    def refresh(self, neighbour):
        self.ask("neighbor", neighbour, "refresh")

    def reset(self, neighbour):
        self.ask("neighbor", neighbour, "reset")

    def raw_routes(self, table, neighbour=None, *words):
        """Route messages of control.proto."""
        where = ["neighbor", neighbour] if neighbour else []
        return self.ask_json("show", "routes", table, *where, *words)

    def table(self, table, neighbour=None, family="ipv4"):
        """{prefix: [Route]} of a table: best, all, received, accepted, rejected, advertised."""
        found = {}
        for entry in self.raw_routes(table, neighbour, "family", _FAMILIES[family]):
            found.setdefault(entry["prefix"], []).append(_route(entry))
        return found

    def routes(self, neighbour, family="ipv4"):
        return self.table("accepted", neighbour, family)

    def explain(self, prefix):
        """The Explanation message of control.proto."""
        return self.ask_json("explain", prefix)

    def egress(self):
        """The EgressTable message of control.proto."""
        return self.ask_json("show", "egress")


def _route(entry):
    def number(name):
        return int(entry[name]) if entry.get(name) is not None else None

    return Route(
        prefix=entry["prefix"], as_path=entry.get("as_path", ""),
        next_hop=entry.get("next_hop", ""), med=number("med"), local_pref=number("local_pref"),
        origin=entry.get("origin", "").lower(),
        communities=frozenset(map(well_known, entry.get("communities", []))),
        large=frozenset(entry.get("large_communities", [])),
        ext=frozenset(map(extended_text, entry.get("extended_communities", []))))
