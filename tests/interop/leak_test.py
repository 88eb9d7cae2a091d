#!/usr/bin/env python3
"""Leaks of a registered prefix: a BIRD that is a customer passes on what its provider, another
BIRD, sent it; first with ONLY_TO_CUSTOMER (RFC 9234), then without."""

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main)
from lab.bird import Bird
from lab.tern import Tern

PREFIX, ORIGIN_AS = "198.51.100.0/24", 64999
RESERVED = "203.0.113.0/24"  # comes with AS_TRANS in its path
AS_TRANS = 23456


def _rejected(bench, reason):
    rejected = bench.tern.ask_json("show", "routes", "rejected", "reason", reason)
    return {route["prefix"]: route.get("reason_detail", "") for route in rejected}


def _set_roles(bench, provider, customer):
    """The roles of the two BIRDs towards each other; without them no route has
    ONLY_TO_CUSTOMER."""
    for bird, role in ((bench.feed, provider), (bench.peer, customer)):
        bird.sessions[1].options["raw"] = f"local role {role};" if role else ""


def _bench(bench):
    """The feed is the provider of ternd and of the peer, which is a customer of ternd, too."""
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN, [
        Session(FEED, FEED_AS, TERN, options={"name": "provider", "role": "customer"}),
        Session(PEER, PEER_AS, TERN, options={"name": "leaker", "role": "provider"})])
    _set_guard(bench)
    bench.tern.start()
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                      [Session(TERN, TERN_AS, FEED), Session(PEER, PEER_AS, FEED)],
                      [Route(PREFIX, as_path=f"{ORIGIN_AS}")])
    bench.peer = Bird(bench.nodes["peer"], PEER_AS, PEER,
                      [Session(TERN, TERN_AS, PEER, options={"transit": True}),
                       Session(FEED, FEED_AS, PEER)],
                      [Route(RESERVED, as_path=f"{AS_TRANS} {ORIGIN_AS}")])
    _set_roles(bench, "provider", "customer")
    bench.feed.start()
    bench.peer.start()
    bench.up(FEED)
    bench.up(PEER)


def _set_guard(bench, transit_free=(), **guard):
    prefixes = [{"prefix": prefix, "owner": "tenant-a", "customer_as": ORIGIN_AS}
                for prefix in (PREFIX, RESERVED)]
    bench.tern.extra["registrations"] = {
        "allow_reserved": True, "transit_free": list(transit_free), "guard": guard,
        "prefixes": prefixes}


def leak():
    """A leak by ONLY_TO_CUSTOMER, a leak that the path shows, and a reserved AS number."""
    with Bench("registrations-leak", Bird) as bench:
        _bench(bench)

        def becomes(prefix, *states):
            def now():
                (one,) = bench.tern.ask_json("show", "registrations", prefix)
                # Redundancy has tests of its own.
                return [state["state"] for state in one.get("states", ())
                        if state["state"] != "single-homed"]
            bench.wait(lambda: now() == list(states), 30, f"{prefix} is {', '.join(states)}")

        def leaks(state):
            return [event for event in bench.tern.events("kind", "route-leak")
                    if event["state"] == state]

        bench.wait(lambda: _rejected(bench, "route-leak") == {PREFIX: ""}, 30,
                   "RFC 9234 rejects the route of the customer")
        becomes(PREFIX, "leaked")
        bench.wait(lambda: leaks("open"), 10, "the leak is an event")
        (event,) = leaks("open")
        check((event["neighbor"], event["severity"]) == ("leaker", "error"), "of the customer")
        check(event["evidence"]["leak"] == f"ONLY_TO_CUSTOMER of AS {FEED_AS} (RFC 9234)",
              "with the attribute as evidence")
        check(event["evidence"]["verdict"] == "rejected: route-leak", "and the verdict")
        check(f"ONLY_TO_CUSTOMER of AS {FEED_AS}" in bench.tern.ask("explain", PREFIX),
              "explain has the evidence")
        check(not _rejected(bench, "quarantined"), "the guard quarantines nothing")
        best = bench.tern.ask_json("show", "routes", PREFIX)
        check([route["neighbor_name"] for route in best] == ["provider"],
              "the route of the provider is in use")

        _set_roles(bench, "", "")
        bench.feed.reconfigure()
        bench.peer.reconfigure()
        bench.wait(lambda: not _rejected(bench, "route-leak"), 60,
                   "without roles behind it, nothing marks the route")
        becomes(PREFIX, "healthy")
        bench.wait(lambda: leaks("ended"), 10, "and the event ends")

        _set_guard(bench, [FEED_AS])
        bench.tern.reconfigure()
        bench.wait(lambda: _rejected(bench, "quarantined") == {PREFIX: "leak"}, 20,
                   "a transit-free AS behind a customer is a leak")
        becomes(PREFIX, "leaked", "quarantined")
        evidence = f"AS {FEED_AS}, which is transit-free, behind AS {PEER_AS}"
        check(evidence in bench.tern.ask("explain", PREFIX), "explain names the ASes")
        bench.wait(lambda: leaks("open"), 10, "the leak is an event again")
        check(evidence in leaks("open")[0]["evidence"]["leak"], "with the same evidence")

        _set_guard(bench, [FEED_AS], leak="warn", bogon_as="quarantine")
        bench.tern.reconfigure()
        bench.wait(lambda: _rejected(bench, "quarantined") == {RESERVED: "bogon-as"}, 20,
                   "with a warning the leak is accepted; AS_TRANS is quarantined")
        becomes(PREFIX, "leaked")
        becomes(RESERVED, "quarantined", "path-not-correct")
        candidates = bench.tern.ask_json("explain", PREFIX)["candidates"]
        warned = {(one["kind"], one["action"])
                  for candidate in candidates for one in candidate.get("suspicions", ())}
        check(warned == {("leak", "warn")}, "explain has the warning")

        _set_guard(bench, [FEED_AS], leak="ignore")
        bench.tern.reconfigure()
        becomes(PREFIX, "healthy")
        becomes(RESERVED, "healthy")


if __name__ == "__main__":
    main({"leak": leak})
