#!/usr/bin/env python3
"""Next hops and the kernel's routes: two exits over iBGP (BIRD) announce a prefix, each with a
loopback address as next hop. Routes and links of the host come, go and change their metrics."""

from bench import Route, Session, check, main
from lab.bird import Bird
from lab.namespaces import Lab
from lab.tern import Tern

ASN = 65000
TERN, CLIENT = "10.0.0.1", "10.0.0.9"
SHARED, SHARED6 = "203.0.113.0/24", "2001:db8:113::/48"
FAMILIES = ("ipv4", "ipv6")


class Exit:
    """A router of our AS, the link to it, and the address that its routes have as next hop."""

    def __init__(self, number):
        self.name = f"exit{number}"
        self.address, self.address6 = f"10.0.0.{10 + number}", f"fd00::{10 + number}"
        self.next_hop, self.next_hop6 = f"10.9.0.{number}", f"2001:db8:9::{number}"
        self.ours, self.gateway = f"10.{number}.0.1", f"10.{number}.0.2"
        self.ours6, self.gateway6 = f"2001:db8:{number}::1", f"2001:db8:{number}::2"
        self.link = None  # name of our interface
        self.lan = None


class Host(Lab):
    """ternd on a host with a link to each of two exits, and a client whose next hops are not
    resolved."""

    def __init__(self, topic):
        super().__init__(f"next-hop-{topic}")
        self.exits = [Exit(1), Exit(2)]

    # covers: each exit announces a route to the next hop of its other routes. kernel: the section.
    def begin(self, covers=False, kernel=None, **next_hops):
        sessions = self.lan_of_sessions = self.lan()
        self.host = self.node("tern")
        self.host.attach(sessions, f"{TERN}/24")
        for one in self.exits:
            one.lan = self.lan()
            one.link = self.host.attach(one.lan, f"{one.ours}/24", f"{one.ours6}/64")
            node = self.node(one.name)
            node.attach(sessions, f"{one.address}/24", f"{one.address6}/64")
            routes = [Route(SHARED, "65001", next_hop=one.next_hop),
                      Route(SHARED6, "65001", next_hop=one.next_hop6)]
            if covers:
                routes += [Route(f"{one.next_hop}/32", "65001", next_hop=one.gateway),
                           Route(f"{one.next_hop6}/128", "65001", next_hop=one.gateway6)]
            Bird(node, ASN, one.address, [Session(TERN, ASN, one.address, families=FAMILIES)],
                 routes).start()
        node = self.node("client")
        node.attach(sessions, f"{CLIENT}/24")
        self.client = Bird(node, 65009, CLIENT, [Session(TERN, ASN, CLIENT)]).start()
        of_exits = [Session(one.address, ASN, TERN, families=FAMILIES, options={"name": one.name})
                    for one in self.exits]
        client = Session(CLIENT, 65009, TERN, options={"resolve_next_hop": False})
        extra = {"next_hops": next_hops}
        if kernel is not None:
            extra["kernel"] = kernel
        self.tern = Tern(self.host, ASN, TERN, [*of_exits, client], extra=extra).start()
        for address in (*(one.address for one in self.exits), CLIENT):
            self.wait(lambda a=address: self.tern.state(a) == "Established", 20, f"{address} is up")

    def ip(self, *words):
        self.host.run(["ip", *words])

    def route(self, verb, one, metric):
        self.ip("route", verb, f"{one.next_hop}/32", "via", one.gateway, "metric", str(metric))
        self.ip("-6", "route", verb, f"{one.next_hop6}/128", "via", one.gateway6, "metric",
                str(metric))

    def best(self, prefix):
        found = self.tern.ask_json("show", "routes", prefix)
        return found[0]["neighbor_name"] if found else None

    def best_is(self, name, why, timeout=10):
        for prefix in (SHARED, SHARED6):
            self.wait(lambda p=prefix: self.best(p) == name, timeout,
                      f"{why}: the best is by {name}")
        check(True, f"{why}: the best is by {name}")

    def next_hop(self, address):
        found = self.tern.ask_json("show", "nexthops", address)
        return found[0] if found else {}

    def kernel_leads_to(self, one):
        for version, prefix, gateway in (("-4", SHARED, one.gateway),
                                         ("-6", SHARED6, one.gateway6)):
            self.wait(lambda v=version, p=prefix, g=gateway:
                      f" via {g} " in self.host.run(["ip", v, "route", "show", p]),
                      10, f"the kernel's route for {prefix} leads to {gateway}")

    def state_is(self, address, state):
        self.wait(lambda: self.next_hop(address).get("state") == state, 10, f"{address}: {state}")


