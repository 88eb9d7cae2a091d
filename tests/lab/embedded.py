"""The demo's network without root: every ternd on loopback addresses of its own, and `tern-replay`,
our speaker that announces a file, in the place of the partners' routers.

IPv4 only, because the loopback interface has many IPv4 addresses and one IPv6 address.

Files of tern-replay have a line per prefix, and `#` in front of remarks:

    PREFIX NEXT-HOP AS-PATH COMMUNITIES [med=N] [origin=igp|egp|incomplete]

AS-PATH is all of it, the speaker's own AS first, with commas: 65010,64600,4200000001.
COMMUNITIES is a list with commas of any kind in the notation of ternctl, or "-":
65010:102,65020:7:3,rt:65030:49. Consecutive lines that differ in the prefix alone share an UPDATE.
"""

import atexit
import os
import re
import shutil
import signal
import sys
import tempfile

from lab.prefixes import PARTNERS, customers, routes_of
from lab.process import Process, run, wait_until
from lab.speaker import Daemon, Session
from lab.tern import Tern, program
from lab.topology import ASN, POPS, SITES, SOCKETS, announced, pop_sessions, private_copy

PORT = 1790  # of the BGP listeners; 179 needs privileges


class LocalNode:
    """In the place of a namespace: only the folder and the processes."""

    def __init__(self, network, name):
        self.lab = network
        self.name = name
        self.dir = os.path.join(network.dir, name)
        os.mkdir(self.dir)
        self.processes = []

    def enter(self, argv):
        return argv

    def run(self, argv, timeout=30, check=True):
        return run(argv, timeout, check)

    def start(self, argv, log="output.log", env=None):
        process = Process(argv, os.path.join(self.dir, log), env=env, cwd=self.dir)
        self.processes.append(process)
        return process

    def lab_file(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def pids(self):
        return [process.pid for process in self.processes if process.alive()]


def replay_line(route, asn, next_hop):
    communities = ",".join(sorted(route.communities | route.large | route.ext)) or "-"
    path = ",".join([str(asn), *route.as_path.split()])
    words = [route.prefix, route.next_hop or next_hop, path, communities]
    if route.med is not None:
        words.append(f"med={route.med}")
    if route.origin != "igp":
        words.append(f"origin={route.origin}")
    return " ".join(words)


class Replay(Daemon):
    """tern-replay: announces, and takes what it is told without keeping it."""

    kind = "tern-replay"

    def __init__(self, node, asn, local, peer, next_hop, routes):
        session = Session(peer, ASN, local, port=PORT)
        super().__init__(node, asn, local, [session], routes)
        self.next_hop = next_hop

    def configuration(self):
        lines = [replay_line(r, self.asn, self.next_hop) for r in self.announced.values()]
        return "# prefix next-hop as-path communities\n" + "\n".join(lines) + "\n"

    def launch(self):
        routes = self.write("routes.txt", self.configuration())
        session = self.sessions[0]
        return self.node.start([program("tern-replay"), "--local", session.local,
                                "--asn", str(self.asn), "--peer", f"{session.neighbour}:{PORT}",
                                "--routes", routes], log="tern-replay.log")

    def state(self, neighbour):
        return "Established" if self.alive() else "Idle"


def _loopback(text):
    """10.1.0.10 -> 127.1.0.10 wherever it stands."""
    return re.sub(r"\b10\.(\d+\.\d+\.\d+)\b", r"127.\1", text)


class EmbeddedNetwork:
    embedded = True

    def __init__(self):
        self.customers = customers()
        self.pops, self.sites, self.daemons = {}, {}, []
        self.dir = None

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix=f"tern{os.getpid()}-", dir="/tmp")
        atexit.register(self._end)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda n, _frame: sys.exit(128 + n))
        return self

    def __exit__(self, kind, error, trace):
        self._end()
        if kind is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
            print(f"logs and configurations are in {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def _end(self):
        for daemon in reversed(self.daemons):
            daemon.stop()

    def start(self):
        for pop in POPS.values():
            node = LocalNode(self, pop.name)
            config = self._configuration(pop, node)
            sessions = [Session(_loopback(address), asn, "")
                        for _, address, asn, _ in pop_sessions(pop.name) if ":" not in address]
            daemon = Tern(node, ASN, f"127.255.0.{pop.number}", sessions, config=config)
            daemon.socket = os.path.join(node.dir, f"{pop.name}.sock")
            self.pops[pop.name] = daemon
        for site in SITES:
            n = POPS[site.pop].number
            routes = [r for r in routes_of(site.partner, self.customers) if not r.ipv6]
            # A next hop on the loopback would rightly be refused: packets cannot be sent there.
            self.sites[site.name] = Replay(
                LocalNode(self, site.name), PARTNERS[site.partner].asn, f"127.{n}.0.{site.host}",
                f"127.{n}.0.1", f"10.{n}.0.{site.host}", routes)
        for daemon in self.daemons:
            daemon.start()

    def _configuration(self, pop, node):
        path = private_copy(pop.name, node, {
            SOCKETS: node.dir, ":179": f":{PORT}", "port: 179": f"port: {PORT}",
            "next_hop_self: true": "next_hop_self: false"})
        with open(path, encoding="utf-8") as example:
            lines = example.read().split("\n")
        text = "\n".join(line for line in lines if "-v6, address" not in line)
        text = re.sub(r', "\[fd00[^"]*"', "", text)
        return node.lab_file(f"{pop.name}.yml", _loopback(text))

    def prefixes(self):
        return {p for customer in self.customers for p in customer.prefixes if ":" not in p}

    def announced(self, neighbour):
        return announced(self.customers, neighbour)

    def take_down(self, site):
        self.sites[site].stop()

    def bring_back(self, site):
        self.sites[site].start()

    def metrics_address(self, pop):
        return f"127.255.0.{POPS[pop].number}", 9179

    def where(self, _pop):
        return None

    def describe(self):
        return "\n".join(daemon.describe() for daemon in self.daemons)

    def wait(self, predicate, timeout, what):
        return wait_until(predicate, timeout, what, self.describe)
