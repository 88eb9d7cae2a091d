#!/usr/bin/env python3
"""Route filters by community: a real BIRD or FRR is advertised only routes with a community of its
list. The list is edited at run time, and the edits outlast a restart and a reload."""

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern

# The feed announces regions; the peer is the client with the filter.
EUROPE, ASIA, AFRICA, PLAIN = "198.18.1.0/24", "198.18.2.0/24", "198.18.3.0/24", "198.18.4.0/24"
EUROPE6 = "2001:db8:1::/48"
OF_EUROPE, OF_ASIA, OF_AFRICA = "64999:100", "64999:200", f"{FEED_AS}:1:3"
BOTH = ("ipv4", "ipv6")


def _routes():
    return [Route(EUROPE, communities=frozenset({OF_EUROPE, "64999:7"})),
            Route(ASIA, communities=frozenset({OF_ASIA})),
            Route(AFRICA, large=frozenset({OF_AFRICA})), Route(PLAIN),
            Route(EUROPE6, communities=frozenset({OF_EUROPE}))]


class Filtered(Bench):
    """`communities`: of the configuration; None: it has no filter."""

    def __init__(self, topic, daemon, communities):
        super().__init__(f"filters-{topic}", daemon)
        # Without its zebra, an FRR takes no IPv6 route with a link-local next hop over IPv4.
        self.families = ("ipv4",) if daemon is Frr else BOTH
        self.client = Session(PEER, PEER_AS, TERN, families=self.families,
                              options={"name": "client"})
        self.configure(communities)

    def __enter__(self):
        super().__enter__()
        feed = Session(FEED, FEED_AS, TERN, families=BOTH, options={"name": "feed"})
        self.tern = Tern(self.nodes["tern"], TERN_AS, TERN, [self.client, feed]).start()
        self.feed = Bird(self.nodes["feed"], FEED_AS, FEED,
                         [Session(TERN, TERN_AS, FEED, families=BOTH)], _routes()).start()
        self.up(FEED)
        self.peer = self.peer_kind(
            self.nodes["peer"], PEER_AS, PEER,
            [Session(TERN, TERN_AS, PEER, families=self.families)], []).start()
        self.up(PEER)
        return self

    def configure(self, communities):
        self.client.options.pop("route_filter", None)
        if communities is not None:
            self.client.options["route_filter"] = {"communities": communities}

    def holds(self, prefixes, why):
        expected = {prefix for prefix in prefixes if ":" not in prefix or "ipv6" in self.families}

        def found():
            return expected == {prefix for family in self.families
                                for prefix in self.peer.routes(TERN, family)}
        self.wait(found, 30, f"{self.peer.kind} holds {len(expected)} routes: {why}")

    def flaps(self):
        return int(self.tern.neighbour(PEER).get("flaps", 0))


def _edits(daemon):
    with Filtered(daemon.kind, daemon, [OF_EUROPE]) as bench:
        tern = bench.tern
        bench.holds({EUROPE, EUROPE6}, "those of the configuration's list")
        said = tern.ask("filter", "add", "client", OF_ASIA, "because", "ticket", "71")
        check(f"client: added {OF_ASIA}; 2 communities" in said, "ternctl says what it did")
        bench.holds({EUROPE, EUROPE6, ASIA}, "an added community")
        tern.ask("filter", "add", "client", f"{FEED_AS}:1:*")
        bench.holds({EUROPE, EUROPE6, ASIA, AFRICA}, "an added pattern of large communities")
        tern.ask("filter", "remove", "client", OF_EUROPE)
        bench.holds({ASIA, AFRICA}, "a community less")
        text = tern.ask("explain", EUROPE, "to", "client")
        check("withheld from client (route-filter)" in text, "explain has the reason")
        diff = tern.ask("filter", "diff")
        check(f"+ {OF_ASIA}" in diff and f"- {OF_EUROPE}" in diff and "because ticket 71" in diff,
              "the difference to the configuration has who and why")
        check("Route filter" in tern.ask("show", "neighbors", "client", "detail"),
              "show neighbors has the filter")
        # Routes that change meet the filter.
        bench.feed.announce(Route(PLAIN, communities=frozenset({OF_ASIA})))
        bench.holds({ASIA, AFRICA, PLAIN}, "a route that gets a community")
        bench.feed.announce(Route(PLAIN))
        bench.holds({ASIA, AFRICA}, "and loses it")
        check(bench.flaps() == 0, "the session stays")

        check(tern.stop() == 0, "ternd ends")
        tern.start()
        bench.up(PEER)
        bench.up(FEED)
        bench.holds({ASIA, AFRICA}, "the edits outlast a restart")
        (shown,) = tern.ask_json("filter", "show", "client")
        check((shown["added"], shown["removed"]) == (2, 1), "all of them")

        bench.configure([OF_EUROPE, OF_ASIA])
        tern.reconfigure()
        bench.holds({ASIA, AFRICA}, "the edits outlast a reload with another list")
        tern.ask("filter", "reset", "client")
        bench.holds({EUROPE, EUROPE6, ASIA}, "as configured")
        check("Every route filter is as configured" in tern.ask("filter", "diff"), "no difference")
        check(bench.flaps() == 0, "the session stays")


def bird():
    """A BIRD with a filter that is edited."""
    _edits(Bird)


def frr():
    """The same with an FRR."""
    _edits(Frr)


def begin():
    """A filter that begins and ends by commands, and errors of commands."""
    with Filtered("begin", Bird, None) as bench:
        tern = bench.tern
        every = {EUROPE, EUROPE6, ASIA, AFRICA, PLAIN}
        bench.holds(every, "no filter")
        status, _, error = tern.try_ask("filter", "add", "client", OF_ASIA)
        check(status == 1 and "'ternctl filter set' begins one" in error, "add begins no filter")
        status, _, error = tern.try_ask("filter", "set", "client", "65000")
        check(status == 1 and "'65000' is no community or pattern" in error, "a bad community")
        tern.ask("filter", "set", "client", OF_ASIA, OF_EUROPE)
        bench.holds({EUROPE, EUROPE6, ASIA}, "a filter begins")
        tern.ask("filter", "set", "client", "none")
        bench.holds(set(), "an empty filter passes nothing")
        bench.configure([OF_AFRICA])
        tern.reconfigure()
        bench.holds({AFRICA}, "the configuration gets a list")
        bench.configure(None)
        tern.reconfigure()
        bench.holds(set(), "and loses it, and the filter of the command is still empty")
        tern.ask("filter", "reset", "client")
        bench.holds(every, "the filter ends")
        check(bench.flaps() == 0, "the session stays")


if __name__ == "__main__":
    main({f.__name__: f for f in (bird, frr, begin)})