def links():
    """Routes appear after the UPDATEs, and a nearer one wins; links and routes go and come back."""
    with Host("links") as lab:
        near, far = lab.exits
        lab.begin(damping={"first_hold": 0})
        lab.wait(lambda: len(lab.tern.raw_routes("rejected")) == 4, 10, "no next hop is resolved")
        check(all(route["reason"] == "next-hop-unresolved"
                  for route in lab.tern.raw_routes("rejected")), "and all are rejected for it")
        check(lab.next_hop(near.next_hop)["state"] == "no-route", "as the host has no route")
        lab.route("add", far, 20)
        lab.best_is(far.name, "a route appears")
        lab.wait(lambda: SHARED in lab.client.routes(TERN), 10, "a client is advertised it")
        lab.route("add", near, 10)
        lab.best_is(near.name, "a nearer one appears")
        explained = lab.tern.explain(SHARED)
        check("interior cost, 10 against 20" in explained["winner"], explained["winner"])
        check(explained["candidates"][0]["next_hop"]["gateway"] == near.gateway,
              "explain has the gateway")

        lab.route("add", near, 30)
        lab.route("del", near, 10)
        lab.best_is(far.name, "its metric is 30 now")
        lab.route("add", near, 10)
        lab.best_is(near.name, "its metric is 10 again")

        lab.ip("link", "set", near.link, "down")
        lab.best_is(far.name, "the interface is down")
        check(lab.next_hop(near.next_hop)["state"] == "no-route", "its routes are gone")
        lab.ip("link", "set", near.link, "up")
        lab.ip("-6", "address", "replace", f"{near.ours6}/64", "dev", near.link, "nodad")
        lab.route("replace", near, 10)
        lab.best_is(near.name, "the interface is up, and the routes are back")

        near.lan.unplug(0)
        lab.best_is(far.name, "the link has no carrier")
        lab.state_is(near.next_hop, "interface-down")
        near.lan.unplug(0, out=False)
        lab.best_is(near.name, "the link is back")

        lab.ip("route", "add", "blackhole", f"{near.next_hop}/32", "metric", "1")
        lab.state_is(near.next_hop, "unreachable")
        lab.wait(lambda: lab.best(SHARED) == far.name, 10, "a blackhole resolves nothing")
        lab.ip("route", "del", "blackhole", f"{near.next_hop}/32", "metric", "1")
        lab.best_is(near.name, "without the blackhole it is back")
        counted = lab.next_hop(near.next_hop)
        check(int(counted["routes"]) == 1 and int(counted["flaps"]) >= 4,
              f"show nexthops counts routes and flaps: {counted}")


def damping():
    """A next hop that comes and goes is held back; an entry takes an exit out of use."""
    with Host("damping") as lab:
        near, far = lab.exits
        # On a loaded machine ternctl takes seconds.
        lab.begin(damping={"first_hold": 15, "longest_hold": 15})
        lab.route("add", near, 10)
        lab.route("add", far, 20)
        lab.best_is(near.name, "the nearer one wins")
        for _ in range(3):
            lab.route("del", near, 10)
            lab.wait(lambda: (hop := lab.next_hop(near.next_hop)).get("state") == "no-route" and
                     not hop.get("held_state"), 10, "it is lost")
            lab.route("add", near, 10)
            held = lab.wait(lambda: (hop := lab.next_hop(near.next_hop)).get("held_state") ==
                            "kernel" and hop, 10, "it is back, and held")
        check(not held.get("resolved") and int(held["flaps"]) == 3, f"three flaps: {held}")
        lab.wait(lambda: lab.best(SHARED) == far.name, 10, "traffic stays at the other exit")
        shown = lab.tern.ask("show", "nexthops")
        check("no-route (kernel in " in shown, shown)
        lab.best_is(near.name, "the hold time is over", timeout=30)

        lab.tern.extra["next_hops"] = {"static": [
            {"prefix": near.next_hop, "unreachable": True},
            {"prefix": near.next_hop6, "interface": far.link, "metric": 40}]}
        lab.tern.reconfigure()
        lab.best_is(far.name, "an entry takes the exit out of use")
        unresolved = lab.tern.ask_json("show", "nexthops", "unresolved")
        check([one["address"] for one in unresolved] == [near.next_hop], "and show says so")
        check(lab.next_hop(near.next_hop6)["metric"] == 40, "another gives a metric")
        page = lab.host.run(["curl", "-sf", "http://127.0.0.1:9179/metrics"])
        check('tern_next_hops{state="unreachable"} 1' in page and
              "tern_next_hop_unresolved_routes 1" in page, "metrics count them")


def recursion():
    """Next hops that received routes resolve, and routes in the kernel that lead where these do."""
    with Host("recursion") as lab:
        near, far = lab.exits
        lab.begin(covers=True, kernel={}, via_bgp=True, damping={"first_hold": 0})
        lab.best_is(near.name, "the next hops are resolved by routes of the exits")
        for address, prefix, gateway in ((near.next_hop, f"{near.next_hop}/32", near.gateway),
                                         (near.next_hop6, f"{near.next_hop6}/128", near.gateway6)):
            lab.state_is(address, "bgp")
            shown = lab.next_hop(address)
            check(shown["prefix"] == prefix and shown["gateway"] == gateway, f"how: {shown}")
        lab.kernel_leads_to(near)
        near.lan.unplug(0)
        lab.best_is(far.name, "the gateway of the nearer one is unreachable")
        lab.kernel_leads_to(far)
        near.lan.unplug(0, out=False)
        lab.best_is(near.name, "the gateway is back")
        lab.kernel_leads_to(near)

        lab.tern.extra["next_hops"] = {}
        lab.tern.reconfigure()
        lab.wait(lambda: lab.best(SHARED) is None and lab.best(SHARED6) is None, 10,
                 "without via_bgp they are not resolved")
        lab.wait(lambda: not lab.host.run(["ip", "route", "show", SHARED]), 10,
                 "and not in the kernel")


if __name__ == "__main__":
    main({"links": links, "damping": damping, "recursion": recursion})
