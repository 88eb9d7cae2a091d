#!/usr/bin/env python3
"""Events: what real BIRD does to sessions is in the events of ternd, with start and end, and survives
a restart."""

import json
import os

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Session, check, main
from lab.bird import Bird
from lab.tern import Tern


def _start(bench, extra):
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                      [Session(PEER, PEER_AS, TERN, options={"name": "stranger"}),
                       Session(FEED, FEED_AS, TERN, options={"name": "partner"})])
    bench.tern.extra.update(extra)
    bench.tern.start()


def _events(bench, *words):
    """Events as ternctl prints them, the last change last."""
    return [json.loads(line) for line in bench.tern.ask("--json", "events", *words).splitlines()
            if line.startswith("{")]


def _find(bench, kind, state=None):
    return [event for event in _events(bench, "kind", kind)
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

        before = {event["id"]: event["kind"] for event in _events(bench)}
        bench.tern.restart()
        bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 10, "ternd is back")
        bench.wait(lambda: {event["id"]: event["kind"] for event in _events(bench)}.items()
                   >= before.items(), 10, "the history survives a restart")
        (again,) = [event for event in _events(bench) if event["id"] == lost["id"]]
        check((again["state"], again["count"]) == ("open", 2), "the lost session is still open")
        bench.feed.start()
        bench.up(FEED)
        bench.wait(lambda: any(event["id"] == lost["id"]
                               for event in _find(bench, "session-down", "ended")), 10,
                   "and ends when the session comes up")


if __name__ == "__main__":
    main({"sessions": sessions})
