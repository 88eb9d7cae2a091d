#!/usr/bin/env python3
"""Drains (RFC 8326): a neighbor's traffic moves to another one and comes back, real BIRD and FRR
are told so and tell so themselves, and a drain outlasts a restart."""

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main)
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern

SHARED = "203.0.113.0/24"      # both announce it, and the peer is preferred
GRACEFUL_SHUTDOWN = "65535:0"


class Drained(Bench):
    """The peer and the feed announce a prefix each and one together."""

    def __init__(self, topic, daemon):
        super().__init__(f"drain-{topic}", daemon)

    def __enter__(self):
        super().__enter__()
        node = self.nodes["tern"]
        self.tern = Tern(node, TERN_AS, TERN,
                             [Session(PEER, PEER_AS, TERN, options={"name": "peer"}),
                              Session(FEED, FEED_AS, TERN, options={"name": "feed"})]).start()
        self.peer = self.peer_kind(self.nodes["peer"], PEER_AS, PEER,
                                   [Session(TERN, TERN_AS, PEER)],
                                   [Route(SHARED), Route("198.51.100.0/25")]).start()
        self.feed = Bird(self.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                         [Route(SHARED), Route("198.51.100.128/25")]).start()
        self.up(PEER)
        self.up(FEED)
        self.best_is("peer")
        return self

    def best(self):
        """Name of the neighbor of the best path."""
        for route in self.tern.ask_json("show", "routes", SHARED):
            return route["neighbor_name"]
        return None

    def best_is(self, name):
        self.wait(lambda: self.best() == name, 20, f"the best path of {SHARED} is that of {name}")

    def marked(self, daemon, prefix, yes=True):
        """The daemon hears that the route will go, or not."""
        def found():
            routes = daemon.routes(TERN).get(prefix, [])
            return routes and all((GRACEFUL_SHUTDOWN in route.communities) == yes
                                  for route in routes)
        self.wait(found, 20, f"{daemon.kind} has {prefix} with{'' if yes else 'out'} "
                  "GRACEFUL_SHUTDOWN")


def _neighbor(daemon, topic):
    with Drained(topic, daemon) as bench:
        bench.marked(bench.peer, "198.51.100.128/25", False)
        check("peer: drained" in bench.tern.ask("neighbor", "peer", "drain"), "ternctl says so")
        bench.best_is("feed")
        check("0 (drained)" in bench.tern.ask("explain", SHARED), "explain says why")
        bench.marked(bench.peer, "198.51.100.128/25")
        bench.marked(bench.feed, "198.51.100.0/25", False)
        routes = {r["prefix"]: r for r in bench.tern.ask_json("show", "routes")}
        check(routes["198.51.100.0/25"]["local_pref"] == 0, "the peer's only path stays, as last")
        check(bench.tern.neighbour(PEER)["drained"], "show neighbors says drained")
        check("Drained" in bench.tern.ask("status"), "status says so")
        bench.tern.ask("neighbor", "peer", "undrain")
        bench.best_is("peer")
        bench.marked(bench.peer, "198.51.100.128/25", False)


def bird():
    """A drained BIRD, and back."""
    _neighbor(Bird, "bird")


def frr():
    """A drained FRR, and back."""
    _neighbor(Frr, "frr")


def heard():
    """A BIRD that announces its maintenance is avoided, unless configured otherwise."""
    with Drained("heard", Bird) as bench:
        bench.peer.announce(Route(SHARED, communities=frozenset({GRACEFUL_SHUTDOWN})))
        bench.best_is("feed")
        check("0 (graceful-shutdown)" in bench.tern.ask("explain", SHARED), "explain says why")
        for session in bench.tern.sessions:
            session.options["graceful_shutdown"] = False
        bench.tern.reconfigure()
        bench.best_is("peer")


def pop():
    """The whole PoP, over a restart; then the sessions end, and come back."""
    with Drained("pop", Bird) as bench:
        check("2 neighbors" in bench.tern.ask("pop", "drain"), "ternctl names their number")
        bench.marked(bench.peer, "198.51.100.128/25")
        bench.marked(bench.feed, "198.51.100.0/25")
        check(bench.tern.stop() == 0, "ternd ends")
        bench.tern.start()
        bench.up(PEER)
        bench.up(FEED)
        bench.marked(bench.peer, "198.51.100.128/25")
        check("the PoP, 2 neighbors" in bench.tern.ask("status"), "the drain outlasts a restart")
        bench.tern.ask("pop", "undrain")
        bench.marked(bench.peer, "198.51.100.128/25", False)

        bench.tern.ask("neighbor", "peer", "drain", "shutdown", "within", "12")
        bench.best_is("feed")
        bench.down(PEER, why=", drained")
        check("administrative shutdown" in bench.peer.ask("show protocols all").lower(),
              "BIRD names the reason")
        check(bench.tern.established(FEED), "the other session stays")
        check(bench.tern.stop() == 0, "ternd ends")
        bench.tern.start()
        bench.up(FEED)
        bench.never_up(3, "its drain had ended the session before the restart")
        bench.tern.ask("neighbor", "peer", "undrain")
        bench.up(PEER)
        bench.best_is("peer")


if __name__ == "__main__":
    main({f.__name__: f for f in (bird, frr, heard, pop)})
