"""The daemons that are measured, each as a route server of `count` clients that imports and exports
everything, without kernel routes and without artificial delays. A Plan says what a scenario needs
beyond that."""

import contextlib
import json
import os
import time
from dataclasses import dataclass

import members
from generator import Failure
from lab.crowd import address
from lab.process import run, tail
from network import DAEMON

# As in load/table.h: a thousand two-octet numbers in a row, for control communities.
SERVER_ASN, FIRST_ASN = 64000, 60001
_HOLD = 240


VRPS = "vrps.json"  # in the directory of the daemon, like the next one
REGISTRATIONS = "registrations.csv"


def egress(sessions):
    """Four PoPs; a metro for the tag 64900:N of each session, the nearest for session 0."""
    pops = {f"pop-{n}": {"latitude": 50 - 5 * n, "longitude": 10 * n, "code": 1 + n}
            for n in range(4)}
    metros = {f"metro-{n}": {"latitude": 50 - n % 100, "longitude": 0, "code": 1 + n}
              for n in range(sessions)}
    tags = [{"community": f"64900:{n}", "metro": f"metro-{n}"} for n in range(sessions)]
    return {"pop": "pop-0", "pops": pops, "metros": metros,
            "dictionaries": {"partners": {"tags": tags}}}


@dataclass
class Plan:
    clients: int
    ipv6: bool = False
    control: bool = False      # control communities in force, path hiding mitigated
    marks: bool = False        # import adds 64901:N, export 64902:N; N changes with reload()
    relay: bool = False        # what clients say matters: the wire has no table ready
    keep: bool = False         # and as soon as they come up
    entries: int = 0           # of the prefix sets that limit the imports of all clients
    places: bool = False       # clients tag their routes with places, by which costs prefer them
    kernel: bool = False       # best routes go into the kernel
    next_hops: bool = False    # routes need a next hop that the host reaches
    delay: int = 0             # seconds for which announcements wait for all tables, at most
    edge: bool = False         # tags of senders are places, and origins are validated by vrps.json
    registered: bool = False   # the prefixes of registrations.csv are registered


# Fields of a Plan that not every daemon has a setting for.
_SPECIAL = frozenset(("control", "marks", "entries", "places", "kernel", "next_hops", "delay",
                      "edge", "registered"))


