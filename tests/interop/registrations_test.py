#!/usr/bin/env python3
"""Registered prefixes: a real BIRD or FRR announces what a hijacker would, and the other client of
the route server never gets it. Files of registrations that change, and files that are bad. Partners
in the order of the customer, and what is used when these are gone."""

import os

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.frr import Frr
from lab.tern import Tern

# The feed is the customer, the peer the hijacker; the last prefix is nobody's.
CUSTOMER, INSIDE, OTHER = "198.51.100.0/24", "198.51.100.128/25", "203.0.113.0/24"
COLUMNS = "prefix,owner,customer_as,notes\n"


def _bench(bench, peer_kind):
    """ternd is a route server with a file of registrations; returns the path of the file."""
    client = {"route_server_client": True}
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                      [Session(PEER, PEER_AS, TERN, options={"name": "hijacker"}),
                       Session(FEED, FEED_AS, TERN, options={"name": "customer", **client})])
    path = bench.tern.path("customers.csv")
    _write(path, COLUMNS + f"{CUSTOMER},tenant-a,{FEED_AS},\"of the bench\"\n")
    bench.tern.extra["registrations"] = {"allow_reserved": True, "files": [path]}
    bench.tern.start()
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                      [Route(CUSTOMER)]).start()
    bench.up(FEED)
    bench.peer = peer_kind(bench.nodes["peer"], PEER_AS, PEER, [Session(TERN, TERN_AS, PEER)],
                           [Route(CUSTOMER), Route(INSIDE), Route(OTHER)]).start()
    bench.up(PEER)
    return path


def _write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def quarantined(bench):
    return _rejected(bench, "quarantined")


def _rejected(bench, reason):
    rejected = bench.tern.ask_json("show", "routes", "rejected", "reason", reason)
    return {route["prefix"]: route.get("reason_detail", "") for route in rejected}


def _told(bench):
    """The number of routes that the customer was ever announced."""
    families = bench.tern.neighbour(FEED)["families"]
    return sum(int(family.get("announcements_out", 0)) for family in families)


def _hijack(peer_kind):
    with Bench(f"registrations-{peer_kind.kind}", peer_kind) as bench:
        _bench(bench, peer_kind)
        bench.wait(lambda: set(bench.feed.routes(TERN)) == {OTHER}, 30,
                   "the customer gets the hijacker's honest route")
        bench.wait(lambda: quarantined(bench) == {CUSTOMER: "other-origin",
                                                   INSIDE: "more-specific"}, 20,
                   "the other origin and the more-specific are quarantined")
        bench.wait(lambda: set(bench.peer.routes(TERN)) >= {CUSTOMER}, 20,
                   "and the route of the customer goes to everybody")
        check(_told(bench) == 1, "the customer was never announced anything else")
        (shown,) = bench.tern.ask_json("show", "registrations", CUSTOMER)
        check((shown["received"], shown["accepted"], shown["quarantined"]) == (3, 1, 2),
              "the registration counts its routes")
        text = bench.tern.ask("explain", CUSTOMER)
        check("customers.csv:2:1" in text and f"AS {PEER_AS} is no origin" in text,
              "explain names the registration and the evidence")
        best = bench.tern.ask_json("show", "routes", CUSTOMER)
        check([route["neighbor_name"] for route in best] == ["customer"],
              "the best is the valid one")


def bird():
    """A BIRD announces a registered prefix and a part of it."""
    _hijack(Bird)


def frr():
    """The same of an FRR."""
    _hijack(Frr)


