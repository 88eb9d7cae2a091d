#!/usr/bin/env python3
"""Special-purpose address space and the addresses of this host: what neighbours may announce, and
which address of ours they are told."""

from bench import (FEED, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main)

from lab.exabgp import ExaBgp
from lab.process import run

_MOVING = "10.9.9.9"  # an address that this host has for a while


class Running(Bench):
    """ExaBGP, which says anything, announces to ternd; BIRD hears of it by iBGP."""

    def __init__(self, topic, routes, **feed):
        super().__init__(f"address-space-{topic}", ExaBgp)
        self._routes = routes
        self._feed = {"next_hop_self": True, **feed}

    def run(self):
        both = {"families": ("ipv4", "ipv6")}
        self.start([Session(PEER, PEER_AS, TERN, **both),
                    Session(FEED, TERN_AS, TERN, options=self._feed, **both)],
                   [Session(TERN, TERN_AS, PEER, **both)], [Session(TERN, TERN_AS, FEED, **both)],
                   peer_routes=self._routes, feed_as=TERN_AS)
        self.up(PEER)
        self.up(FEED)

    def rejected(self):
        return {entry["prefix"]: (entry["reason"], entry.get("reason_detail", ""))
                for entry in self.tern.raw_routes("rejected", PEER)}

    def accepted(self, family="ipv4"):
        return set(self.tern.table("accepted", PEER, family))

    def address(self, action, address, interface):
        run(["ip", "-n", self.nodes["tern"].namespace, "address", action, address, "dev", interface,
             *(["nodad"] if ":" in address and action == "add" else [])])

    def told(self, prefix):
        return "\n".join(self.tern.ask_json("explain", prefix, "to", FEED)["exported"])


def martians():
    """Prefixes and next hops that no network can mean are ignored under their reasons."""
    routes = {"127.5.0.0/16": "", "240.1.0.0/16": "", "0.7.0.0/16": "", "192.0.2.0/24": "",
              "198.51.100.0/24": "0.0.0.1", "203.0.113.0/24": "127.0.0.9"}
    with Running("martians", [Route(p, next_hop=hop) for p, hop in routes.items()]) as bench:
        bench.run()
        bench.wait(lambda: len(bench.rejected()) == 5 and bench.accepted() == {"192.0.2.0/24"}, 20,
                   "one of six routes is used")
        reasons = bench.rejected()
        for prefix in ("127.5.0.0/16", "240.1.0.0/16", "0.7.0.0/16"):
            check(reasons[prefix][0] == "martian", f"{prefix} is a martian")
        for prefix in ("198.51.100.0/24", "203.0.113.0/24"):
            check(reasons[prefix][0] == "next-hop-invalid",
                  f"{routes[prefix]} is no next hop")
        check("0.0.0.0/8, this network" in reasons["198.51.100.0/24"][1], "and it says why")
        bench.tern.session(PEER).options["reject_martians"] = False
        bench.tern.reconfigure()
        bench.wait(lambda: bench.accepted() == set(routes) - {"198.51.100.0/24"}, 20,
                   "a laboratory may take all but the next hop that is no host")


def own_addresses():
    """A next hop that becomes an address of this host is ignored from then on, and while it is."""
    routes = [Route("203.0.113.0/24", next_hop=_MOVING), Route("198.51.100.0/24")]
    with Running("own", routes) as bench:
        bench.run()
        everything = {route.prefix for route in routes}
        bench.wait(lambda: bench.accepted() == everything, 20, "both routes are used")
        for _ in range(2):
            bench.address("add", f"{_MOVING}/32", "lo")
            bench.wait(lambda: bench.rejected().get("203.0.113.0/24", [""])[0] == "next-hop-self",
                       20, "one is no more when this host has its next hop")
            check(bench.accepted() == {"198.51.100.0/24"}, "the other one is")
            bench.address("del", f"{_MOVING}/32", "lo")
            bench.wait(lambda: bench.accepted() == everything, 20, "without the address it is")


def other_version():
    """IPv6 routes over an IPv4 session leave with an address of its interface; where they do not,
    explain says why."""
    prefix = "2001:db8:77::/48"
    with Running("other", [Route(prefix, next_hop="fd00::2")]) as bench:
        bench.address("del", "fd00::1/64", "eth0")
        bench.run()
        bench.wait(lambda: prefix in bench.accepted("ipv6"), 20, "the route is used")
        bench.wait(lambda: "has no IPv6 address" in bench.told(prefix), 20, "it is withheld")
        check("next_hop_address" in bench.told(prefix), "explain says what to do")
        bench.tern.session(FEED).options["next_hop_address"] = "2001:db8::77"
        bench.tern.reconfigure()
        bench.wait(lambda: "with next hop 2001:db8::77," in bench.told(prefix), 20,
                   "a configured address is the next hop")
        del bench.tern.session(FEED).options["next_hop_address"]
        for address in ("fd00::9/64", "fd00::3:1/64", "fd00::3:2/64"):
            bench.address("add", address, "eth0")
        bench.address("add", "fd00::1:1/128", "lo")
        bench.tern.reconfigure()
        bench.wait(lambda: "with next hop fd00::9," in bench.told(prefix), 20,
                   "of several of the interface it is the lowest")


main({"martians": martians, "own_addresses": own_addresses, "other_version": other_version})
