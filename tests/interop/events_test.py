#!/usr/bin/env python3
"""Events and the states of registered prefixes: what real BIRD and FRR do to sessions and routes is
in the events of ternd, with start and end. Events survive a restart, are in the history, and reach
webhooks."""

import json
import os
import re
import subprocess
import textwrap

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, fill,
                   main)
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern, repository
from lab.webhook_receiver import WebhookReceiver, make_certificate

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
        becomes("missing-tag", "active-on-primary", "single-homed")
        check(shown()["states"][0]["evidence"] == f"{TAG} by partner", "the evidence names both")
        bench.wait(lambda: _find(bench, "announced"), 10, "it is announced")

        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        becomes("healthy", "active-on-primary", "single-homed")
        check(shown()["state"] == "healthy", "the heavier state is the headline")

        bench.peer.announce(Route(CUSTOMER), Route(INSIDE))
        becomes("hijacked", "quarantined", "active-on-primary", "single-homed")
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
        becomes("healthy", "active-on-primary", "single-homed")
        bench.wait(lambda: _find(bench, "origin-hijack", "ended")
                   and _find(bench, "more-specific-hijack", "ended"), 10, "the hijacks end")

        bench.feed.withdraw(CUSTOMER)
        becomes("not-received")
        bench.wait(lambda: _find(bench, "withdrawn"), 10, "it is withdrawn")
        check(len(shown()["history"]) >= 4, "the history has the way there")

        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        becomes("healthy", "active-on-primary", "single-homed")
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
        becomes("hijacked", "active-on-primary", "single-homed")
        bench.wait(lambda: not _find(bench, "state-changed", "open"), 10,
                   "which ends when the partner is back")


def history():
    """Events of earlier runs in the database; a damaged one costs a start nothing but the past."""
    with Bench("events-history", Bird) as bench:
        _start(bench, {"events": {"keep": 100, "history": {"days": 7}}})
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                          [Session(TERN, TERN_AS, FEED)]).start()
        bench.up(FEED)

        def past(*words):
            return bench.tern.events("history", *words)

        bench.tern.ask("neighbor", "stranger", "drain")
        bench.wait(lambda: [event["state"] for event in past("kind", "neighbor-drained")]
                   == ["open"], 20, "a drain is in the history")
        bench.tern.restart()
        bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 10, "ternd is back")
        bench.wait(lambda: _find(bench, "neighbor-drained", "open"), 20,
                   "a restart reads it back, and the event goes on")
        bench.tern.ask("neighbor", "stranger", "undrain")
        bench.wait(lambda: [event["state"] for event in past("kind", "neighbor-drained")]
                   == ["ended"], 20, "its end is in the same row")
        check(past("limit", "1")[0]["last_seconds"] >= past()[-1]["last_seconds"], "newest first")
        check(past("neighbor", "partner") and not past("neighbor", "nobody"), "filters apply")
        check(not past("prefix", CUSTOMER), "no event is about that prefix")

        state = os.path.join(bench.nodes["tern"].dir, "state")
        (database,) = [name for name in os.listdir(state)
                       if name.startswith("events-") and name.endswith(".db")]
        bench.tern.stop()
        for ending in ("-wal", "-shm"):
            if os.path.exists(os.path.join(state, database + ending)):
                os.remove(os.path.join(state, database + ending))
        with open(os.path.join(state, database), "r+b") as file:
            file.write(b"no database " * 1000)
        bench.tern.start()
        bench.up(FEED)
        bench.wait(lambda: past("kind", "session-up"), 20, "another history begins")
        check([name for name in os.listdir(state) if ".db.corrupt-" in name],
              "the damaged one is moved aside")
        del bench.tern.extra["events"]["history"]
        bench.tern.reconfigure()
        bench.wait(lambda: "no history" in bench.tern.try_ask("events", "history")[2], 10,
                   "a reload switches it off")
        check(bench.tern.established(FEED), "the session stays")


def disk():
    """A full disk costs the history time, and nothing else: what waits is written later."""
    with Bench("events-disk", Bird) as bench:
        state = os.path.join(bench.nodes["tern"].dir, "state")
        os.makedirs(state)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", state], check=True)
        try:
            _full_history(bench, state)
        finally:
            if bench.tern:
                bench.tern.stop()
            subprocess.run(["umount", "-l", state], check=True)


