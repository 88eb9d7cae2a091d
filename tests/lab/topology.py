"""The demo's network: three PoPs of ours, three partners, each partner with a router of its own at
every PoP where it peers with us. Real BIRD and FRR in namespaces; embedded.py has the same network
on loopback addresses."""

import fcntl
import os
from dataclasses import dataclass

from lab.bird import Bird
from lab.frr import Frr
from lab.namespaces import Lab
from lab.prefixes import PARTNERS, customers, routes_of
from lab.speaker import Session
from lab.tern import Tern, repository

ASN = 64500
SOCKETS = "/run/tern-demo"
CONFIGURATIONS = os.path.join(repository(), "conf", "examples", "demo")


@dataclass(frozen=True)
class Pop:
    name: str
    title: str
    number: int   # third octet of its exchange's addresses, last of its backbone address


@dataclass(frozen=True)
class Site:
    """A partner's router at one of our PoPs."""
    partner: str
    pop: str
    host: int     # last octet of its addresses
    driver: type

    @property
    def name(self):
        return f"{self.partner}-{self.pop}"


POPS = {pop.name: pop for pop in (Pop("ams", "Amsterdam", 1), Pop("lhr", "London", 2),
                                  Pop("iad", "Ashburn", 3))}
SITES = [Site("continental", "ams", 10, Bird), Site("continental", "lhr", 10, Bird),
         Site("continental", "iad", 10, Bird), Site("atlantic", "lhr", 20, Frr),
         Site("atlantic", "iad", 20, Frr), Site("northsea", "ams", 30, Frr),
         Site("northsea", "lhr", 30, Frr)]


def pop_sessions(pop):
    """(name, address, remote AS, is it one of our PoPs) of every neighbour, as in pop.yml."""
    n = POPS[pop].number
    found = []
    for site in SITES:
        if site.pop == pop:
            asn = PARTNERS[site.partner].asn
            found += [(site.name, f"10.{n}.0.{site.host}", asn, False),
                      (site.name, f"fd00:{n}::{site.host}", asn, False)]
    for other in POPS.values():
        if other.name != pop:
            found += [(other.name, f"10.255.0.{other.number}", ASN, True),
                      (other.name, f"fd00:ff::{other.number}", ASN, True)]
    return found


