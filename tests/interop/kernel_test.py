#!/usr/bin/env python3
"""Best routes in the kernel: packets of a host behind ternd leave at the exit that egress chose.

    source 10.1.0.2 --- 10.1.0.1 tern 10.0.0.1 ---+--- 10.0.0.2 lhr   BIRD, loopback 10.255.0.2
                                                  +--- 10.0.0.3 iad   BIRD, loopback 10.255.0.3

Both exits have the users' address 203.0.113.1. The next hops of their routes are their loopbacks,
which tern reaches by static routes.
"""

import re
import sys

from bench import check, main
from lab.bird import Bird
from lab.namespaces import Lab
from lab.speaker import Route, Session
from lab.tern import Tern

ASN = 65000
TERN, LHR, IAD = "10.0.0.1", "10.0.0.2", "10.0.0.3"
SHARED, ONLY_LHR, LATER = "203.0.113.0/24", "198.51.100.0/25", "198.51.100.128/25"
BLACKHOLE, NOT_AGREED = "192.0.2.66/32", "192.0.2.67/32"
SHARED6, USER6 = "2001:db8:77::/48", "2001:db8:77::1"
USER = "203.0.113.1"
MARKER = "198.18.0.0/24"  # a route of another program
_METRO, _LHR, _IAD = "65000:10:104", "65000:11:2", "65000:11:3"

_EGRESS = {
    "pop": "ams", "mode": "last-mile",
    "pops": {"ams": {"latitude": 52.37, "longitude": 4.9, "code": 1},
             "lhr": {"latitude": 51.47, "longitude": -0.45, "code": 2},
             "iad": {"latitude": 39.04, "longitude": -77.49, "code": 3}},
    "metros": {"new-york": {"latitude": 40.71, "longitude": -74.01, "code": 104}},
}

_ACCEPT = {"terms": [{"accept": {}}]}
_POLICIES = {
    "pass": _ACCEPT,
    "few": {"terms": [{"match": {"prefixes": [SHARED]}, "accept": {}}, {"reject": {}}]},
    "may-drop": {"terms": [{"match": {"peers": ["lhr"]}, "accept": {}}, {"reject": {}}]},
}

_PORT = 4000
# Answers each datagram with the name of the exit.
_ANSWER = f"""
import socket, sys
here = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
here.bind(("::", {_PORT}))
while True:
    here.sendto(sys.argv[1].encode(), here.recvfrom(64)[1])
"""
# Sends three datagrams and prints the answers.
_ASK = f"""
import socket, sys
version = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
here = socket.socket(version, socket.SOCK_DGRAM)
here.settimeout(1)
for _ in range(3):
    here.sendto(b"who?", (sys.argv[1], {_PORT}))
    print(here.recvfrom(64)[0].decode())
"""


def _routes(number, pop):
    loopback, loopback6 = f"10.255.0.{number}", f"fd00::{number}"
    large = frozenset({_METRO, pop})
    return [Route(SHARED, next_hop=loopback, large=large),
            Route(SHARED6, next_hop=loopback6, large=large)]