def reload():
    """Registrations that change while the routes stay, and a file that turns bad."""
    with Bench("registrations-reload", Bird) as bench:
        path = _bench(bench, Bird)
        bench.wait(lambda: len(quarantined(bench)) == 2, 30, "both routes are quarantined")

        _write(path, COLUMNS + f"{CUSTOMER},tenant-a,{FEED_AS},\n{OTHER},tenant-b,x,y,z\n")

        def state():
            return bench.tern.ask_json("show", "registrations", "files")["files"][0]

        bench.wait(lambda: state()["state"] == "stale", 20, "a bad file is seen")
        check(state()["error"].startswith(f"{path}:3:"), "its error has its place")
        check(len(quarantined(bench)) == 2, "and its last good content counts")

        _write(path, "prefix,owner,customer_as,origins,max_length\n"
               f"{CUSTOMER},tenant-a,{FEED_AS},{FEED_AS} {PEER_AS},25\n")
        bench.wait(lambda: not quarantined(bench), 20, "the customer allows the other origin")
        bench.wait(lambda: set(bench.feed.routes(TERN)) >= {OTHER, INSIDE}, 20,
                   "and gets the more-specific")

        bench.tern.extra["registrations"]["guard"] = {"other_origin": "warn",
                                                      "more_specific": "warn"}
        bench.tern.reconfigure()
        _write(path, COLUMNS + f"{CUSTOMER},tenant-a,{FEED_AS},\n")

        def warned():
            (candidate,) = bench.tern.ask_json("explain", INSIDE)["candidates"]
            return [(one["kind"], one["action"]) for one in candidate.get("suspicions", ())]

        bench.wait(lambda: warned() == [("more-specific", "warn")], 20,
                   "the old file is back, and the guard warns")
        check(not quarantined(bench), "of routes that it uses")

        bench.tern.extra["registrations"] = {}
        bench.tern.reconfigure()
        bench.wait(lambda: not bench.tern.ask_json("show", "registrations"), 20,
                   "without registrations there is no guard")


OTHER_NODE, OTHER_AS = "10.0.0.4", 4_200_000_004  # a neighbor AS that is no partner
LISTENER, LISTENER_AS = "10.0.0.5", 4_200_000_005


def _partner_file(fallback):
    return (f"prefix,owner,customer_as,origins,partners,fallback\n"
            f"{CUSTOMER},tenant-a,{FEED_AS},{FEED_AS} {PEER_AS} {OTHER_AS},"
            f"{FEED_AS} {PEER_AS},{fallback}\n")


def _pin_bench(bench, partner_kind):
    """feed is the first partner, peer the second, which all policies prefer; returns the path of
    the file, a neighbor that is no partner, and one that listens."""
    prefer = {"prefer": {"terms": [{"set": {"local_pref": 300}, "accept": {}}]},
              "pass": {"terms": [{"accept": {}}]}}
    for name, address in (("other", OTHER_NODE), ("listener", LISTENER)):
        bench.nodes[name] = bench.lab.node(name)
        bench.nodes[name].attach(bench.lan, f"{address}/24", f"fd00::{address[-1]}/64")
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN, [
        Session(FEED, FEED_AS, TERN, options={"name": "first"}),
        Session(PEER, PEER_AS, TERN, options={"name": "second", "import": ["prefer"]}),
        Session(OTHER_NODE, OTHER_AS, TERN, options={"name": "other", "import": ["prefer"]}),
        Session(LISTENER, LISTENER_AS, TERN, options={"name": "listener"})],
        {"policies": prefer})
    path = bench.tern.path("customers.csv")
    _write(path, _partner_file(""))
    bench.tern.extra["registrations"] = {"allow_reserved": True, "files": [path]}
    bench.tern.start()

    def speaker(kind, name, asn, address, routes):
        return kind(bench.nodes[name], asn, address, [Session(TERN, TERN_AS, address)],
                    routes).start()

    bench.peer = speaker(partner_kind, "peer", PEER_AS, PEER, [Route(CUSTOMER)])
    other = speaker(Bird, "other", OTHER_AS, OTHER_NODE, [Route(CUSTOMER)])
    listener = speaker(Bird, "listener", LISTENER_AS, LISTENER, [])
    bench.feed = speaker(Bird, "feed", FEED_AS, FEED, [Route(CUSTOMER, as_path=f"{FEED_AS}")])
    bench.up(FEED)
    bench.up(PEER)
    return path, other, listener


