#!/usr/bin/env python3
"""The prefixes that ternd originates, as BIRD (eBGP) and FRR (eBGP and iBGP) hold them."""

import os
import time

from bench import (FEED, FEED6, FEED_AS, PEER, PEER6, PEER_AS, TERN, TERN6, TERN_AS, Bench, Route,
                   check, main, split_families)
from lab.frr import Frr

_OURS, _OURS6, _TUNED = "192.0.2.0/24", "2001:db8:100::/48", "198.51.100.0/24"
_NEW = "203.0.113.0/24"
_POLICIES = {
    "pass": {"terms": [{"accept": {}}]},
    "tuned": {"terms": [{"set": {"med": "30", "local_pref": "250", "prepend": {"times": 2},
                                 "add_communities": ["65000:7", "65000:1:2"]}, "accept": {}}]},
    "ours": {"terms": [{"match": {"own": True}, "accept": {}}]},
}


def _networks(*entries):
    return [{"prefix": prefix, "policies": policies} for prefix, *policies in entries]


def _one(found):
    return found[0] if isinstance(found, list) else found


class Running(Bench):
    """FRR as the peer and BIRD as the feed, with a session for each family."""

    def __init__(self, name, peer_as=PEER_AS):
        super().__init__(name, Frr, link_local=False)
        self.peer_as = peer_as

    def run(self, networks, feed_routes=(), **options):
        sessions = split_families(PEER, TERN, PEER6, TERN6, self.peer_as)
        sessions += split_families(FEED, TERN, FEED6, TERN6, FEED_AS)
        for session in sessions[2:]:
            session.options.update(options)
        self.start(sessions, split_families(TERN, PEER, TERN6, PEER6, TERN_AS),
                   split_families(TERN, FEED, TERN6, FEED6, TERN_AS), peer_as=self.peer_as,
                   feed_routes=feed_routes,
                   extra={"policies": _POLICIES, "networks": networks})
        for neighbour in (PEER, PEER6, FEED, FEED6):
            self.up(neighbour)

    def reload(self, networks):
        self.tern.extra["networks"] = networks
        self.tern.reconfigure()

    def routes(self, daemon):
        """What the daemon holds of ternd, of both families."""
        found = {}
        for neighbour, family in ((TERN, "ipv4"), (TERN6, "ipv6")):
            found.update(daemon.routes(neighbour, family))
        return {prefix: _one(route) for prefix, route in found.items()}

    def holds(self, daemon, *prefixes):
        self.wait(lambda: set(self.routes(daemon)) == set(prefixes), 30,
                  f"{daemon.kind} holds {', '.join(prefixes) or 'nothing'}")
        return self.routes(daemon)


def ebgp():
    """AS path, next hop and communities at other ASes; a reload adds, changes and removes."""
    with Running("own-ebgp") as bench:
        bench.run(_networks((_OURS,), (_OURS6,), (_TUNED, "tuned")))
        for daemon in (bench.feed, bench.peer):
            held = bench.holds(daemon, _OURS, _OURS6, _TUNED)
            check(held[_OURS].as_path == str(TERN_AS), "the path is our AS")
            check(held[_OURS].next_hop == TERN and held[_OURS6].next_hop == TERN6,
                  "we are the next hop, in both families")
            check(held[_OURS].origin == "igp" and not held[_OURS].communities, "and no more is set")
            tuned = held[_TUNED]
            check(tuned.as_path == " ".join([str(TERN_AS)] * 3), "a policy prepends")
            check(tuned.med == 30, "its MED goes to other ASes")
            check("65000:7" in tuned.communities and "65000:1:2" in tuned.large,
                  "its communities are there")
        bench.reload(_networks((_OURS, "tuned"), (_OURS6,), (_NEW,)))
        for daemon in (bench.feed, bench.peer):
            bench.holds(daemon, _OURS, _OURS6, _NEW)
            bench.wait(lambda d=daemon: bench.routes(d)[_OURS].med == 30, 20,
                       "the changed one has its new attributes")
        bench.tern.extra["aggregates"] = [{"prefix": "203.0.112.0/23", "summary_only": True}]
        bench.reload(_networks((_OURS6,), (_NEW,)))
        for daemon in (bench.feed, bench.peer):
            held = bench.holds(daemon, _OURS6, "203.0.112.0/23")
            check(held["203.0.112.0/23"].as_path == str(TERN_AS), "an aggregate stands for one")
        del bench.tern.extra["aggregates"]
        bench.reload([])
        for daemon in (bench.feed, bench.peer):
            bench.holds(daemon)