def _full_history(bench, state):
    _start(bench, {"events": {"history": {}}})

    def up():
        page = bench.nodes["tern"].run(["curl", "-s", "http://127.0.0.1:9179/metrics"])
        return "\ntern_event_history_up 1\n" in page

    bench.wait(lambda: bench.tern.try_ask("status")[0] == 0, 20, "ternd answers")
    bench.tern.ask("neighbor", "stranger", "drain")
    bench.wait(lambda: bench.tern.events("history", "kind", "neighbor-drained"), 20,
               "a drain is in the history")
    fill(state)
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                      [Route(CUSTOMER)]).start()
    bench.up(FEED)
    bench.wait(lambda: CUSTOMER in bench.tern.routes(FEED), 20, "a session brings its routes")
    bench.wait(lambda: not up(), 20, "the full disk is in the metrics")
    check(bench.tern.try_ask("status")[0] == 0, "and commands are answered")
    bench.wait(lambda: _find(bench, "session-up"), 20, "events are in memory")
    os.unlink(os.path.join(state, "full"))
    bench.wait(up, 20, "with room the history is written again")
    bench.wait(lambda: bench.tern.events("history", "kind", "session-up"), 20,
               "with what happened meanwhile")


def _documented_check():
    """is_genuine() of docs/OPERATIONS.md: what the page shows is what works."""
    with open(os.path.join(repository(), "docs", "OPERATIONS.md"), encoding="utf-8") as file:
        found = re.search(r"\n((?:    import hashlib.*\n)(?:    .*\n|\n)*?)(?=\n\S)", file.read())
    names = {}
    exec(compile(textwrap.dedent(found.group(1)), "OPERATIONS.md", "exec"), names)
    return names["is_genuine"]


def _webhook(bench, name):
    (one,) = [one for one in bench.tern.ask_json("show", "webhooks")["webhooks"]
              if one["name"] == name]
    return one


def _count(webhook, field):
    return int(webhook.get(field, 0))


def webhooks():
    """A receiver that is down, slow to recover, signed for, of another certificate, and moved."""
    with Bench("events-webhooks", Bird) as bench:
        home, far = bench.nodes["tern"].dir, bench.nodes["peer"]
        key = "a key of the test, known to both"
        with open(os.path.join(home, "noc.key"), "w", encoding="ascii") as file:
            file.write(key + "\n")
        certificate, other = (make_certificate(far.dir, name, PEER) for name in ("one", "two"))
        noc = {"name": "noc", "url": f"https://{PEER}:8443/tern?x=hidden", "secret_file": "noc.key",
               "ca_file": certificate[0], "retry_interval": 1, "timeout": 5}
        drains = {"name": "drains", "url": f"http://{PEER}:8080/", "retry_interval": 1,
                  "kinds": ["neighbor-drained"]}
        _start(bench, {"events": {"webhooks": [noc, drains]}})
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                          [Session(TERN, TERN_AS, FEED)]).start()
        bench.up(FEED)
        bench.wait(lambda: _webhook(bench, "noc")["state"] == "retrying", 20,
                   "a receiver that is down is tried again")
        shown = bench.tern.ask("show", "webhooks")
        check("refused" in shown and f"https://{PEER}:8443" in shown, f"and shown: {shown}")
        check("hidden" not in shown and key not in shown, "without the path and the key")

        receiver = WebhookReceiver(far, PEER, 8443, certificate).start()
        bench.wait(lambda: _count(_webhook(bench, "noc"), "delivered") >= 1
                   and _count(_webhook(bench, "noc"), "waiting") == 0, 20, "its events come later")
        genuine = _documented_check()
        for headers, body in receiver.requests():
            check(genuine(key.encode(), headers, body), "the documented check takes the request")
            check(not genuine(b"another key that is none", headers, body), "not with another key")
            check(not genuine(key.encode(), headers, body + b" "), "not with another body")
            late = {**headers, "Tern-Timestamp": str(int(headers["Tern-Timestamp"]) - 600)}
            check(not genuine(key.encode(), late, body), "not with another time")
            endless = {**headers, "Tern-Timestamp": "1" * 400}
            check(not genuine(key.encode(), endless, body), "nor with one of 400 digits")

        receiver.answer(500)
        before = len(receiver.events())
        failures = _count(_webhook(bench, "noc"), "failures")
        bench.tern.ask("neighbor", "stranger", "drain")
        bench.wait(lambda: _count(_webhook(bench, "noc"), "failures") >= failures + 2, 20,
                   "a status of 500 is a failure")
        check(_webhook(bench, "noc")["last_error"] == "answered 500", "which is shown")
        receiver.answer(204)
        bench.wait(lambda: _count(_webhook(bench, "noc"), "waiting") == 0, 20, "until it recovers")
        again = [event["sequence"] for _, event in receiver.events()[before:]]
        check(len(again) > len(set(again)), "the receiver got the same events again")

        receiver.stop()
        receiver.start(other)
        bench.tern.ask("neighbor", "stranger", "undrain")
        bench.wait(lambda: "certificate" in _webhook(bench, "noc").get("last_error", ""), 20,
                   "another certificate is not believed")
        check(_count(_webhook(bench, "noc"), "waiting") >= 1, "the events wait")
        noc["ca_file"] = other[0]
        bench.tern.reconfigure()
        bench.wait(lambda: _count(_webhook(bench, "noc"), "waiting") == 0, 20,
                   "and go out after a reload")
        check(_webhook(bench, "noc")["state"] == "ok", "the webhook is well")

        moved = WebhookReceiver(bench.nodes["feed"], FEED, 8080).start()
        drains["url"] = f"http://{FEED}:8080/"
        bench.tern.reconfigure()
        bench.wait(lambda: _count(_webhook(bench, "drains"), "delivered") == 2, 20,
                   "a webhook that moved brings what waited")
        entries = [event for _, event in moved.events()]
        taken = {entry["sequence"]: entry for entry in entries}
        check([taken[i]["change"] for i in sorted(taken)] == ["began", "ended"], "in order")
        check({entry["event"]["kind"] for entry in entries} == {"neighbor-drained"}, "its kind")
        check(not any("Tern-Signature" in headers for headers, _ in moved.requests()),
              "without a key there is no signature")

        streams = {stream for stream, _ in receiver.events()}
        numbers = [event["sequence"] for _, event in receiver.events()]
        check(len(streams) == 1, "all of it is one stream")
        check(sorted(set(numbers)) == list(range(1, max(numbers) + 1)), "without a gap")
        firsts = [n for i, n in enumerate(numbers) if n not in numbers[:i]]
        check(firsts == sorted(firsts), "in order")
        body = json.loads(receiver.requests()[-1][1])
        check(body["router"] == {"id": TERN, "asn": TERN_AS} and body["dropped"] == 0,
              "the body names the router")
        check(bench.tern.established(FEED), "the session was never touched")

        del bench.tern.extra["events"]["webhooks"][1]
        bench.tern.reconfigure()
        check([one["name"] for one in bench.tern.ask_json("show", "webhooks")["webhooks"]]
              == ["noc"], "a webhook that is removed is gone")


