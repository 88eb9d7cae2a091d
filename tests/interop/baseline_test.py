#!/usr/bin/env python3
"""The baseline of prefixes: ternd learns usual origins and paths from real BIRD and FRR, and
reports unusual ones. The baseline outlasts a restart. The guard of a registered prefix reads it."""

import os
import re

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern

PREFIX, INSIDE = "198.51.100.0/24", "198.51.100.128/25"
UPSTREAM, ORIGIN = "64498", "64496"
MANY = [f"203.0.{number}.0/24" for number in range(120)]
# A day is two seconds.
BASELINE = {"learn_for": 14, "forget_after": 14000, "flaps": 4, "flap_window": 60,
            "withdrawn_routes": 50}


def _find(bench, kind, state=None):
    return [event for event in bench.tern.events("kind", kind)
            if state is None or event["state"] == state]


def _usual(path=f"{UPSTREAM} {ORIGIN}"):
    return Route(PREFIX, path)


def _begin(bench):
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                      [Session(PEER, PEER_AS, TERN, options={"name": "stranger"}),
                       Session(FEED, FEED_AS, TERN, options={"name": "upstream"})])
    bench.tern.extra["baseline"] = BASELINE
    bench.tern.start()
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)]).start()
    bench.peer = Frr(bench.nodes["peer"], PEER_AS, PEER, [Session(TERN, TERN_AS, PEER)]).start()
    bench.up(FEED)
    bench.up(PEER)


def _learnt(bench, *prefix):
    return bench.tern.ask_json("show", "baseline", *prefix)


def _is_ripe(bench):
    return any(one.get("ripe") and not one.get("covering")
               for one in _learnt(bench, PREFIX).get("prefixes", ()))


def origins():
    """Another origin, a part from elsewhere, another upstream, and a path far longer than usual."""
    with Bench("baseline-origins", Frr) as bench:
        _begin(bench)
        bench.feed.announce(_usual())
        bench.wait(lambda: _is_ripe(bench), 60, "a prefix that never changes is ripe in a week")
        (shown,) = _learnt(bench, PREFIX)["prefixes"]
        check(shown["origins"][0]["asn"] == int(ORIGIN), "with its origin")
        check(shown["upstreams"][0]["asn"] == int(UPSTREAM), "and its upstream")
        check(not [event for event in bench.tern.events() if PREFIX in event.get("prefix", "")],
              "and learning is no event")
        text = bench.tern.ask("show", "baseline", PREFIX)
        check(re.search(rf"{ORIGIN} +origin", text) and "ripe" in text, "people read it, too")

        bench.peer.announce(Route(PREFIX), Route(INSIDE))
        for kind in ("origin-changed", "more-specific", "moas"):
            bench.wait(lambda: _find(bench, kind, "open"), 10, f"{kind} is an event")
        (changed,) = _find(bench, "origin-changed")
        check((changed["neighbor"], changed["severity"]) == ("stranger", "warning"), "by whom")
        check(changed["evidence"]["as path"] == str(PEER_AS), "with the path as evidence")
        check(changed["evidence"]["usual origins"] == f"AS {ORIGIN}", "and the usual origin")
        (part,) = _find(bench, "more-specific")
        check((part["prefix"], part["evidence"]["part of"]) == (INSIDE, PREFIX), "of the whole")
        bench.peer.withdraw(PREFIX, INSIDE)
        for kind in ("origin-changed", "more-specific", "moas"):
            bench.wait(lambda: _find(bench, kind, "ended"), 10, f"{kind} ends")

        bench.feed.announce(_usual(f"64497 {ORIGIN}"))
        bench.wait(lambda: _find(bench, "path-anomaly", "open"), 10, "another upstream is an event")
        (path,) = _find(bench, "path-anomaly", "open")
        check("AS 64497" in path["summary"] and UPSTREAM in path["summary"], path["summary"])
        bench.feed.announce(_usual())
        bench.wait(lambda: not _find(bench, "path-anomaly", "open"), 10, "and ends")
        bench.feed.announce(_usual(f"{UPSTREAM} " * 8 + ORIGIN))
        bench.wait(lambda: _find(bench, "path-anomaly", "open"), 10, "so is a far longer path")
        bench.feed.announce(_usual())
        bench.wait(lambda: not _find(bench, "path-anomaly", "open"), 10, "which ends, too")


