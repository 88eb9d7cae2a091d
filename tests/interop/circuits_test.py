#!/usr/bin/env python3
"""Circuits: a partner with two BIRD routers at this PoP. One router is killed, comes back, is
drained and shut down, and both are lost; the circuit and a registered prefix say so at each
step."""

import os

from bench import FEED, FEED_AS, PEER, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.tern import Tern

CUSTOMER = "198.51.100.0/24"


def _partner(bench, name, address):
    return Bird(bench.nodes[name], FEED_AS, address, [Session(TERN, TERN_AS, address)])


def _find(bench, kind, state=None):
    return [event for event in bench.tern.events("kind", kind)
            if state is None or event["state"] == state]


def _circuit(bench, name):
    return next(iter(bench.tern.ask_json("show", "circuits", name)), {})


def _is(bench, name, state):
    bench.wait(lambda: _circuit(bench, name).get("state") == state, 90, f"{name} is {state}")


def _states(bench):
    (one,) = bench.tern.ask_json("show", "registrations", CUSTOMER)
    return {state["state"]: state.get("evidence", "") for state in one.get("states", ())}


def _becomes(bench, *states):
    bench.wait(lambda: list(_states(bench)) == list(states), 60, f"the prefix is {states}")


def pair():
    """Neighbors without a name of a circuit: those of a registered partner are one."""
    with Bench("circuits-pair", Bird) as bench:
        path = os.path.join(bench.nodes["tern"].dir, "customers.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"prefix,customer_as,owner,partners\n{CUSTOMER},{FEED_AS},t1,{FEED_AS}\n")
        bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                          [Session(FEED, FEED_AS, TERN, options={"name": "router-1"}),
                           Session(PEER, FEED_AS, TERN, options={"name": "router-2"})])
        bench.tern.extra["registrations"] = {"allow_reserved": True, "files": [path]}
        bench.tern.start()
        bench.feed, bench.peer = (_partner(bench, name, address).start()
                                  for name, address in (("feed", FEED), ("peer", PEER)))
        bench.up(FEED)
        bench.up(PEER)
        for router in (bench.feed, bench.peer):
            router.announce(Route(CUSTOMER))
        name = f"AS {FEED_AS}"
        _is(bench, str(FEED_AS), "redundant")
        check(_circuit(bench, str(FEED_AS))["circuit"] == name, "by the AS number")
        check([one["router_id"] for one in _circuit(bench, str(FEED_AS))["sessions"]]
              == [FEED, PEER], "its sessions end on two routers")
        _becomes(bench, "healthy", "active-on-primary")

        bench.peer.kill()
        bench.down(PEER)
        _is(bench, str(FEED_AS), "pair-degraded")
        circuit = _circuit(bench, str(FEED_AS))
        check("router-2 is down" in circuit["evidence"], "the evidence names the router")
        check(not circuit.get("maintenance", False), "a lost router is a fault")
        bench.wait(lambda: _find(bench, "pair-degraded", "open"), 10, "it is an event")
        (event,) = _find(bench, "pair-degraded", "open")
        check((event["severity"], event["neighbor"]) == ("warning", "router-2"), "a warning")
        _becomes(bench, "not-received", "active-on-primary", "single-homed")
        check(_states(bench)["single-homed"]
              == "one connection: router-2 has no route in service", "the prefix says why")
        bench.wait(lambda: any(CUSTOMER in event.get("examples", ())
                               for event in _find(bench, "session-down", "open")), 10,
                   "the prefix is an example of the session that went down")
        check(not _find(bench, "redundancy-lost", "open"), "and no event of its own")
        page = bench.nodes["tern"].run(["curl", "-s", "http://127.0.0.1:9179/metrics"])
        check('tern_circuits{state="pair-degraded"} 1' in page, "metrics count the circuit")

        bench.peer.start()
        bench.up(PEER)
        bench.peer.announce(Route(CUSTOMER))
        _is(bench, str(FEED_AS), "redundant")
        bench.wait(lambda: _find(bench, "pair-degraded", "ended"), 10, "the event ends")
        _becomes(bench, "healthy", "active-on-primary")

        bench.tern.ask("neighbor", "router-2", "drain")
        _is(bench, str(FEED_AS), "pair-degraded")
        circuit = _circuit(bench, str(FEED_AS))
        check(circuit["maintenance"], "a drain is maintenance")
        check("router-2 is drained" in circuit["evidence"], "and the evidence says so")
        bench.wait(lambda: any(one["severity"] == "info"
                               for one in _find(bench, "pair-degraded", "open")), 10,
                   "maintenance is no warning")
        _becomes(bench, "healthy", "active-on-primary", "single-homed")
        check(_states(bench)["single-homed"] == "one connection: router-2 is drained", "why")
        check([one["prefix"] for one in
               bench.tern.ask_json("show", "registrations", "state", "single-homed")]
              == [CUSTOMER], "the listing of the state has the prefix")
        bench.tern.ask("neighbor", "router-2", "undrain")
        _is(bench, str(FEED_AS), "redundant")
        _becomes(bench, "healthy", "active-on-primary")

        bench.tern.ask("neighbor", "router-2", "disable")
        _is(bench, str(FEED_AS), "pair-degraded")
        circuit = _circuit(bench, str(FEED_AS))
        check(circuit["maintenance"] and "router-2 is shut down" in circuit["evidence"],
              "a session that is shut down is no fault, either")
        bench.tern.ask("neighbor", "router-2", "enable")
        _is(bench, str(FEED_AS), "redundant")

        bench.feed.kill()
        bench.peer.kill()
        _is(bench, str(FEED_AS), "down")
        bench.wait(lambda: [one["severity"] for one in _find(bench, "circuit-down", "open")]
                   == ["error"], 10, "the loss of both is an error")
        text = bench.tern.ask("show", "circuits", str(FEED_AS))
        check("0 of 2" in text and "router-1" in text, "people read it, too")


def named():
    """Circuits by name, without registrations; a reload moves a neighbor from one to another."""
    with Bench("circuits-named", Bird) as bench:
        both = [Session(FEED, FEED_AS, TERN, options={"name": "router-1", "circuit": "north"}),
                Session(PEER, FEED_AS, TERN, options={"name": "router-2", "circuit": "north"})]
        bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN, both).start()
        bench.feed, bench.peer = (_partner(bench, name, address).start()
                                  for name, address in (("feed", FEED), ("peer", PEER)))
        bench.up(FEED)
        bench.up(PEER)
        _is(bench, "north", "redundant")
        both[1].options["circuit"] = "south"
        bench.tern.reconfigure()
        _is(bench, "north", "single-homed")
        _is(bench, "south", "single-homed")
        check(bench.tern.established(PEER), "the session stays")
        bench.wait(lambda: len(_find(bench, "single-homed", "open")) == 2, 10, "both are events")
        check(len(bench.tern.ask_json("show", "circuits", "state", "single-homed")) == 2,
              "the listing of the state has both")
        both[1].options["circuit"] = "north"
        bench.tern.reconfigure()
        _is(bench, "north", "redundant")
        bench.wait(lambda: not _find(bench, "single-homed", "open"), 10, "the events end")


if __name__ == "__main__":
    main({"pair": pair, "named": named})