class Network:
    """A context manager with the four nodes, and ternd with the section `kernel`."""

    def __init__(self, name):
        self.lab = Lab(name)
        self.kernel = {"blackhole_policies": ["may-drop"], "ecmp": 2}

    def __enter__(self):
        self.lab.__enter__()
        inside, backbone = self.lab.lan(), self.lab.lan()
        self.source, tern, self.lhr_node, self.iad_node = (
            self.lab.node(name) for name in ("source", "tern", "lhr", "iad"))
        self.source.attach(inside, "10.1.0.2/24", "fd01::2/64")
        tern.attach(inside, "10.1.0.1/24", "fd01::1/64")
        self.inside, self.outside = "eth0", tern.attach(backbone, f"{TERN}/24", "fd00::1/64")
        tern.sysctl({"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1"})
        self.node = tern
        self._ip(self.source, "route add default via 10.1.0.1")
        self._ip(self.source, "-6 route add default via fd01::1")
        for number, node in ((2, self.lhr_node), (3, self.iad_node)):
            node.attach(backbone, f"10.0.0.{number}/24", f"fd00::{number}/64")
            for address in (f"10.255.0.{number}/32", f"{USER}/32", f"{USER6}/128"):
                node.add_address("lo", address)
            self._ip(node, f"route add 10.1.0.0/24 via {TERN}")
            self._ip(node, "-6 route add fd01::/64 via fd00::1")
            self._ip(tern, f"route add 10.255.0.{number}/32 via 10.0.0.{number}")
            node.start([sys.executable, "-c", _ANSWER, node.name])
        sessions = [Session(address, ASN, TERN, families=("ipv4", "ipv6"),
                            options={"name": name, "between_pops": True})
                    for address, name in ((LHR, "lhr"), (IAD, "iad"))]
        self.tern = Tern(tern, ASN, TERN, sessions,
                         {"egress": _EGRESS, "policies": _POLICIES, "kernel": self.kernel})
        self.lhr = self._exit(self.lhr_node, LHR, _routes(2, _LHR) +
                              [Route(ONLY_LHR, next_hop="10.255.0.2"),
                               Route(BLACKHOLE, communities=frozenset({"blackhole"}))])
        self.iad = self._exit(self.iad_node, IAD, _routes(3, _IAD) +
                              [Route(NOT_AGREED, communities=frozenset({"blackhole"}))])
        for daemon in (self.tern, self.lhr, self.iad):
            daemon.start()
        self.wait(lambda: self.tern.established(LHR) and self.tern.established(IAD), 30,
                  "both exits are Established")
        return self

    def __exit__(self, *failure):
        if failure[0] is not None:
            print(self.lab.describe(), file=sys.stderr)
        return self.lab.__exit__(*failure)

    @staticmethod
    def _exit(node, address, routes):
        return Bird(node, ASN, address,
                    [Session(TERN, ASN, address, families=("ipv4", "ipv6"))], routes)

    @staticmethod
    def _ip(node, words):
        return node.run(["ip", *words.split()])

    def ip(self, words):
        return self._ip(self.node, words)

    def wait(self, predicate, timeout, what):
        result = self.lab.wait(predicate, timeout, what)
        print(f"  ok: {what}", flush=True)
        return result

    def ours(self):
        """{prefix: the rest of the line} of our routes in the kernel, of both versions."""
        lines = self.ip("-o route show proto 179") + self.ip("-o -6 route show proto 179")
        found = {}
        for line in lines.splitlines():
            words = re.sub(r"^blackhole ", "", line).split(" ", 1)
            alone = "/128" if ":" in words[0] else "/32"
            host = words[0] if "/" in words[0] else words[0] + alone
            found[host] = line
        return found

    def gateways(self, prefix):
        return sorted(re.findall(r"via (\S+)", self.ours().get(prefix, "")))

    def have(self, *prefixes, timeout=20):
        self.wait(lambda: set(self.ours()) == set(prefixes), timeout,
                  f"the kernel has {', '.join(prefixes) or 'nothing'}")
        return self.ours()

    def monitor_routes(self, log):
        """Starts `ip monitor route`, and returns it when it hears of changes."""
        monitor = self.node.start(["ip", "monitor", "route"], log=log)

        def hears():
            self.ip(f"route add blackhole {MARKER}")
            self.ip(f"route del blackhole {MARKER}")
            with open(monitor.log, encoding="utf-8") as file:
                return MARKER in file.read()

        self.wait(hears, 10, "ip monitor hears of changes")
        return monitor

    @staticmethod
    def heard(monitor):
        """Ends the monitor, and returns the lines that it wrote."""
        monitor.stop()
        with open(monitor.log, encoding="utf-8") as file:
            return file.readlines()

    def kernel_status(self, *words):
        return self.tern.ask_json("show", "kernel", *words)

    def failed(self):
        return {r["prefix"]: r["reason"] for r in self.kernel_status("failed")["failed_routes"]}

    def answers(self, user):
        """Who has answered datagrams of the source to the user's address."""
        return set(self.source.run([sys.executable, "-c", _ASK, user], check=False).split())

    def exit_is(self, name, timeout=20):
        for user in (USER, USER6):
            self.wait(lambda u=user: self.answers(u) == {name}, timeout,
                      f"packets to {user} arrive at {name}")