def ingress():
    """Reports of flows: traffic that enters far from its users, and at the nearest PoP again."""
    with Bench("events-ingress", Bird) as bench:
        path = os.path.join(bench.nodes["tern"].dir, "customers.csv")
        flows = os.path.join(bench.nodes["tern"].dir, "flows.csv")
        _register(path, "none")
        pops = {"ams": {"latitude": 52.4, "longitude": 4.9, "code": 1},
                "iad": {"latitude": 38.9, "longitude": -77.4, "code": 2}}
        _start(bench, {"registrations": {"allow_reserved": True, "files": [path]},
                       "egress": {"pop": "ams", "pops": pops}})
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED,
                          [Session(TERN, TERN_AS, FEED)]).start()
        bench.up(FEED)
        bench.feed.announce(Route(CUSTOMER, communities=frozenset([TAG])))
        bench.tern.ask("rtt", "set", "ams", CUSTOMER, "5")
        bench.tern.ask("rtt", "set", "iad", CUSTOMER, "90")

        def shown():
            (one,) = bench.tern.ask_json("show", "registrations", CUSTOMER)
            return one

        def has_state():
            return "suboptimal-ingress" in [one["state"] for one in shown().get("states", ())]

        bench.wait(lambda: shown().get("state") == "healthy", 30, "the prefix is healthy")
        check("1 total taken" in bench.tern.ask("ingress", "report", "iad", CUSTOMER, "1000000"),
              "a report is taken")
        bench.wait(has_state, 30, "its traffic entered far away")
        bench.wait(lambda: _find(bench, "suboptimal-ingress", "open"), 10, "that is an event")
        check(shown()["ingress"][0]["pop"] == "iad", "the octets are listed by PoP")
        with open(flows, "w", encoding="utf-8") as file:
            file.write(f"prefix,pop,octets\n{CUSTOMER},ams,90000000\n192.0.2.1,ams,5\n")
        check("1 total taken, 1 left out" in bench.tern.ask("ingress", "import", flows),
              "a file is taken, but for what is not registered")
        bench.wait(lambda: not has_state(), 30, "most of it enters at the nearest PoP now")
        bench.wait(lambda: _find(bench, "suboptimal-ingress", "ended"), 10, "the event ends")
        check("there is no PoP 'fra'"
              in bench.tern.try_ask("ingress", "report", "fra", CUSTOMER, "5")[2],
              "a PoP that is none is an error")


if __name__ == "__main__":
    main({"sessions": sessions, "states": states, "history": history, "webhooks": webhooks,
          "ingress": ingress, "disk": disk})
