#!/usr/bin/env python3
"""Where users are: the location tags of a real BIRD, geofeeds that change while routes stay, and
what other routers read of it."""

import os

from bench import FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, main
from lab.bird import Bird
from lab.tern import Tern

BERLIN, GERMANY, EUROPE, UNTAGGED, TORN = (
    "198.51.100.0/26", "198.51.100.64/26", "198.51.100.128/26", "198.51.100.192/26",
    "203.0.113.0/24")
ROUTES = [Route(BERLIN, communities=frozenset({"64500:1"}), large=frozenset({"64500:9:9"})),
          Route(GERMANY, ext=frozenset({"rt:64500:49"})),
          Route(EUROPE, large=frozenset({"64500:9:9"})),
          Route(UNTAGGED),
          Route(TORN, communities=frozenset({"64500:1"}), ext=frozenset({"rt:64500:33"}))]


def _egress(feed):
    return {
        "pop": "ams",
        "pops": {"ams": {"latitude": 52.37, "longitude": 4.9, "code": 1, "country": "nl"}},
        "metros": {"berlin": {"latitude": 52.52, "longitude": 13.4, "code": 101, "country": "de"},
                   "paris": {"latitude": 48.86, "longitude": 2.35, "code": 102, "country": "fr"}},
        "countries": {"de": {"code": 276, "region": "europe"},
                      "fr": {"code": 250, "region": "europe"},
                      "nl": {"code": 528, "region": "europe"}},
        "regions": {"europe": {"code": 150}},
        "geofeeds": [feed],
        "dictionaries": {"partner": {"tags": [{"community": "64500:1", "metro": "berlin"},
                                              {"community": "rt:64500:49", "country": "de"},
                                              {"community": "rt:64500:33", "country": "fr"},
                                              {"community": "64500:9:*", "region": "europe"}]}}}


def bird():
    """Tags of all three kinds, a default, a geofeed, and a neighbor that reads the places."""
    with Bench("places-bird", Bird) as bench:
        node = bench.nodes["tern"]
        bench.tern = Tern(node, TERN_AS, TERN,
                          [Session(PEER, PEER_AS, TERN,
                                   options={"name": "partner", "location_dictionary": "partner",
                                            "location_default": {"metro": "paris"}}),
                           Session(FEED, FEED_AS, TERN,
                                   options={"name": "reader", "send_location": True})])
        feed = bench.tern.path("feed.csv")
        bench.tern.extra["egress"] = _egress(feed)
        bench.tern.start()
        bench.peer = Bird(bench.nodes["peer"], PEER_AS, PEER, [Session(TERN, TERN_AS, PEER)],
                          ROUTES).start()
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                          []).start()
        bench.up(PEER)
        bench.up(FEED)

        def places():
            return {r["prefix"]: r["metro"] for r in bench.tern.ask_json("show", "routes")}

        def are(**changed):
            expected = {BERLIN: "berlin", GERMANY: "country de", EUROPE: "region europe",
                        UNTAGGED: "paris", TORN: "berlin", **changed}
            bench.wait(lambda: places() == expected, 20, f"users are in {expected}")

        are()
        torn = bench.tern.ask_json("show", "routes", "all", "location", "contradictory")
        check([r["prefix"] for r in torn] == [TORN], "Berlin is not in France")
        by_default = bench.tern.ask_json("show", "routes", "location", "default")
        check([r["prefix"] for r in by_default] == [UNTAGGED], "the default is for the untagged")
        check("contradict" in bench.tern.ask("explain", TORN), "explain shows the tags")

        def held(prefix):
            return bench.feed.routes(TERN)[prefix][0].large - {"64500:9:9"}

        own = f"{TERN_AS}"
        bench.wait(lambda: len(bench.feed.routes(TERN)) == len(ROUTES), 20, "the reader has all")
        check(held(BERLIN) == {f"{own}:10:101", f"{own}:11:1", f"{own}:13:276", f"{own}:14:150"},
              "the reader sees metro, PoP, country and region")
        check(held(EUROPE) == {f"{own}:11:1", f"{own}:14:150"}, "and no more than is known")

        with open(feed + ".new", "w", encoding="utf-8") as file:
            file.write("198.51.100.0/24,DE,,Berlin,\nnonsense\n")
        os.rename(feed + ".new", feed)
        are(**{UNTAGGED: "berlin"})
        shown = bench.tern.ask_json("show", "places")
        check(shown["geofeeds"][0]["left_out"] == 1, "a bad line is counted")
        check(shown["neighbors"][0]["contradictory"] >= 1, "contradictions are counted")
        with open(feed + ".new", "w", encoding="utf-8") as file:
            file.write("<html>no geofeed</html>\n")
        os.rename(feed + ".new", feed)
        bench.wait(lambda: bench.tern.ask_json("show", "places")["geofeeds"][0]["state"] == "stale",
                   20, "a page of an error is no geofeed")
        are(**{UNTAGGED: "berlin"})


if __name__ == "__main__":
    main({"bird": bird})