def ibgp():
    """An iBGP neighbor gets an empty path and LOCAL_PREF; a learned route does not win."""
    with Running("own-ibgp", peer_as=TERN_AS) as bench:
        bench.run(_networks((_OURS,), (_OURS6,), (_TUNED, "tuned")),
                  feed_routes=[Route(_OURS, communities=frozenset({"65003:1"})), Route(_NEW)])
        held = bench.holds(bench.peer, _OURS, _OURS6, _TUNED, _NEW)
        check(held[_OURS].as_path == "" and held[_OURS].next_hop == TERN,
              "the path is empty, and we are the next hop")
        check(held[_OURS].local_pref == 100 and held[_TUNED].local_pref == 250,
              "LOCAL_PREF is 100, or what a policy sets")
        check(held[_TUNED].as_path == "", "prepends of our own AS are for other ASes")
        check(not held[_OURS].communities, "the route of the neighbor did not win")
        answer = bench.tern.explain(_OURS)
        check("our own network" in answer["winner"], "explain says why: " + answer["winner"])
        own = {route["prefix"] for route in bench.tern.raw_routes("received", "own")}
        check(own == {_OURS, _OURS6, _TUNED}, "show routes lists our own")
        bench.reload(_networks((_OURS6,), (_TUNED, "tuned")))
        bench.wait(lambda: "65003:1" in bench.routes(bench.peer)[_OURS].communities, 20,
                   "without the network the learned route is used")


def export():
    """A policy tells own routes from learned ones; a route server advertises its own as its own."""
    with Running("own-export") as bench:
        bench.run(_networks((_OURS,), (_OURS6,)), export=["ours"], route_server_client=True)
        held = bench.holds(bench.feed, _OURS, _OURS6)
        check(held[_OURS].as_path == str(TERN_AS) and held[_OURS].next_hop == TERN,
              "a client of the route server sees our AS and our address")
        bench.peer.announce(Route(_NEW))
        bench.wait(lambda: _NEW in bench.tern.table("best"), 20, "a learned route is used")
        bench.holds(bench.feed, _OURS, _OURS6)
        bench.holds(bench.peer, _OURS, _OURS6)
        _default(bench)


def _default(bench):
    """Both neighbors get a default route in place of the one that FRR announces."""
    bench.peer.announce(Route("0.0.0.0/0"))
    bench.wait(lambda: "0.0.0.0/0" in bench.tern.table("best"), 20, "a default route is learned")
    for session in bench.tern.sessions:
        session.options["default_originate"] = {"policies": ["tuned"]}
    bench.tern.reconfigure()
    for daemon in (bench.feed, bench.peer):
        held = bench.holds(daemon, _OURS, _OURS6, "0.0.0.0/0", "::/0")
        check(held["0.0.0.0/0"].next_hop == TERN and held["::/0"].next_hop == TERN6,
              "we are the next hop of both default routes")
        check(held["::/0"].as_path == " ".join([str(TERN_AS)] * 3) and
              held["0.0.0.0/0"].med == 30, "their policy gives them attributes")
    lines = bench.tern.ask_json("explain", "::/0", "to", FEED6)["exported"]
    check("default_originate" in lines[0] and len(lines) == 1, "explain names it: " + str(lines))
    for session in bench.tern.sessions:
        del session.options["default_originate"]
    bench.tern.reconfigure()
    bench.holds(bench.feed, _OURS, _OURS6)


def inject():
    """ternctl originates and withdraws; what is to be kept is there after a restart."""
    with Running("own-inject") as bench:
        bench.run(_networks((_OURS,)))
        bench.holds(bench.feed, _OURS)
        ask = bench.tern.ask
        ask("originate", _TUNED, "community", "65000:7", "med", "30", "keep")
        ask("originate", _OURS6, "for", "1h")
        ask("originate", _NEW, "for", "2s")
        bench.wait(lambda: _NEW in bench.routes(bench.feed), 20, "one is there for 2 s")
        held = bench.holds(bench.feed, _OURS, _OURS6, _TUNED)
        check(held[_TUNED].med == 30 and "65000:7" in held[_TUNED].communities,
              "another has its attributes")
        status, _, error = bench.tern.try_ask("originate", _OURS)
        check(status == 1 and "networks" in error, "a network is refused: " + error.strip())
        listed = {route["prefix"]: route for route in bench.tern.ask_json("show", "originated")}
        check(listed[_TUNED]["kept"] and listed[_OURS]["source"] == "configured" and
              int(listed[_OURS6]["expires_seconds"]) > 0, "show originated has all three")
        bench.reload(_networks((_OURS,), (_NEW,)))
        bench.holds(bench.feed, _OURS, _OURS6, _TUNED, _NEW)
        bench.tern.stop()
        bench.tern.start()
        bench.holds(bench.feed, _OURS, _TUNED, _NEW)
        ask("withdraw", _TUNED)
        bench.holds(bench.feed, _OURS, _NEW)
        check(_TUNED not in _kept(bench.tern.path("state")),
              "the file of kept routes has it no more")


def _kept(state):
    name, = (name for name in os.listdir(state) if name.startswith("originated-"))
    for _ in range(50):  # another thread writes it
        with open(os.path.join(state, name), encoding="utf-8") as file:
            text = file.read()
        if text.count("\n") == 1:
            return text
        time.sleep(0.1)
    return text


if __name__ == "__main__":
    main({"ebgp": ebgp, "ibgp": ibgp, "export": export, "inject": inject})