def _pin(partner_kind):
    with Bench(f"registrations-pin-{partner_kind.kind}", partner_kind) as bench:
        path, other, listener = _pin_bench(bench, partner_kind)

        def told(asn):
            routes = listener.routes(TERN).get(CUSTOMER, [])
            return [route.as_path.split()[1] for route in routes] == ([str(asn)] if asn else [])

        bench.wait(lambda: told(FEED_AS), 30,
                   "the first partner beats LOCAL_PREF and a shorter path")
        text = bench.tern.ask("explain", CUSTOMER)
        check(f"AS {FEED_AS}, the first partner" in text and "customers.csv:2:1" in text,
              "explain names the partner and the registration")
        check(bench.tern.ask_json("explain", CUSTOMER)["candidates"][1]["lost_at"] == "pin",
              "the second partner lost at the pin")
        bench.feed.stop()
        bench.wait(lambda: told(PEER_AS), 30, "without the first partner, the second is used")
        bench.peer.stop()
        bench.wait(lambda: told(None), 30, "without partners, nothing is used")
        check(quarantined(bench) == {CUSTOMER: "unregistered-partner"}, "others are quarantined")
        _write(path, _partner_file("any-valid"))
        bench.wait(lambda: told(OTHER_AS), 20, "any valid route, where the customer wants that")
        check("fallback" in bench.tern.ask("explain", CUSTOMER), "explain says so")
        _write(path, _partner_file("any").replace(f" {OTHER_AS},", ","))
        bench.wait(lambda: "last resort" in bench.tern.ask("explain", CUSTOMER), 20,
                   "a wrong origin is the last resort")
        check(told(OTHER_AS), "and is advertised")
        _write(path, _partner_file("any-valid").replace(f" {OTHER_AS},", ","))
        bench.wait(lambda: told(None), 20, "with any-valid, a wrong origin is not used")


LHR = "10.0.0.4"  # the ternd of the other PoP


def _two_pops(bench):
    """A ternd at ams and one at lhr, with iBGP between them. A router of one partner at each PoP
    announces the prefix, and a policy prefers that at lhr. Returns the ternds by PoP."""
    bench.nodes["lhr"] = bench.lab.node("lhr")
    bench.nodes["lhr"].attach(bench.lan, f"{LHR}/24", "fd00::4/64")
    place = {"latitude": 50, "longitude": 0}
    policies = {"prefer": {"terms": [{"set": {"local_pref": 300}, "accept": {}}]},
                "pass": {"terms": [{"accept": {}}]}}

    def ternd(node, pop, own, partner, other, policy):
        tern = Tern(bench.nodes[node], TERN_AS, own, [
            Session(partner, FEED_AS, own, options={"name": "partner", "import": [policy]}),
            Session(other, TERN_AS, own, options={"name": "pop", "between_pops": True})],
            {"policies": policies,
             "egress": {"pop": pop, "pops": {"ams": {**place, "code": 1},
                                             "lhr": {**place, "code": 2}}}})
        path = tern.path("customers.csv")
        _write(path, "prefix,owner,customer_as,partners,primary_pop,backup_pops\n"
               f"{CUSTOMER},tenant-a,{FEED_AS},{FEED_AS},ams,lhr\n")
        tern.extra["registrations"] = {"allow_reserved": True, "files": [path]}
        return tern.start()

    pops = {"ams": ternd("tern", "ams", TERN, FEED, LHR, "pass"),
            "lhr": ternd("lhr", "lhr", LHR, PEER, TERN, "prefer")}
    bench.tern = pops["ams"]
    bench.peer = Bird(bench.nodes["peer"], FEED_AS, PEER, [Session(LHR, TERN_AS, PEER)],
                      [Route(CUSTOMER)]).start()
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                      [Route(CUSTOMER)]).start()
    return pops