class Target:
    """One daemon. `hides_paths`: the source of a best route is told nothing of the prefix.
    `at_once`: how many connections its listener takes at the same moment."""

    name = "?"
    hides_paths = False
    at_once = 64
    # Fields of a Plan that have a setting here, of _SPECIAL.
    can = frozenset()

    def __init__(self, binary=None):
        self.binary = binary or self.default_binary
        self.node = self.process = self.plan = None
        self.generation = 1

    def start(self, node, plan):
        for feature in sorted(_SPECIAL - self.can):
            if getattr(plan, feature):
                raise Failure(f"{self.name} has no {feature} here")
        self.node, self.plan, self.generation = node, plan, 1
        for name in (VRPS, REGISTRATIONS):  # of the run before
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path(name))
        self.write()
        self.process = node.start(self.argv(), log=f"{self.name}.log")
        end = time.monotonic() + 60
        while not node.run(["ss", "-Hltn", "sport = :179"]).strip():
            if not self.process.alive() or time.monotonic() > end:
                raise Failure(f"{self.name} does not listen:\n{tail(self.process.log, 5)}")
            time.sleep(0.05)
        time.sleep(self.settling)

    settling = 0.2  # seconds until its other processes are there

    def stop(self):
        if self.process:
            self.process.stop(timeout=30)
        end = time.monotonic() + 10
        while self.pids() and time.monotonic() < end:
            time.sleep(0.05)
        for pid in self.pids():
            os.kill(pid, 9)

    def pids(self):
        return self.node.pids()

    def path(self, name):
        return os.path.join(self.node.dir, name)

    def write(self):
        path = self.path(f"{self.name}.conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.lines()) + "\n")
        os.chmod(path, 0o600)
        return path

    def peers(self):
        return [(address(n), FIRST_ASN + n) for n in range(self.plan.clients)]

    def reload(self):
        """Another mark in both policies, of all clients."""
        self.change()
        self.apply()

    def change(self):
        """Writes the next configuration, without a reload."""
        self.generation += 1
        self.write()

    # What a subclass provides.
    default_binary = None

    def lines(self):
        raise NotImplementedError

    def argv(self):
        raise NotImplementedError

    def apply(self):
        raise NotImplementedError

    def listing(self):
        """argv of a client that prints the whole table; None: not measured."""
        return None

    def socket(self):
        """Of the control API of ternd; None: the target is another daemon."""
        return None


class Tern(Target):
    name = "tern"
    at_once = 1024
    can = _SPECIAL

    def __init__(self, binary=None, ctl=None):
        super().__init__(binary)
        self.ctl = ctl

    def lines(self):
        mark = self.generation
        policies = {"pass": {"terms": [{"accept": {}}]}}
        for number, name in ((64901, "mark-in"), (64902, "mark-out")):
            policies[name] = {"terms": [{"set": {"add_communities": [f"{number}:{mark}"]},
                                         "accept": {}}]}
        marks = self.plan.marks
        group = {"route_server_client": True, "passive": True, "hold_time": _HOLD,
                 "import": ["mark-in" if marks else "pass"],
                 "export": ["mark-out" if marks else "pass"],
                 "families": ["ipv4-unicast"] + ["ipv6-unicast"] * self.plan.ipv6}
        router = {"asn": SERVER_ASN, "id": DAEMON, "listen": [f"{DAEMON}:179"]}
        if self.plan.delay:
            router["startup_delay"] = self.plan.delay
        if self.plan.control:
            group.update({"control_communities": {}, "path_hiding_mitigation": True})
        sections = {"router": router,
                    "api": {"socket": self.path("ternd.sock")}, "log": {"level": "info"},
                    "policies": policies, "groups": {"clients": group}}
        if self.plan.next_hops:
            sections["next_hops"] = {"damping": {"first_hold": 0}}
            group["resolve_next_hop"] = True
        if self.plan.kernel:
            sections["kernel"] = {"policies": ["pass"]}
        if self.plan.edge:
            policies["validated"] = {"terms": [
                {"match": {"rpki": ["invalid"]}, "set": {"local_pref": "90"}, "accept": {}},
                {"accept": {}}]}
            group.update({"import": ["validated"], "location_dictionary": "partners"})
            sections["rpki"] = {"files": [self.path(VRPS)]}
            sections["egress"] = egress(self.plan.clients)
        if self.plan.registered:
            sections["registrations"] = {"allow_reserved": True,
                                         "guard": {"rpki_invalid": "warn"},  # one in a hundred
                                         "files": [self.path(REGISTRATIONS)]}
        if self.plan.places:
            sections["egress"] = self._egress()
            group["location_dictionary"] = "tags"
        limited = self.plan.entries > 0
        if limited:
            del sections["policies"]
        lines = [f"{key}: {json.dumps(value)}" for key, value in sections.items()]
        if limited:
            lines += members.sets(self.plan.clients, self.plan.entries, self.generation)
            lines += [f"  {name}: {json.dumps(policy)}" for name, policy in policies.items()]
        lines.append("peers:")
        for number, (address, asn) in enumerate(self.peers()):
            peer = {"address": address, "asn": asn, "group": "clients", "local_address": DAEMON}
            if limited:
                peer["import"] = [members.name(number)]
            lines.append(f"  - {json.dumps(peer)}")
        return lines

    @staticmethod
    def _egress():
        """The routes that session i tagged with 64900:i are of metro i; that of 0 is the nearest."""
        place = {"latitude": 50, "longitude": 0}
        metros = [f"metro-{number}" for number in range(2)]
        return {"pop": "here", "pops": {"here": {**place, "code": 1}}, "costs": {"dwell": 0},
                "metros": {name: {**place, "code": i + 1} for i, name in enumerate(metros)},
                "dictionaries": {"tags": {"tags": [{"community": f"64900:{i}", "metro": name}
                                                   for i, name in enumerate(metros)]}},
                "rtts": [{"pop": "here", "to": name, "milliseconds": 5 + i}
                         for i, name in enumerate(metros)]}

    def argv(self):
        return [self.binary, "--config", self.path("tern.conf")]

    def measure(self, milliseconds):
        """The first metro gets another round trip."""
        run(self._ctl("rtt", "set", "here", "metro-0", str(milliseconds)), timeout=60)

    def lose_next_hop(self, number, lost=True):
        """Adds a blackhole route to the next hop of a client, or removes the route."""
        self.node.run(["ip", "route", "add" if lost else "del", "blackhole",
                       f"{address(number)}/32"])

    def check(self):
        run(self._ctl("reload", "check"), timeout=300)

    def socket(self):
        return self.path("ternd.sock")

    def changes_of_vrps(self):
        """How often the table of VRPs has changed."""
        shown = run(self._ctl("--json", "show", "rpki"), timeout=60)
        return int(json.loads(shown)["sources"]["changes"])

    def registered(self):
        """How many prefixes the files of registrations have registered."""
        shown = run(self._ctl("--json", "show", "registrations", "files"), timeout=60)
        return sum(int(file.get("registrations", 0)) for file in json.loads(shown)["files"])

    def quarantined(self):
        """How many routes for registered prefixes the guard keeps out of use."""
        shown = run(self._ctl("--json", "show", "registrations"), timeout=300)
        return sum(int(one.get("quarantined", 0)) for one in json.loads(shown))

    def monitor(self):
        return self._ctl("--json", "monitor", "routes", "best")

    def _ctl(self, *words):
        return self.node.enter([self.ctl, "--socket", self.path("ternd.sock"), *words])

    def apply(self):
        run(self._ctl("reload"), timeout=300)

    def listing(self):
        return self._ctl("--json", "show", "routes", "best")


class Bird(Target):
    name = "bird"
    default_binary = "/usr/sbin/bird"
    hides_paths = True
    at_once = 4  # a backlog of 8
    can = frozenset(("control", "marks", "kernel"))

    def lines(self):
        families = [4] + [6] * self.plan.ipv6
        control, mark = self.plan.control, self.generation
        lines = [f'log "{self.path("bird.messages")}" {{ warning, error, auth, fatal, bug }};',
                 f"router id {DAEMON};"]
        lines += [f"ipv{v} table master{v}{' sorted' if control else ''};" for v in families]
        if self.plan.kernel:
            lines += [f"protocol kernel {{ ipv{v} {{ export all; }}; }}" for v in families]
        lines += ["protocol device { }",
                  f"filter incoming {{ bgp_community.add((64901, {mark})); accept; }}",
                  f"filter outgoing {{ bgp_community.add((64902, {mark})); accept; }}"]
        if control:
            lines += ["function to_client(int reader) {",
                      "  if (0, reader) ~ bgp_community then return false;",
                      f"  if (0, {SERVER_ASN}) ~ bgp_community &&",
                      f"    ! (({SERVER_ASN}, reader) ~ bgp_community) then return false;",
                      "  if (65501, reader) ~ bgp_community then "
                      "bgp_path.prepend(bgp_path.first);",
                      "  return true;", "}"]
        marks = self.plan.marks
        channel = f"import {'filter incoming' if marks else 'all'};"
        channel += f" export {'filter outgoing' if marks else 'all'};"
        channel += " secondary;" if control else ""
        lines += ["template bgp everybody {", f"  local {DAEMON} as {SERVER_ASN};",
                  "  passive yes;", f"  hold time {_HOLD};", "  rs client;",
                  "  error wait time 1, 1; error forget time 1; connect delay time 1;"]
        lines += [f"  ipv{v} {{ {channel} }};" for v in families] + ["}"]
        for number, (address, asn) in enumerate(self.peers()):
            own = "".join(f" ipv{v} {{ export where to_client({asn}); }};" for v in families)
            lines.append(f"protocol bgp p{number} from everybody {{ neighbor {address} as {asn};"
                         f"{own if control else ''} }}")
        return lines

    def argv(self):
        return [self.binary, "-f", "-c", self.path("bird.conf"), "-s", self.path("bird.ctl"),
                "-P", self.path("bird.pid")]

    def _birdc(self, *words):
        beside = os.path.join(os.path.dirname(self.binary), "birdc")
        return self.node.enter([beside, "-s", self.path("bird.ctl"), *words])

    def apply(self):
        if "econfigur" not in run(self._birdc("configure"), timeout=300):
            raise Failure("BIRD does not take the configuration")

    def listing(self):
        return self._birdc("show", "route", "all")


class Frr(Target):
    name = "frr"
    default_binary = "/usr/lib/frr/bgpd"
    can = frozenset(("marks",))

    def lines(self):
        mark = self.generation
        lines = ["frr defaults traditional", "hostname dut",
                 f"log file {self.path('bgpd.messages')} informational",
                 "bgp route-map delay-timer 0"]
        for name, number in (("IN", 64901), ("OUT", 64902)):
            lines += [f"route-map {name} permit 10",
                      f" set community {number}:{mark} additive", "exit"]
        lines += [f"router bgp {SERVER_ASN}", f" bgp router-id {DAEMON}",
                  " no bgp ebgp-requires-policy", " no bgp network import-check",
                  " no bgp default ipv4-unicast", " coalesce-time 50",
                  " neighbor PG peer-group", " neighbor PG passive",
                  " neighbor PG disable-connected-check", f" neighbor PG timers 60 {_HOLD}",
                  " neighbor PG advertisement-interval 0", " neighbor PG timers connect 1"]
        for address, asn in self.peers():
            lines += [f" neighbor {address} remote-as {asn}", f" neighbor {address} peer-group PG"]
        for family in ["ipv4"] + ["ipv6"] * self.plan.ipv6:
            lines += [f" address-family {family} unicast", "  neighbor PG activate",
                      "  neighbor PG route-server-client",
                      # without zebra it knows no interfaces and would put its own next hop
                      "  neighbor PG attribute-unchanged next-hop"]
            if self.plan.marks:
                lines += ["  neighbor PG route-map IN in", "  neighbor PG route-map OUT out"]
            lines.append(" exit-address-family")
        return lines + ["exit"]

    def argv(self):
        return [self.binary, "-Z", "-n", "-S", "-l", DAEMON, "-p", "179", "-A", "127.0.0.1", "-P",
                "0", "--vty_socket", self.node.dir, "-i", self.path("bgpd.pid"),
                "-f", self.path("frr.conf")]

    def _vtysh(self, *commands):
        beside = os.path.join(os.path.dirname(self.binary), "vtysh")
        vtysh = beside if os.access(beside, os.X_OK) else "vtysh"
        words = [word for command in commands for word in ("-c", command)]
        return self.node.enter([vtysh, "--vty_socket", self.node.dir, "-d", "bgpd", *words])

    def apply(self):
        mark = self.generation
        run(self._vtysh("configure terminal", "route-map IN permit 10",
                        f"set community 64901:{mark} additive", "exit", "route-map OUT permit 10",
                        f"set community 64902:{mark} additive", "end",
                        "clear bgp ipv4 unicast * soft",
                        *["clear bgp ipv6 unicast * soft"] * self.plan.ipv6), timeout=300)

    def listing(self):
        return self._vtysh("show bgp ipv4 unicast")


class OpenBgpd(Target):
    name = "openbgpd"
    default_binary = "/usr/sbin/bgpd"
    hides_paths = True
    at_once = 4  # a backlog of 5
    can = frozenset(("marks",))
    settling = 1.0

    def lines(self):
        lines = [f"AS {SERVER_ASN}", f"router-id {DAEMON}", "fib-update no", f"listen on {DAEMON}",
                 f"holdtime {_HOLD}", f'socket "{self.path("bgpd.sock")}"', "transparent-as yes",
                 'group "clients" {', "  passive", "  enforce neighbor-as no",
                 "  announce IPv4 unicast"]
        if self.plan.ipv6:
            lines += [f"  local-address {DAEMON}", "  local-address fd00::1",
                      "  announce IPv6 unicast", "  multihop 2"]
        for address, asn in self.peers():
            lines.append(f"  neighbor {address} {{ remote-as {asn} }}")
        lines += ["}", "allow from any", "allow to any"]
        if self.plan.ipv6:
            lines.append("match to any set nexthop no-modify")
        if self.plan.marks:
            lines += [f"match from any set community 64901:{self.generation}",
                      f"match to any set community 64902:{self.generation}"]
        return lines

    def argv(self):
        os.makedirs("/run/openbgpd", 0o755, exist_ok=True)  # where Debian has its chroot
        return [self.binary, "-d", "-f", self.path("openbgpd.conf")]

    def _bgpctl(self, *words):
        beside = os.path.join(os.path.dirname(self.binary), "bgpctl")
        return self.node.enter([beside, "-s", self.path("bgpd.sock"), *words])

    def apply(self):
        run(self._bgpctl("reload"), timeout=300)

    def listing(self):
        return self._bgpctl("show", "rib", "detail")


class GoBgp(Target):
    name = "gobgp"
    default_binary = "/usr/bin/gobgpd"

    def lines(self):
        lines = ["[global.config]", f"  as = {SERVER_ASN}", f'  router-id = "{DAEMON}"',
                 "  port = 179", f'  local-address-list = ["{DAEMON}"]']
        for address, asn in self.peers():
            lines += ["[[neighbors]]", "  [neighbors.config]",
                      f'    neighbor-address = "{address}"', f"    peer-as = {asn}",
                      "  [neighbors.transport.config]", "    passive-mode = true",
                      f'    local-address = "{DAEMON}"', "  [neighbors.timers.config]",
                      f"    hold-time = {_HOLD}", f"    keepalive-interval = {_HOLD // 3}",
                      "    idle-hold-time-after-reset = 1", "    connect-retry = 1",
                      "  [neighbors.route-server.config]", "    route-server-client = true"]
            for family in ["ipv4"] + ["ipv6"] * self.plan.ipv6:
                lines += ["  [[neighbors.afi-safis]]", "    [neighbors.afi-safis.config]",
                          f'      afi-safi-name = "{family}-unicast"']
        return lines

    def argv(self):
        return [self.binary, "-f", self.path("gobgp.conf"), "-t", "toml", "-l", "warn", "-p",
                "--pprof-disable", "--api-hosts", "127.0.0.1:50051"]


PEERS = {kind.name: kind for kind in (Bird, Frr, OpenBgpd, GoBgp)}
