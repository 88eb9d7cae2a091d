#!/usr/bin/env python3
"""Costs that move: a measurement of ternctl or of the watched file, or a degraded PoP, moves
prefixes to another exit and back, and real BIRDs see that."""

import json
import os
import re
import sys

from bench import (FEED, FEED_AS, PEER, TERN, TERN_AS, Bench, Bird, Route, Session, check, main)
from lab.tern import Tern, repository

_PARIS, _LONDON = "203.0.113.0/25", "203.0.113.128/25"  # both PoPs have a path to each
_CITIES = {_PARIS: 1, _LONDON: 2}                        # codes of the metros
HOST = "10.0.0.4"  # stands for the metros, for our own probes
_FILE = "ams,paris,5\nlhr,paris,9\nams,london,5\nlhr,london,9\n"


class TwoPops(Bench):
    """ternd at the PoP ams, with a partner (feed) there; the PoP lhr is the peer."""

    def __init__(self, topic, **sections):
        super().__init__(f"costs-{topic}", Bird)
        self.egress = sections.pop("egress", {})
        self.sections = sections

    def __enter__(self):
        super().__enter__()
        place = {"latitude": 50, "longitude": 0}
        egress = {
            "pop": "ams", "rtt_file": "rtts.csv",
            "pops": {"ams": {**place, "code": 1}, "lhr": {**place, "code": 2}},
            "metros": {"paris": {**place, "title": "Paris", "code": 1}, "london": {**place, "code": 2}},
            "dictionaries": {"partner": {"tags": [{"community": "65001:1", "metro": "paris"},
                                                  {"community": "65001:2", "metro": "london"}]}},
            "costs": {"dwell": 0},
            **self.egress,
        }
        self.tern = Tern(self.nodes["tern"], TERN_AS, TERN, [
            Session(PEER, TERN_AS, TERN, options={"name": "lhr"}),
            Session(FEED, FEED_AS, TERN,
                    options={"name": "partner", "location_dictionary": "partner"}),
        ], {"egress": egress, **self.sections})
        self.file(_FILE)
        self.before_start()
        self.tern.start()
        self.peer = Bird(self.nodes["peer"], TERN_AS, PEER, [Session(TERN, TERN_AS, PEER)], [
            Route(prefix, large=frozenset({f"{TERN_AS}:10:{code}", f"{TERN_AS}:11:2"}))
            for prefix, code in _CITIES.items()]).start()
        self.feed = Bird(self.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)], [
            Route(prefix, communities=frozenset({f"65001:{code}"}))
            for prefix, code in _CITIES.items()]).start()
        self.up(PEER)
        self.up(FEED)
        self.exits("ams", "ams")
        return self

    def before_start(self):
        """A topic prepares here while no daemon runs."""

    def file(self, text, name="rtts.csv"):
        path = os.path.join(self.nodes["tern"].dir, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def prefix_file(self, text):
        self.file(text, "prefixes.csv")

    def log(self):
        with open(self.tern.log, encoding="utf-8") as log:
            return log.read()

    def exits(self, paris, london):
        """lhr hears of the prefixes that leave at ams, and the partner of those that leave at lhr."""
        wanted = {_PARIS: paris, _LONDON: london}

        def found():
            at_lhr, at_partner = self.peer.routes(TERN), self.feed.routes(TERN)
            return all((prefix in at_lhr) == (pop == "ams") and
                       (prefix in at_partner) == (pop == "lhr") for prefix, pop in wanted.items())
        self.wait(found, 20, f"BIRDs see that Paris leaves at {paris}, London at {london}")

    def logged(self, pattern, what):
        self.wait(lambda: re.search(pattern, self.log()), 10, f"the log has {what}")


def rtt():
    """By ternctl and by the file; a bad file changes nothing."""
    with TwoPops("rtt") as bench:
        answer = bench.tern.ask("rtt", "set", "ams", "paris", "30")
        check("ams to paris: the cost is 30.0 ms (api)" in answer, "ternctl says what counts")
        bench.exits("lhr", "ams")
        bench.logged(r"egress: 1 prefix of metro Paris moved from ams to lhr: rtt", "the move")
        egress = bench.tern.ask("show", "egress")
        check(re.search(r"ams +paris +lhr +1 .*1 from ams to lhr, rtt", egress),
              "show egress has the exit and its last move")
        check("30.0 ms (ams to paris, measured)" in bench.tern.ask("explain", _PARIS),
              "explain has the cost")
        check("api" in bench.tern.ask("show", "rtts", "ams"), "show rtts has the source")
        bench.file(_FILE.replace("ams,london,5", "ams,london,40"))
        bench.exits("lhr", "lhr")
        bench.file("ams,london\n")
        bench.logged(r"error .*rtts.csv:1:1: expected pop,metro-or-pop,milliseconds",
                     "the bad line")
        check("rtts.csv:1:1" in bench.tern.ask("show", "rtts"), "show rtts names it")
        bench.exits("lhr", "lhr")
        bench.tern.ask("rtt", "clear", "all")
        bench.exits("ams", "lhr")
        bench.file(_FILE)
        bench.exits("ams", "ams")


class Measured(TwoPops):
    """The file of round trips to prefixes is there from the start."""

    def __init__(self):
        super().__init__("prefixes", egress={"prefix_rtt_file": "prefixes.csv"})

    def before_start(self):
        self.prefix_file("# nothing is measured yet\n")


def prefixes():
    """Round trips to prefixes, from a file that is watched."""
    with Measured() as bench:
        bench.prefix_file(f"ams,{_PARIS},50\n")
        bench.exits("lhr", "ams")
        check(f"measured for {_PARIS}" in bench.tern.ask("explain", _PARIS), "explain names it")
        check("1 round trip to prefixes" in bench.tern.ask("show", "rtts"), "show rtts counts it")
        bench.tern.ask("rtt", "set", "ams", "paris", "1")
        bench.exits("lhr", "ams")
        bench.prefix_file("ams,nowhere,50\n")
        bench.logged(r"error .*prefixes.csv:1:1: expected a prefix, found 'nowhere'",
                     "the bad line")
        bench.exits("lhr", "ams")
        bench.prefix_file(f"lhr,{_LONDON},0.5\n")
        bench.exits("ams", "lhr")


def degrade():
    """A degraded PoP tells lhr what its exits add; over a restart, and back."""
    added = f"{TERN_AS}:12:3000"

    def carried(yes):
        routes = [route for found in bench.peer.routes(TERN).values() for route in found]
        return len(routes) == 2 and all((added in route.large) == yes for route in routes)

    with TwoPops("degrade") as bench:
        check("degraded: paths cost 3.0 ms more, 1 neighbor" in bench.tern.ask("pop", "degrade", "3"),
              "ternctl says so")
        bench.wait(lambda: carried(True), 20, "lhr is told the added cost with the paths")
        check("3.0 ms of it added" in bench.tern.ask("explain", _PARIS), "explain says so")
        check(bench.tern.stop() == 0, "ternd ends")
        bench.tern.start()
        bench.up(PEER)
        bench.up(FEED)
        bench.wait(lambda: carried(True), 20, "the degradation outlasts a restart")
        bench.tern.ask("pop", "degrade", "5")
        bench.exits("lhr", "lhr")
        check("This PoP is degraded" in bench.tern.ask("show", "egress"), "show egress says so")
        bench.tern.ask("pop", "restore")
        bench.exits("ams", "ams")
        check(carried(False), "no cost is added any more")
        bench.tern.ask("neighbor", "partner", "degrade", "20")
        bench.exits("lhr", "lhr")
        bench.tern.ask("neighbor", "partner", "restore")
        bench.exits("ams", "ams")


class Probed(TwoPops):
    """A host stands for the metro Paris and for the prefix of London, and answers Echo Requests as
    late as the test says. Another one in London refuses TCP connections, which is an answer. From
    lhr both metros cost 80 ms, which leaves room for hosts that answer late because the machine is
    busy."""

    def __init__(self):
        super().__init__("probes", egress={
            "rtts": [{"pop": "ams", "to": "paris", "milliseconds": 200}],
            "probes": {"interval": 1, "timeout_milliseconds": 300, "targets": {
                "paris-1": {"address": HOST, "to": "paris"},
                "london-1": {"address": HOST, "to": "london", "method": "tcp", "port": 7},
                "users-1": {"address": HOST, "prefix": _LONDON}}},
        }, health={"paris": {"rtt_to": "paris", "probe_loss_percent": 20, "after": 0,
                             "return_after": 0, "add_milliseconds": 1}})

    def before_start(self):
        self.file("lhr,paris,80\nlhr,london,80\n")
        self.host = self.lab.node("host")
        self.host.attach(self.lan, f"{HOST}/24")
        self.delay = self.host.lab_file("delay", "0")
        script = os.path.join(repository(), "tests", "lab", "slow_host.py")
        self.host.start([sys.executable, script, self.delay])
        self.nodes["tern"].sysctl({"net/ipv4/ping_group_range": "0 0"})
        ignores = "/proc/sys/net/ipv4/icmp_echo_ignore_all"
        self.wait(lambda: self.host.run(["cat", ignores]).strip() == "1", 10, "the host is up")

    def late(self, milliseconds):
        with open(self.delay + ".new", "w", encoding="utf-8") as file:
            file.write(str(milliseconds))
        os.replace(self.delay + ".new", self.delay)

    def target(self, name):
        found = json.loads(self.tern.ask("--json", "show", "probes"))["targets"]
        return next(target for target in found if target["name"] == name)


def probes():
    """Our own probes move the exit: by a round trip that rises, and by a host that falls silent."""
    with Probed() as bench:
        bench.wait(lambda: bench.target("paris-1")["state"] == "answered", 10, "an Echo Reply came")
        bench.wait(lambda: bench.target("london-1")["state"] == "answered", 10,
                   "a refused connection is an answer")
        check("probe" in bench.tern.ask("show", "rtts", "ams"), "show rtts has the source")
        bench.wait(lambda: "probe" in bench.tern.ask("show", "rtts", _LONDON), 10,
                   "show rtts has the probed prefix")
        check(f"measured for {_LONDON}" in bench.tern.ask("explain", _LONDON), "explain names it")
        bench.late(150)
        bench.exits("lhr", "lhr")
        bench.wait(lambda: bench.target("paris-1").get("rtt_us", 0) >= 150_000, 10,
                   "show probes has the round trip")
        bench.late(0)
        bench.exits("ams", "ams")
        bench.late("")
        bench.logged(r"health: paris: \d+ of the last \d+ probes to paris were lost", "the demotion")
        bench.wait(lambda: "200 ms" in bench.tern.ask("show", "egress"), 20,
                   "the cost is that of egress.rtts")
        bench.exits("lhr", "ams")
        check(bench.target("paris-1")["state"] == "lost", "show probes says so")
        bench.late(0)
        bench.exits("ams", "ams")


class Reported(TwoPops):
    """London's prefix is registered."""

    def __init__(self):
        super().__init__("latency", registrations={"allow_reserved": True,
                                                   "files": ["customers.csv"]})

    def before_start(self):
        # Without partners: an order of them would prefer the path that lhr originates.
        self.file(f"prefix,owner,customer_as\n{_LONDON},tenant-a,{FEED_AS}\n", "customers.csv")

    def subject(self, of):
        found = [one for one in self.tern.ask_json("show", "latency", of)
                 if one["kind"] != "neighbor"]
        check(len(found) == 1, f"{of} has a latency")
        return found[0]


def latency():
    """Reports of round trips: to a metro, and to an address of a registered prefix; sessions."""
    with Reported() as bench:
        check("2 round trips taken" in bench.tern.ask("latency", "report", "paris", "9.5", "10"),
              "a metro")
        check("1 round trip taken" in bench.tern.ask("latency", "report", "203.0.113.130", "21"),
              "an address of a registered prefix")
        check(bench.subject(_LONDON)["windows"][0]["count"] == 1, "counts for the prefix")
        status, out, _ = bench.tern.try_ask("latency", "report", "203.0.113.1", "21")
        check(status == 1 and "expected a metro, or a prefix" in out, "another one is refused")

        bench.file(f"# by the agents\n{_LONDON},20.5,21.5\nlisbon,3\nparis,9.8\n", "trips.csv")
        trips = os.path.join(bench.nodes["tern"].dir, "trips.csv")
        status, out, _ = bench.tern.try_ask("latency", "import", trips)
        check(status == 1 and "trips.csv:3: 'lisbon'" in out, "the refused line has its place")
        check("3 round trips taken, 1 refused" in out, "and does not hinder the others")
        bench.file("paris,9\nlondon,fast\n", "trips.csv")
        status, _, error = bench.tern.try_ask("latency", "import", trips)
        check(status == 1 and "trips.csv:2:8: expected milliseconds" in error,
              "a bad file is refused")
        one = bench.subject("paris")
        check(one["windows"][0]["count"] == 3, "and none of it counts")
        check(abs(one["windows"][0]["p95_us"] - 10_000) <= 300, "percentiles are exact to 3 %")
        check(one["state"] == "learning", "what is usual is not known yet")
        check(not bench.tern.ask_json("show", "latency", "degraded"), "nothing is degraded")

        bench.wait(lambda: {one["of"] for one in bench.tern.ask_json("show", "latency")
                            if one["kind"] == "neighbor"} == {"lhr", "partner"}, 30,
                   "the sessions have a latency, too")
        check({one["state"] for one in bench.tern.ask_json("show", "latency")
               if one["kind"] == "neighbor"} == {"not compared"}, "which is only shown")
        bench.exits("ams", "ams")
        check("9.5 ms" not in bench.tern.ask("show", "egress"), "costs do not follow")

        bench.tern.extra["latency"] = {"subjects": 1}
        bench.tern.reconfigure()
        status, out, _ = bench.tern.try_ask("latency", "report", "london", "12")
        check(status == 1 and "latency.subjects" in out, "a smaller bound refuses further ones")
        bench.tern.ask("latency", "report", "paris", "9")


if __name__ == "__main__":
    main({f.__name__: f for f in (rtt, prefixes, degrade, probes, latency)})