def exits():
    """The exit follows egress, its failure and its next hop; blackholes; ties; a policy chooses."""
    with Network("kernel-exits") as net:
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
        net.exit_is("iad")
        check("via 10.0.0.3" in net.ours()[SHARED], "the route goes where the kernel said")
        check(net.ours()[BLACKHOLE].startswith("blackhole"), "a blackhole is one (RFC 7999)")
        check("via 10.0.0.3" in net.ours()[NOT_AGREED], "if it was agreed with the neighbor")
        status = net.wait(lambda: (s := net.kernel_status())["state"] == "running" and s, 10,
                          "the tables are complete")
        check(int(status["installed"]) == 5 and int(status["failed"]) == 0, "show kernel counts it")
        check("installed" in net.tern.ask("show", "kernel"), "and prints it")
        net.iad.announce(Route(ONLY_LHR, next_hop="10.255.0.3"))
        net.wait(lambda: net.gateways(ONLY_LHR) == ["10.0.0.2", "10.0.0.3"], 10,
                 "a path that ties with the best one is installed beside it")
        net.iad.withdraw(ONLY_LHR)
        net.wait(lambda: net.gateways(ONLY_LHR) == ["10.0.0.2"], 10, "and removed alone")
        net.iad.process.kill()
        net.exit_is("lhr")
        net.iad.start()
        net.exit_is("iad")
        net.ip("route del 10.255.0.3/32")
        net.have(SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
        net.wait(lambda: net.failed() == {SHARED: "no-route"}, 5, "show kernel failed says why")
        net.ip("route add 10.255.0.3/32 via 10.0.0.3")
        net.exit_is("iad")
        _reloads(net)
        del net.tern.extra["kernel"]
        net.tern.reconfigure()
        net.have()


def _reloads(net):
    """A reload with a new metric leaves no hole, and policies follow the names of neighbors."""
    monitor = net.monitor_routes("reload.log")
    net.kernel["metric"] = 3000
    net.tern.reconfigure()
    net.wait(lambda: "metric 3000" in (route := net.ours().get(SHARED, "")) and
             "metric 2048" not in route, 20, "a reload moves ours")
    net.wait(lambda: "metric 2048" not in net.ip("route show proto 179"), 10, "all of them")
    events = [line for line in net.heard(monitor) if SHARED in line]
    check("metric 3000" in events[0] and not events[0].startswith("Deleted"),
          "the new route is there before the old one leaves")
    for session, name in zip(net.tern.sessions, ("iad", "lhr")):
        session.options["name"] = name
    net.tern.reconfigure()
    net.wait(lambda: "via 10.0.0.2" in (ours := net.ours())[BLACKHOLE] and
             ours[NOT_AGREED].startswith("blackhole"), 20, "policies follow the names")
    net.kernel["policies"] = ["few"]
    net.tern.reconfigure()
    net.have(SHARED)


def others():
    """A crash, other programs' routes, and the end."""
    with Network("kernel-others") as net:
        net.ip("route add 192.0.2.0/24 via 10.0.0.2 metric 2048 proto static")
        net.ip(f"route add {LATER} via 10.0.0.2 metric 2048 proto static")
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
        net.lhr.announce(Route(LATER, next_hop="10.255.0.2"))
        net.wait(lambda: net.failed() == {LATER: "foreign"}, 20, "a foreign route is in the way")
        check("proto static" in net.ip(f"route show {LATER}"), "and stays")
        net.ip(f"route del {LATER} proto static")
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED, LATER)
        net.ip(f"route del {SHARED} proto 179")
        net.ip(f"route replace {ONLY_LHR} via 10.0.0.3 metric 2048 proto 179")
        net.ip(f"-6 route del {SHARED6} proto 179")
        net.wait(lambda: "via 10.0.0.2" in net.ours()[ONLY_LHR], 5, "a change of ours is put right")
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED, LATER)
        net.wait(lambda: int(net.kernel_status()["restored"]) >= 3, 5, "and counted")
        net.ip(f"link set {net.outside} down")
        net.ip(f"link set {net.outside} up")
        for number in (2, 3):
            net.ip(f"route replace 10.255.0.{number}/32 via 10.0.0.{number}")
        net.ip(f"-6 address replace fd00::1/64 dev {net.outside} nodad")
        net.ip("route replace 192.0.2.0/24 via 10.0.0.2 metric 2048 proto static")
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED, LATER, timeout=30)
        net.exit_is("iad")
        _crash(net)
        net.tern.stop()
        net.have()
        check("proto static" in net.ip("route show 192.0.2.0/24"), "the foreign route survives all")
        net.kernel["keep_on_exit"] = True
        net.tern.start()
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
        net.exit_is("iad")  # until then the exit may be lhr, whose routes came first
        net.tern.stop()
        net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
        net.exit_is("iad")


def _crash(net):
    """Routes that are not wanted any more go, and wanted ones are not touched."""
    net.tern.kill()
    net.lhr.withdraw(LATER)
    net.ip("route add 198.51.100.64/26 via 10.0.0.3 metric 250 proto 179")  # of another metric
    check(LATER in net.ours(), "a crash leaves the routes")
    net.exit_is("iad")
    monitor = net.monitor_routes("monitor.log")
    net.tern.start()
    net.have(SHARED, SHARED6, ONLY_LHR, BLACKHOLE, NOT_AGREED)
    net.wait(lambda: net.kernel_status()["state"] == "running", 10, "the tables are complete")
    events = "".join(net.heard(monitor))
    check(LATER in events and ONLY_LHR not in events, "only what was not wanted was touched")
    # Until the routes of iad are there, the exit may be lhr.
    check(f"Deleted {SHARED}" not in events, "a route with two exits is there all the time")
    check(int(net.kernel_status()["learnt"]) == 6, "the routes were learnt")


if __name__ == "__main__":
    main({"exits": exits, "others": others})