def storms():
    """A prefix that flaps, and a neighbor that withdraws most of its routes."""
    with Bench("baseline-storms", Frr) as bench:
        _begin(bench)
        bench.feed.announce(_usual(), *(Route(prefix) for prefix in MANY))
        bench.wait(lambda: _learnt(bench).get("learnt") == len(MANY) + 1, 60, "all is learnt")

        def toggle():
            if PREFIX in bench.peer.announced:
                bench.peer.withdraw(PREFIX)
            else:
                bench.peer.announce(Route(PREFIX))
            return _find(bench, "prefix-flapping", "open")

        bench.wait(toggle, 60, "a prefix that comes and goes flaps")
        (flapping,) = _find(bench, "prefix-flapping")
        check(flapping["prefix"] == PREFIX, "and no other does")

        bench.feed.withdraw(*MANY[20:])
        bench.wait(lambda: _find(bench, "mass-withdrawal", "open"), 20,
                   "most routes of a neighbor are withdrawn")
        (massive,) = _find(bench, "mass-withdrawal")
        check((massive["neighbor"], massive["evidence"]["routes lost"]) == ("upstream", "100"),
              "by whom, and how many")
        check(bench.tern.established(FEED), "the session stays")
        bench.feed.announce(*(Route(prefix) for prefix in MANY[20:]))
        bench.wait(lambda: not _find(bench, "mass-withdrawal", "open"), 20, "until they are back")


def restarts():
    """The baseline outlasts a restart; a damaged file is kept aside, and the baseline is lost."""
    with Bench("baseline-restarts", Frr) as bench:
        _begin(bench)
        bench.feed.announce(_usual())
        bench.wait(lambda: _is_ripe(bench), 60, "a prefix is ripe")
        written = _learnt(bench).get("kept_seconds", 0)
        bench.wait(lambda: _learnt(bench).get("kept_seconds", 0) > written, 20, "the file has it")
        bench.feed.kill()
        bench.tern.restart()
        bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 10, "ternd is back")
        bench.wait(lambda: _is_ripe(bench), 10, "and the prefix is ripe without a route")
        bench.up(PEER)
        bench.peer.announce(Route(PREFIX))
        bench.wait(lambda: _find(bench, "origin-changed", "open"), 90, "another origin is an event")

        state = os.path.join(bench.nodes["tern"].dir, "state")
        (name,) = [name for name in os.listdir(state)
                   if name.startswith("baseline-") and name.endswith(".bin")]
        bench.tern.stop()
        with open(os.path.join(state, name), "r+b") as file:
            file.seek(40)
            file.write(b"damage")
        bench.tern.start()
        bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 10,
                   "a damaged file stops no start")
        bench.wait(lambda: os.path.exists(os.path.join(state, name + ".bad")), 10, "and is kept")
        check(not _is_ripe(bench), "nothing of it counts")


def _set_guard(bench, **guard):
    """INSIDE is not registered, and PREFIX has an allowed origin."""
    bench.tern.extra["registrations"] = {
        "allow_reserved": True, "guard": guard,
        "prefixes": [{"prefix": PREFIX, "owner": "tenant-a", "customer_as": ORIGIN}]}


def _quarantined(bench):
    rejected = bench.tern.ask_json("show", "routes", "rejected", "reason", "quarantined")
    return {route["neighbor_name"]: route.get("reason_detail", "") for route in rejected}