class RealNetwork:
    """Owns a Lab. Use as a context manager; start() returns when every program runs."""

    embedded = False

    def __init__(self):
        self.lab = Lab("demo")
        self.customers = customers()
        self.pops = {}
        self.backbone = None  # the LAN of the PoPs, 10.255.0.0/24
        self.sites = {}
        self.cores = {}   # partner -> router inside its network
        self.own_socket_folder = False
        self._claim = None

    def __enter__(self):
        self.lab.__enter__()
        return self

    def __exit__(self, *failure):
        self.lab.__exit__(*failure)
        if self.own_socket_folder:
            _remove(self._claim.name)
            for pop in POPS:
                _remove(os.path.join(SOCKETS, f"{pop}.sock"))
            try:
                os.rmdir(SOCKETS)
            except OSError:
                pass  # somebody put something of his own there

    def start(self):
        self.backbone = self.lab.lan()
        exchanges = {}
        shared = self._claim_sockets()
        for pop in POPS.values():
            exchanges[pop.name] = self.lab.lan()
            node = self.lab.node(pop.name)
            node.attach(exchanges[pop.name], f"10.{pop.number}.0.1/24", f"fd00:{pop.number}::1/64")
            node.attach(self.backbone, f"10.255.0.{pop.number}/24", f"fd00:ff::{pop.number}/64")
            self.pops[pop.name] = self._pop(pop, node, shared)
        for partner in PARTNERS:
            self._partner(partner, exchanges)
        for daemon in [*self.pops.values(), *self.cores.values(), *self.sites.values()]:
            daemon.start()

    def _partner(self, partner, exchanges):
        """BIRD announces the customers' routes itself. FRR, which takes minutes to read as many
        route-maps, learns them by iBGP from a router in the middle of the partner's network."""
        sites = [site for site in SITES if site.partner == partner]
        asn = PARTNERS[partner].asn
        routes = routes_of(partner, self.customers)
        behind_core = [site for site in sites if site.driver is Frr]
        inside = self.lab.lan() if behind_core else None
        for site in sites:
            n = POPS[site.pop].number
            router_id = f"10.{n}.0.{site.host}"
            node = self.lab.node(site.name)
            node.attach(exchanges[site.pop], f"{router_id}/24", f"fd00:{n}::{site.host}/64")
            sessions = [Session(f"10.{n}.0.1", ASN, router_id, hold_time=30),
                        Session(f"fd00:{n}::1", ASN, f"fd00:{n}::{site.host}", hold_time=30,
                                families=("ipv6",))]
            if site in behind_core:
                node.attach(inside, f"172.20.0.{n}/24")
                sessions.append(Session("172.20.0.9", asn, f"172.20.0.{n}",
                                        families=("ipv4", "ipv6")))
            self.sites[site.name] = site.driver(node, asn, router_id, sessions,
                                                [] if site in behind_core else routes)
        if behind_core:
            node = self.lab.node(f"{partner}-core")
            node.attach(inside, "172.20.0.9/24", "fd00:20::9/64")
            sessions = [Session(f"172.20.0.{POPS[site.pop].number}", asn, "172.20.0.9",
                                families=("ipv4", "ipv6")) for site in behind_core]
            self.cores[partner] = Bird(node, asn, "172.20.0.9", sessions, routes)

    def _claim_sockets(self):
        """Whether the sockets of the example files are ours to use: another demo may be running."""
        self._claim = open(f"{SOCKETS}.lock", "w", encoding="ascii")
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with this process
        except OSError:
            return False
        os.makedirs(SOCKETS, exist_ok=True)
        self.own_socket_folder = True
        return True

    def _pop(self, pop, node, shared):
        config = os.path.join(CONFIGURATIONS, f"{pop.name}.yml")
        if not shared:
            config = private_copy(pop.name, node, {SOCKETS: node.dir})
        sessions = [Session(address, asn, "", families=("ipv6" if ":" in address else "ipv4",))
                    for _, address, asn, _ in pop_sessions(pop.name)]
        daemon = Tern(node, ASN, f"10.255.0.{pop.number}", sessions, config=config)
        daemon.socket = os.path.join(SOCKETS if shared else node.dir, f"{pop.name}.sock")
        return daemon

    def prefixes(self):
        """All that a PoP must know in the end."""
        return {p for customer in self.customers for p in customer.prefixes}

    def announced(self, neighbour):
        """How many prefixes a partner's router announces on the session with this address."""
        return announced(self.customers, neighbour)

    def take_down(self, site):
        self.sites[site].stop()

    def bring_back(self, site):
        self.sites[site].start()

    def metrics_address(self, pop):
        return f"10.255.0.{POPS[pop].number}", 9179

    def where(self, pop):
        """How a command runs where this PoP is."""
        return self.pops[pop].node.namespace

    def wait(self, predicate, timeout, what):
        return self.lab.wait(predicate, timeout, what)


def announced(all_customers, neighbour):
    for site in SITES:
        n = POPS[site.pop].number
        if neighbour in (f"10.{n}.0.{site.host}", f"127.{n}.0.{site.host}", f"fd00:{n}::{site.host}"):
            return sum(route.ipv6 == (":" in neighbour)
                       for route in routes_of(site.partner, all_customers))
    return None  # a PoP of ours: it tells what is best for it


def private_copy(pop, node, replacements):
    """The PoP's example file in the node's folder, with other words in place of some."""
    with open(os.path.join(CONFIGURATIONS, f"{pop}.yml"), encoding="utf-8") as example:
        text = example.read()
    for old, new in replacements.items():
        text = text.replace(old, new)
    for beside in ("rtt.csv", "registrations.csv"):
        text = text.replace(beside, os.path.join(CONFIGURATIONS, beside))
    return node.lab_file(f"{pop}.yml", text)


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
