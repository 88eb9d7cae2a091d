"""The parts of the demo about a registered prefix: a tag is missing, and a hijack. The replay
speakers of the embedded network announce the same all the time, so it does not have these parts."""

import ipaddress
from dataclasses import replace

from lab.demo_exits import show, title
from lab.prefixes import PARTNERS, routes_of, tag
from lab.process import WaitTimeout
from lab.speaker import Route
from lab.table import print_table
from lab.topology import SITES

FORGETS = "continental-lhr"   # the router that announces a prefix without its tag
HIJACKER = "northsea-lhr"     # the router that announces what is not its customers'


def _site(name):
    return next(site for site in SITES if site.name == name)


def _states(pop, prefix):
    (shown,) = pop.ask_json("show", "registrations", prefix)
    return {one["state"]: one.get("evidence", "") for one in shown.get("states", [])}


def _hijack_events(pop, prefix):
    return sum(event["kind"].endswith("-hijack")
               for event in pop.events("prefix", prefix, "open"))


def _quarantined(pop):
    """prefix -> route that the guard keeps out at the PoP."""
    rejected = pop.ask_json("show", "routes", "rejected", "reason", "quarantined")
    return {route["prefix"]: route for route in rejected}


def missing_tag(network, exits, prefix, metro):
    """A partner announces a registered prefix without its location tag, and then with it again."""
    site = _site(FORGETS)
    router, pop = network.sites[site.name], network.pops[site.pop]
    (route,) = [one for one in routes_of(site.partner, network.customers) if one.prefix == prefix]
    (wanted,) = tag(site.partner, metro)["communities"]
    before = exits.of(prefix)
    title(f"{PARTNERS[site.partner].title} forgets the tag of {prefix}")
    network.wait(lambda: "healthy" in _states(pop, prefix), 60, f"{prefix} is healthy")
    router.announce(replace(route, communities=route.communities - {wanted}))
    network.wait(lambda: "missing-tag" in _states(pop, prefix), 30, f"{prefix} lacks its tag")
    evidence = _states(pop, prefix)["missing-tag"]
    if wanted not in evidence:
        raise WaitTimeout(f"missing-tag is because of {evidence}, not of {wanted}")
    print(f"  {site.name} ({router.kind.upper()}) announces {prefix} without {wanted}, users in "
          f"{metro}.\n\n  `ternctl show registrations {prefix}` at {site.pop}:\n")
    show(pop.ask("show", "registrations", prefix))
    router.announce(route)
    network.wait(lambda: "healthy" in _states(pop, prefix)
                 and "missing-tag" not in _states(pop, prefix), 30, f"{prefix} is healthy again")
    network.wait(lambda: exits.of(prefix) == before and exits.settled(), 30,
                 f"{prefix} leaves where it left before")
    print(f"\n  With the tag, {prefix} is healthy again.")


def hijack(network, exits, prefix, partner):
    """A partner announces a registered prefix of another partner's customer, and its half."""
    part = str(next(ipaddress.ip_network(prefix).subnets(1)))
    site = _site(HIJACKER)
    router, pop = network.sites[site.name], network.pops[site.pop]
    before = exits.of(prefix)
    title(f"{PARTNERS[site.partner].title} announces {prefix}, which is registered for another")
    network.wait(lambda: "healthy" in _states(pop, prefix), 60, f"{prefix} is healthy")
    print(pop.ask("show", "registrations", prefix).rstrip() + "\n")
    router.announce(Route(prefix), Route(part))
    network.wait(lambda: set(_quarantined(pop)) == {prefix, part}, 30,
                 "the guard quarantines both routes")
    print(f"  {site.name} ({router.kind.upper()}) announces {prefix} and its half {part}, "
          f"with AS{PARTNERS[site.partner].asn} as origin.\n")
    print_table(["prefix", "from", "verdict", "suspicion"],
                [[where, route["neighbor_name"], "quarantined", route["reason_detail"]]
                 for where, route in _quarantined(pop).items()])
    network.wait(lambda: exits.of(prefix) == before and exits.settled(), 30,
                 f"{prefix} leaves where it left before")
    network.wait(lambda: _hijack_events(pop, prefix) == 2, 30, "each route is an event")
    print(f"\n  `ternctl events prefix {prefix} severity error` at {site.pop}:\n")
    show(pop.ask("events", "prefix", prefix, "severity", "error"))
    if any(other.ask_json("show", "routes", part) for other in network.pops.values()):
        raise WaitTimeout(f"a PoP uses the hijacked {part}")
    print(f"\n  {prefix} still leaves at {before[site.pop]}, by {PARTNERS[partner].title}."
          " No PoP uses the hijacker's routes,\n  so no neighbor is advertised them.")
    router.withdraw(prefix, part)
    network.wait(lambda: not _quarantined(pop), 30, "the hijack ends")