def _upstreams(bench):
    """The usual ones."""
    return {seen["asn"] for one in _learnt(bench, PREFIX).get("prefixes", ())
            for seen in one.get("upstreams", ()) if seen.get("usual")}


def guard():
    """A new upstream and a long path are quarantined, listed and explained, displace nothing, and
    do not become usual; a route that is released does."""
    with Bench("baseline-guard", Bird) as bench:
        bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                          [Session(PEER, PEER_AS, TERN, options={"name": "stranger"}),
                           Session(FEED, FEED_AS, TERN, options={"name": "upstream"})])
        bench.tern.extra["baseline"] = BASELINE
        _set_guard(bench, new_upstream="quarantine", long_path="quarantine")
        bench.tern.start()
        for name, asn, address in (("feed", FEED_AS, FEED), ("peer", PEER_AS, PEER)):
            bird = Bird(bench.nodes[name], asn, address, [Session(TERN, TERN_AS, address)])
            setattr(bench, name, bird.start())
        bench.up(FEED)
        bench.up(PEER)
        bench.feed.announce(_usual())
        bench.peer.announce(_usual(f"64497 {ORIGIN}"))
        bench.wait(lambda: len(bench.tern.ask_json("explain", PREFIX)["candidates"]) == 2, 20,
                   "both routes are there")
        bench.peer.withdraw(PREFIX)
        check(not _quarantined(bench), "while nothing is learnt, nothing is suspicious")
        bench.wait(lambda: _upstreams(bench) == {int(UPSTREAM)}, 60, "the upstream is usual")

        bench.peer.announce(_usual(f"64497 {ORIGIN}"))
        bench.wait(lambda: _quarantined(bench) == {"stranger": "new-upstream"}, 30,
                   "another upstream is quarantined")
        text = bench.tern.ask("explain", PREFIX)
        check(f"the upstream is AS 64497; usual is AS {UPSTREAM}" in text, text)
        best = bench.tern.ask_json("show", "routes", PREFIX)
        check([route["neighbor_name"] for route in best] == ["upstream"], "the usual route is used")
        bench.wait(lambda: _find(bench, "path-rule", "open"), 10, "and it is an event")
        check(not _find(bench, "path-anomaly"), "of the guard alone")
        day = int(_learnt(bench).get("day", 0))
        bench.wait(lambda: int(_learnt(bench).get("day", 0)) > day + 8, 60, "it stays for a week")
        check(_quarantined(bench) == {"stranger": "new-upstream"}, "and is not usual")

        _set_guard(bench, new_upstream="ignore", long_path="quarantine")
        bench.tern.reconfigure()
        bench.wait(lambda: not _quarantined(bench), 20, "an ignored kind lets the route pass")
        _set_guard(bench, new_upstream="quarantine", long_path="quarantine")
        bench.tern.reconfigure()
        bench.wait(lambda: _quarantined(bench) == {"stranger": "new-upstream"}, 20,
                   "and a route that is there is quarantined")

        bench.tern.ask("guard", "release", PREFIX, "from", f"AS{PEER_AS}", "because", "test")
        bench.wait(lambda: not _quarantined(bench), 20, "a release has it used")
        bench.wait(lambda: _upstreams(bench) == {int(UPSTREAM), 64497}, 60,
                   "and after a week it is usual")
        bench.tern.ask("guard", "clear", PREFIX, "from", f"AS{PEER_AS}")
        bench.wait(lambda: not any(one.get("suspicions") for one in
                                   bench.tern.ask_json("explain", PREFIX)["candidates"]), 30,
                   "without the release nothing is against it")
        check(not _quarantined(bench), "and the route stays")

        bench.peer.announce(_usual("64497 " * 8 + ORIGIN))
        bench.wait(lambda: _quarantined(bench) == {"stranger": "long-path"}, 20,
                   "a far longer path is quarantined")


if __name__ == "__main__":
    main({"origins": origins, "storms": storms, "restarts": restarts, "guard": guard})
