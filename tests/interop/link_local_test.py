#!/usr/bin/env python3
"""Link-local neighbors (RFC 4007): two links, and on each a host with the same address. Each is the
neighbor of its own link, by that name in commands and metrics, and never the other one."""

import socket
import struct
import sys
import time

from bench import TERN_AS, check, main

from lab.namespaces import Lab
from lab.speaker import Session
from lab.tern import Tern

_OURS, _THEIRS = "fe80::a", "fe80::b"
_FIRST_AS = 65011
_MARKER = b"\xff" * 16


def _message(kind, body=b""):
    return _MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def _open(asn):
    capabilities = struct.pack("!BBI", 65, 4, asn) + struct.pack("!BBHBB", 1, 4, 2, 0, 1)
    parameters = struct.pack("!BB", 2, len(capabilities)) + capabilities
    identifier = socket.inet_aton(f"10.0.0.{asn - 65000}")
    return _message(1, struct.pack("!BHH4sB", 4, asn, 90, identifier, len(parameters)) + parameters)


def neighbor(interface, asn):
    """Runs on a host: connects again and again, and keeps the session that comes up."""
    index = socket.if_nametoindex(interface)
    while True:
        time.sleep(0.1)
        try:
            with socket.socket(socket.AF_INET6) as connection:
                connection.bind((_THEIRS, 0, 0, index))
                connection.connect((_OURS, 179, 0, index))
                connection.sendall(_open(asn) + _message(4))
                while connection.recv(65536):
                    pass
        except OSError:
            pass


def _session(interface, asn, name=None):
    options = {"local_address": _OURS} | ({"name": name} if name else {})
    return Session(f"{_THEIRS}%{interface}", asn, _OURS, passive=True, families=("ipv6",),
                   options=options)


class Links:
    """ternd with two links; a host on each that says it is of the AS `asns` give it."""

    def __init__(self, lab, asns):
        self.lab = lab
        self.node = lab.node("tern")
        self.interfaces = []
        hosts = []
        for asn in asns:
            lan, host = lab.lan(), lab.node(f"host{len(hosts)}")
            self.interfaces.append(self.node.attach(lan, f"{_OURS}/64", link_local=False))
            hosts.append((host, host.attach(lan, f"{_THEIRS}/64", link_local=False), asn))
        self.hosts = hosts

    def start(self, sessions):
        router = {"asn": TERN_AS, "id": "10.0.0.1", "listen": ["[::]:179"]}
        metrics = {"listen": ["127.0.0.1:9179"]}
        self.tern = Tern(self.node, TERN_AS, "10.0.0.1", sessions,
                         {"router": router, "metrics": metrics}).start()
        for host, interface, asn in self.hosts:
            host.start([sys.executable, __file__, "--neighbor", interface, str(asn)])
        return self.tern

    def metrics(self):
        page = self.node.run(["curl", "-s", "http://127.0.0.1:9179/metrics"])
        return [line.rsplit(" ", 1) for line in page.splitlines() if line and line[0] != "#"]

    def refused(self):
        return next(float(value) for name, value in self.metrics()
                    if name == "tern_connections_refused_total")


def both():
    with Lab("link-local") as lab:
        links = Links(lab, (_FIRST_AS, _FIRST_AS + 1))
        one, two = links.interfaces
        tern = links.start([_session(one, _FIRST_AS, "one"), _session(two, _FIRST_AS + 1)])
        for interface in (one, two):
            address = f"{_THEIRS}%{interface}"
            lab.wait(lambda at=address: tern.state(at) == "Established", 20, f"{address} comes up")
            check(tern.neighbour(address)["local_address"] == f"{_OURS}%{interface}",
                  "our end is on the same link")
        names = [n["name"] for n in tern.ask_json("show", "neighbors")]
        check(names == ["one", f"{_THEIRS}%{two}"], f"names say the link ({names})")
        check(tern.try_ask("show", "neighbors", _THEIRS)[0] != 0,
              "without a link the address means neither")
        series = [name for name, _ in links.metrics()]
        check(len(series) == len(set(series)), "no series stands there twice")
        check(any(f'peer="{_THEIRS}%{two}"' in line for line in series), "series say the link")
        tern.ask("neighbor", f"{_THEIRS}%{two}", "disable")
        check(tern.state(f"{_THEIRS}%{one}") == "Established", "commands mean the one of that link")


def stranger():
    with Lab("link-stranger") as lab:
        links = Links(lab, (_FIRST_AS, _FIRST_AS))
        one, two = links.interfaces
        tern = links.start([_session(two, _FIRST_AS)])
        address = f"{_THEIRS}%{two}"
        lab.wait(lambda: tern.state(address) == "Established", 20, "the host of that link comes up")
        host = links.hosts[1][0]
        for process in host.processes:
            process.kill()
        lab.wait(lambda: tern.state(address) != "Established", 20, "and goes")
        lab.wait(lambda: links.refused() > 5, 20, "the host of the other link is refused all the time")
        check(tern.state(address) == "Active", "and is not taken for it")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--neighbor"]:
        neighbor(sys.argv[2], int(sys.argv[3]))
    main({"both": both, "stranger": stranger})
