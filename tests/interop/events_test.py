#!/usr/bin/env python3
"""Events and the states of registered prefixes: what real BIRD and FRR do to sessions and routes is
in the events of ternd, with start and end, and survives a restart."""

import os

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern

CUSTOMER, INSIDE = "198.51.100.0/24", "198.51.100.128/25"
TAG = "64500:7"


def _start(bench, extra):
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                      [Session(PEER, PEER_AS, TERN, options={"name": "stranger"}),
                       Session(FEED, FEED_AS, TERN, options={"name": "partner"})])
    bench.tern.extra.update(extra)
    bench.tern.start()


def _find(bench, kind, state=None):
    return [event for event in bench.tern.events("kind", kind)
            if state is None or event["state"] == state]


def sessions():
    """Sessions, drains and files: begin, end, count, and a restart."""
    with Bench("events-sessions", Bird) as bench:
        log = os.path.join(bench.nodes["tern"].dir, "events.json")
        _start(bench, {"events": {"file": log}})
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                          [Session(TERN, TERN_AS, FEED)]).start()
        bench.up(FEED)
        bench.wait(lambda: _find(bench, "session-up"), 10, "the session is an event")
        bench.feed.kill()
        bench.down(FEED)
        bench.wait(lambda: _find(bench, "session-down", "open"), 10, "its loss is one, too")
        (lost,) = _find(bench, "session-down", "open")
        check((lost["neighbor"], lost["severity"]) == ("partner", "warning"), "of the neighbor")
        bench.feed.start()
        bench.up(FEED)
        bench.wait(lambda: _find(bench, "session-down", "ended"), 10, "and ends")
        bench.feed.kill()
        bench.down(FEED)
        bench.wait(lambda: _find(bench, "session-down", "open"), 10, "a flap")
        (lost,) = _find(bench, "session-down", "open")
        check(lost["count"] == 2, "is the same event with a count")

        bench.tern.ask("neighbor", "stranger", "drain")
        bench.wait(lambda: _find(bench, "neighbor-drained", "open"), 10, "a drain begins")
        bench.tern.ask("neighbor", "stranger", "undrain")
        bench.wait(lambda: _find(bench, "neighbor-drained", "ended"), 10, "and ends")
        check("no kind of event" in bench.tern.try_ask("events", "kind", "x")[2],
              "a kind that is none is an error")
        text = bench.tern.ask("events", "neighbor", "partner", "detail")
        check("session-down" in text and "2 times" in text, "people read it, too")

        before = {event["id"]: event["kind"] for event in bench.tern.events()}
        bench.tern.restart()
        bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 10, "ternd is back")
        bench.wait(lambda: {event["id"]: event["kind"] for event in bench.tern.events()}.items()
                   >= before.items(), 10, "the history survives a restart")
        (again,) = [event for event in bench.tern.events() if event["id"] == lost["id"]]
        check((again["state"], again["count"]) == ("open", 2), "the lost session is still open")
        bench.feed.start()
        bench.up(FEED)
        bench.wait(lambda: any(event["id"] == lost["id"]
                               for event in _find(bench, "session-down", "ended")), 10,
                   "and ends when the session comes up")


def _register(path, fallback):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"prefix,owner,customer_as,partners,tag,fallback\n"
                   f"{CUSTOMER},tenant-a,{FEED_AS},{FEED_AS},{TAG},{fallback}\n")
    os.replace(path + ".new", path)


def states():
    """A registered prefix: announced without its tag, with it, hijacked, withdrawn, and on its last
    resort."""
    with Bench("events-states", Frr) as bench:
        path = os.path.join(bench.nodes["tern"].dir, "customers.csv")
        _register(path, "none")
        _start(bench, {"registrations": {"allow_reserved": True, "files": [path]}})
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                          [Session(TERN, TERN_AS, FEED)]).start()
        bench.peer = Frr(bench.nodes["peer"], PEER_AS, PEER, [Session(TERN, TERN_AS, PEER)]).start()
        bench.up(FEED)
        bench.up(PEER)

        def shown():
            (one,) = bench.tern.ask_json("show", "registrations", CUSTOMER)
            return one

        def becomes(*states):
            bench.wait(lambda: [one["state"] for one in shown().get("states", ())]
                       == list(states), 30, f"the prefix is {', '.join(states)}")

        becomes("not-received")
        check(shown()["states"][0]["evidence"] == f"from AS {FEED_AS}", "from the partner")

        bench.feed.announce(Route(CUSTOMER))
        becomes("missing-tag", "active-on-primary")
        check(shown()["states"][0]["evidence"] == f"{TAG} by partner", "the evidence names both")
        bench.wait(lambda: _find(bench, "announced"), 10, "it is announced")

        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        becomes("healthy", "active-on-primary")
        check(shown()["state"] == "healthy", "the heavier state is the headline")

        bench.peer.announce(Route(CUSTOMER), Route(INSIDE))
        becomes("hijacked", "quarantined", "active-on-primary")
        bench.wait(lambda: _find(bench, "origin-hijack", "open")
                   and _find(bench, "more-specific-hijack", "open"), 10, "both hijacks are events")
        (hijack,) = _find(bench, "origin-hijack")
        check((hijack["neighbor"], hijack["severity"]) == ("stranger", "critical"), "by whom")
        check(hijack["evidence"]["as path"] == str(PEER_AS), "with the path as evidence")
        check(hijack["evidence"]["verdict"] == "rejected: quarantined", "and the verdict")
        check(CUSTOMER in [one["prefix"] for one in
                           bench.tern.ask_json("show", "registrations", "state", "hijacked")],
              "listings find the state")
        check(not bench.tern.ask_json("show", "registrations", "state", "healthy"), "and no other")

        bench.peer.withdraw(CUSTOMER, INSIDE)
        becomes("healthy", "active-on-primary")
        bench.wait(lambda: _find(bench, "origin-hijack", "ended")
                   and _find(bench, "more-specific-hijack", "ended"), 10, "the hijacks end")

        bench.feed.withdraw(CUSTOMER)
        becomes("not-received")
        bench.wait(lambda: _find(bench, "withdrawn"), 10, "it is withdrawn")
        check(len(shown()["history"]) >= 4, "the history has the way there")

        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        becomes("healthy", "active-on-primary")
        bench.feed.kill()
        bench.down(FEED)
        becomes("not-received")
        bench.wait(lambda: any(CUSTOMER in event.get("examples", ())
                               for event in _find(bench, "session-down")), 10,
                   "the lost session is the cause of the withdrawal")

        _register(path, "any")
        bench.peer.announce(Route(CUSTOMER))
        becomes("hijacked", "last-resort", "not-received")
        bench.wait(lambda: _find(bench, "state-changed", "open"), 10, "the last resort is an event")
        bench.feed.start()
        bench.up(FEED)
        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        becomes("hijacked", "active-on-primary")
        bench.wait(lambda: not _find(bench, "state-changed", "open"), 10,
                   "which ends when the partner is back")


if __name__ == "__main__":
    main({"sessions": sessions, "states": states})
