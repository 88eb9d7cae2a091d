"""The network of the lab in namespaces. A PoP has a ternd with the section `kernel`, and a core
router (FRR) behind it, where the traffic of the PoP comes from. Each router of a partner (BIRD) has
a link of its own to its PoP, and the addresses of the users that the partner reaches.

    core (FRR) 10.N.0.2 --- 10.N.0.1 PoP N (ternd) 10.N.P.1 --- 10.N.P.2 partner P (BIRD)
                                     10.255.0.N                          198.18.M.1 users of metro M
                                          |
                              backbone of the PoPs, 10.255.0.0/24

Between the PoPs static routes of the kernel are in the place of an IGP.
"""

from lab.bird import Bird
from lab.frr import Frr
from lab.namespaces import Lab
from lab.speaker import Route, Session
from lab.world.configuration import HOLD_TIME, PopDaemon, backbone_address, core_address
from lab.world.places import ASN, METROS, POPS, SITES, route

DWELL = 3           # seconds, egress.costs.dwell
METRICS_PORT = 9179


class WorldNetwork:
    """Owns a Lab. Use as a context manager; start() returns when every program runs. `folder`: of
    the sockets and configurations; None: that of the lab."""

    def __init__(self, folder=None):
        self.lab = Lab("world")
        self.folder = folder
        self.pops = {}      # PoP -> ternd
        self.cores = {}     # PoP -> FRR
        self.sites = {}     # site -> BIRD
        self._links = {}    # site -> Lan of the PoP and the partner's router
        self._backbone = None

    def __enter__(self):
        self.lab.__enter__()
        self.folder = self.folder or self.lab.dir
        return self

    def __exit__(self, *failure):
        self.lab.__exit__(*failure)

    def start(self):
        self._backbone = self.lab.lan()
        for pop in POPS.values():
            self._add_pop(pop)
        for site in SITES.values():
            self._add_site(site)
        for daemon in [*self.pops.values(), *self.cores.values(), *self.sites.values()]:
            daemon.start()

    def _add_pop(self, pop):
        node = self.lab.node(pop.name)
        node.sysctl({"net/ipv4/ip_forward": "1"})
        node.attach(self._backbone, f"{backbone_address(pop)}/24")
        for other in POPS.values():
            if other != pop:
                node.run(["ip", "route", "add", f"10.{other.number}.0.0/16",
                          "via", backbone_address(other)])
        inside = self.lab.lan()
        node.attach(inside, f"{core_address(pop, 1)}/24")
        core = self.lab.node(f"{pop.name}-core")
        core.attach(inside, f"{core_address(pop, 2)}/24")
        core.run(["ip", "route", "add", "default", "via", core_address(pop, 1)])
        self.pops[pop.name] = PopDaemon(node, pop, self.folder, DWELL)
        self.cores[pop.name] = Frr(core, ASN, core_address(pop, 2), [
            Session(core_address(pop, 1), ASN, core_address(pop, 2), hold_time=HOLD_TIME)])

    def _add_site(self, site):
        link = self._links[site.name] = self.lab.lan()
        self.pops[site.pop.name].node.attach(link, f"{site.pop_address}/24")
        node = self.lab.node(site.name)
        node.attach(link, f"{site.address}/24")
        node.run(["ip", "route", "add", "10.0.0.0/8", "via", site.pop_address])
        metros = [metro for metro in METROS.values() if site.partner.name in metro.partners]
        for metro in metros:
            node.add_address("lo", f"{metro.user}/32")
        self.sites[site.name] = Bird(
            node, site.partner.asn, site.address,
            [Session(site.pop_address, ASN, site.address, hold_time=HOLD_TIME)],
            [route(site, metro) for metro in metros])

    # Actions of the script.
    def cut(self, site):
        """Takes the carrier from both ends of the link."""
        self._plug(site, out=True)

    def heal(self, site):
        self._plug(site, out=False)

    def _plug(self, site, out):
        for end in (0, 1):
            self._links[site].unplug(end, out)

    def lose(self, pop):
        """Ends ternd of the PoP without a word."""
        self.pops[pop].kill()

    def restore(self, pop):
        self.pops[pop].start()

    def report_round_trip(self, pop, metro, milliseconds, first):
        """To every PoP, because they choose the same exit only with the same costs. The PoP `first`
        moves because of the report, and others perhaps because of its routes."""
        for name in sorted(self.pops, key=lambda name: name != first):
            self.pops[name].ask("rtt", "set", pop, metro, str(milliseconds))

    def withdraw(self, site, metro):
        self.sites[site].withdraw(METROS[metro].prefix)

    def announce(self, site, metro):
        self.sites[site].announce(route(SITES[site], METROS[metro]))

    def hijack(self, site, metro):
        """The router announces the prefix of the users and its half, and answers in their place."""
        self.sites[site].node.add_address("lo", f"{METROS[metro].user}/32")
        self.sites[site].announce(*(Route(prefix) for prefix in stolen(metro)))

    def end_hijack(self, site, metro):
        self.sites[site].withdraw(*stolen(metro))
        self.sites[site].node.run(["ip", "address", "delete", f"{METROS[metro].user}/32",
                                   "dev", "lo"])

    def metrics_address(self, pop):
        return backbone_address(POPS[pop]), METRICS_PORT


def stolen(metro):
    """The prefixes that a hijacker of the metro announces."""
    return METROS[metro].prefix, f"198.18.{METROS[metro].number}.0/25"