def pops():
    """Two ternds of ours: the primary PoP, and the backup while the partner there is drained or
    gone."""
    with Bench("registrations-pops", Bird) as bench:
        both = _two_pops(bench)

        def source(tern):
            return [route["neighbor_name"]
                    for route in tern.ask_json("show", "routes", CUSTOMER)]

        def leaves_at(pop):
            return all(source(tern) == ["partner" if name == pop else "pop"]
                       for name, tern in both.items())

        def explains(words):
            text = both["lhr"].ask("explain", CUSTOMER)
            return all(word in text for word in words)

        bench.wait(lambda: explains(["at ams, the primary PoP", "at lhr, the first backup PoP"]),
                   60, "explain names the PoPs of the registration, and the paths of both")
        bench.wait(lambda: leaves_at("ams"), 60,
                   "both PoPs use the primary PoP, against LOCAL_PREF at the other one")
        both["ams"].ask("neighbor", "partner", "drain")
        bench.wait(lambda: leaves_at("lhr"), 20,
                   "while the partner at the primary is drained, both use the backup")
        both["lhr"].ask("neighbor", "partner", "drain")
        bench.wait(lambda: leaves_at("ams"), 20,
                   "while the partner at the backup is drained as well, both use the primary")
        both["lhr"].ask("neighbor", "partner", "undrain")
        bench.wait(lambda: leaves_at("lhr"), 20, "and the backup when the drain there ends")
        both["ams"].ask("neighbor", "partner", "undrain")
        bench.wait(lambda: leaves_at("ams"), 20, "after both drains they use the primary again")
        bench.feed.stop()
        bench.wait(lambda: leaves_at("lhr"), 20, "without the partner there, both use the backup")
        bench.feed.start()
        bench.wait(lambda: leaves_at("ams"), 60, "and the primary when the partner is back")
        both["lhr"].ask("neighbor", "partner", "drain")
        bench.wait(lambda: explains(["(drained)"]), 20,
                   "explain names the drain of the partner at the backup")
        check(leaves_at("ams"), "which changes nothing")


def guard():
    """A release and a block, which outlast a restart; the end of a release."""
    with Bench("registrations-guard", Bird) as bench:
        _bench(bench, Bird)
        bench.wait(lambda: len(quarantined(bench)) == 2, 30, "both routes are quarantined")
        answer = bench.tern.ask("guard", "release", INSIDE, "from", "hijacker", "for", "1h",
                                "because", "ticket", "71")
        check(answer.startswith(f"release of {INSIDE} from hijacker: in force, ends in "),
              answer.strip())
        bench.wait(lambda: set(bench.feed.routes(TERN)) == {INSIDE, OTHER}, 20,
                   "the released route is used")
        check(set(quarantined(bench)) == {CUSTOMER}, "the other one is not")
        bench.tern.ask("guard", "block", OTHER, "from", f"AS{PEER_AS}")
        bench.wait(lambda: _rejected(bench, "guard-block") == {OTHER: ""}, 20, "a block rejects")
        check(set(quarantined(bench)) == {CUSTOMER}, "and quarantines nothing")

        def orders():
            return {(one["kind"], one["prefix"]): one.get("because", "")
                    for one in bench.tern.ask_json("guard", "list")}

        both = {("release", INSIDE): "ticket 71", ("block", OTHER): ""}
        check(orders() == both, "both are listed")
        bench.tern.stop()
        bench.tern.start()
        bench.up(FEED)
        bench.up(PEER)
        check(orders() == both, "and outlast a restart")
        bench.wait(lambda: set(bench.feed.routes(TERN)) == {INSIDE}, 30, "with their effect")
        check("ticket 71" in bench.tern.ask("explain", INSIDE), "explain has the release")
        bench.tern.ask("guard", "release", INSIDE, "from", "hijacker", "for", "1s")
        bench.wait(lambda: INSIDE in quarantined(bench), 20, "a release ends by itself")
        bench.tern.ask("guard", "clear", OTHER, "from", f"AS{PEER_AS}")
        bench.wait(lambda: set(bench.feed.routes(TERN)) == {OTHER}, 20, "a block ends by command")
        with open(bench.tern.log, encoding="utf-8") as log:
            text = log.read()
        check(f"guard: release of {INSIDE} from {PEER} by " in text and "is over" in text,
              "the log has the release and its end")


def pin():
    """Partners in the order of the customer: two BIRDs."""
    _pin(Bird)


def pin_frr():
    """The same with an FRR as the second partner."""
    _pin(Frr)


if __name__ == "__main__":
    main({"bird": bird, "frr": frr, "reload": reload, "guard": guard, "pin": pin,
          "pin_frr": pin_frr, "pops": pops})
