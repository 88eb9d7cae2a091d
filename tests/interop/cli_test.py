#!/usr/bin/env python3
"""ternctl against a running ternd: what a person reads, what a program reads, exit statuses; and the
command line of ternd itself."""

import re
import subprocess

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Bird, Route, Session, check,
                   main)
from lab.tern import program

_ROUTES = [Route("203.0.113.0/24", "64998 3333", med=88, communities=frozenset({"64998:100"})),
           Route("203.0.112.0/23", "64998"), Route("198.18.4.0/22", "64998 64997 64996")]


class Running(Bench):
    def __init__(self, topic):
        super().__init__(f"cli-{topic}", Bird)

    def __enter__(self):
        super().__enter__()
        self.start([Session(PEER, PEER_AS, TERN, options={"name": "peer-one"}),
                    Session(FEED, FEED_AS, TERN, options={"name": "feeder"})],
                   [Session(TERN, TERN_AS, PEER)], [Session(TERN, TERN_AS, FEED)],
                   peer_routes=[Route("203.0.113.0/24", "64999 64998 3333")], feed_routes=_ROUTES)
        self.up(PEER)
        self.up(FEED)
        self.wait(lambda: len(self.peer.routes(TERN)) == 3 and
                  len(self.tern.raw_routes("all", None, "203.0.113.0/24")) == 2, 20,
                  "routes of both are there")
        return self


def tables():
    """Every listing, for people and as JSON."""
    with Running("tables") as bench:
        tern = bench.tern
        text = tern.ask("show", "neighbors")
        check("peer-one" in text and "feeder" in text and "Established" in text,
              "show neighbors lists both by name with their state")
        check("Established" in tern.ask("show", "neighbors", "detail"), "show neighbors detail")
        one = tern.ask_json("show", "neighbors", "feeder")
        check([n["address"] for n in one] == [FEED], "show neighbors NAME is that neighbour")
        best = {r["prefix"]: r for r in tern.raw_routes("best")}
        check(set(best) == {r.prefix for r in _ROUTES}, "show routes best has each prefix once")
        check(best["203.0.113.0/24"]["neighbor"] == FEED, "the shorter AS path is the best")
        for table, neighbour, count in (("all", None, 4), ("received", FEED, 3),
                                        ("accepted", FEED, 3), ("rejected", FEED, 0),
                                        ("advertised", PEER, 3), ("advertised", FEED, 0)):
            found = tern.raw_routes(table, neighbour)
            check(len(found) == count, f"show routes {table} {neighbour or ''}: {count} routes")
        check("203.0.113.0/24" in tern.ask("show", "routes"), "the table for people")
        for words, expected in ((("203.0.112.0/23", "exact"), {"203.0.112.0/23"}),
                                (("203.0.112.0/23", "longer"), {"203.0.112.0/23", "203.0.113.0/24"}),
                                (("203.0.113.9", "longest"), {"203.0.113.0/24"}),
                                (("203.0.112.9", "longest"), {"203.0.112.0/23"})):
            found = {r["prefix"] for r in tern.raw_routes("best", None, *words)}
            check(found == expected, f"show routes {' '.join(words)}: {', '.join(expected)}")
        status = tern.ask_json("status")
        check(status["neighbors"] == 2 and status["established"] == 2, "status counts the sessions")


def explanation():
    """Why a path is the best, in words and in numbers."""
    with Running("explanation") as bench:
        answer = bench.tern.explain("203.0.113.0/24")
        check([c["route"]["neighbor"] for c in answer["candidates"]] == [FEED, PEER],
              "explain lists the candidates, best first")
        decided = [s for s in answer["steps"] if s["decided"]]
        check(len(decided) == 1 and "path" in decided[0]["name"].lower(),
              f"the step that decided: {decided[0]['name']}, {decided[0]['winner_value']} against "
              f"{decided[0]['other_value']}")
        check(answer["candidates"][1]["lost_at"] == decided[0]["name"], "the loser says where it lost")
        text = bench.tern.ask("explain", "203.0.113.9")
        check("203.0.113.0/24" in text and answer["winner"].split("\n")[0] in text,
              f"explain ADDRESS says it in words: {answer['winner']}")


EDGE, EDGE_AS = "10.0.0.4", 4_200_000_004


def _network(backbone):
    """Users in Paris: 8 ms from Amsterdam, where we are, 20 ms from London; and between the two."""
    place = {"latitude": 1, "longitude": 1}
    return {"pop": "ams", "pops": {"ams": {**place, "code": 1}, "lhr": {**place, "code": 2}},
            "metros": {"paris": {**place, "code": 101}},
            "rtts": [{"pop": "ams", "to": "paris", "milliseconds": 8},
                     {"pop": "lhr", "to": "paris", "milliseconds": 20},
                     {"pop": "ams", "to": "lhr", "milliseconds": backbone}]}


def _leaving(pop_code):
    return [Route("203.0.113.0/24", large=frozenset({f"{TERN_AS}:10:101",
                                                     f"{TERN_AS}:11:{pop_code}"}))]


def vantages():
    """A client whose traffic enters in London: what it is told, explain, and reloads."""
    ours = {"between_pops": True}
    with Bench("cli-vantages", Bird) as bench:
        node = bench.lab.node("edge")
        node.attach(bench.lan, f"{EDGE}/24")
        sessions = [Session(PEER, PEER_AS, TERN, options={"name": "ams-router", **ours}),
                    Session(FEED, FEED_AS, TERN, options={"name": "lhr-router", **ours}),
                    Session(EDGE, EDGE_AS, TERN, options={"name": "edge", "vantage": "lhr"})]
        bench.start(sessions, [Session(TERN, TERN_AS, PEER)], [Session(TERN, TERN_AS, FEED)],
                    peer_routes=_leaving(1), feed_routes=_leaving(2),
                    extra={"egress": _network(backbone=30)})
        edge = Bird(node, EDGE_AS, EDGE, [Session(TERN, TERN_AS, EDGE)]).start()
        tern = bench.tern
        bench.wait(lambda: len(tern.raw_routes("all")) == 2, 30, "both exits are known")

        def told(by, why):
            expected = f"{TERN_AS} {by}"
            bench.wait(lambda: [r.as_path for rs in edge.routes(TERN).values() for r in rs] ==
                       [expected], 30, why)

        told(FEED_AS, "from London: 20 ms there, not 8 ms behind 30 ms of backbone")
        check(tern.raw_routes("best")[0]["neighbor"] == PEER, "our own best leaves in Amsterdam")
        check(tern.neighbour(EDGE)["vantage"] == "lhr", "show neighbors detail has the vantage")
        vantage = tern.ask_json("explain", "203.0.113.0/24", "to", "edge")["vantage"]
        check([(p["candidate"], p["backbone_us"], p["last_mile_us"], p["cost_us"])
               for p in vantage["paths"]] == [(1, 0, 20000, 20000), (0, 30000, 8000, 38000)],
              "explain has the order and the costs from there")
        text = tern.ask("explain", "203.0.113.0/24", "to", "edge")
        check("From lhr, where traffic of edge enters" in text and "lost at egress cost" in text,
              "and says it in words")
        check(tern.explain("203.0.113.0/24").get("vantage") is None,
              "without a neighbor nothing of that")
        tern.extra["egress"] = _network(backbone=5)
        tern.reconfigure()
        told(PEER_AS, "a faster backbone is a reload: 8 + 5 against 20 ms")
        tern.extra["egress"] = _network(backbone=30)
        tern.reconfigure()
        told(FEED_AS, "and back")
        del sessions[2].options["vantage"]
        tern.reconfigure()
        told(PEER_AS, "without a vantage it is told our own best")
        check(int(tern.neighbour(EDGE)["flaps"]) == 0, "all of that on one session")


def actions():
    """disable with a text, enable, reset, refresh."""
    with Running("actions") as bench:
        tern = bench.tern
        tern.ask("neighbor", "feeder", "disable", "maintenance until noon")
        bench.wait(lambda: not bench.feed.established(TERN), 10, "a disabled neighbour is down")
        check(not tern.neighbour(FEED)["admin_up"], "and shown so")
        check(tern.established(PEER), "the other is not")
        bench.wait(lambda: "maintenance until noon" in bench.feed.ask("show protocols all p0") or
                   "maintenance until noon" in open(bench.feed.log, encoding="utf-8").read(), 10,
                   "the text arrives at BIRD (RFC 9003)")
        bench.wait(lambda: bench.peer.routes(TERN).keys() == set(), 10, "its routes are withdrawn")
        tern.ask("neighbor", "feeder", "enable")
        bench.up(FEED)
        flaps = int(tern.neighbour(FEED)["flaps"])
        tern.ask("neighbor", FEED, "reset")
        bench.wait(lambda: int(tern.neighbour(FEED)["flaps"]) > flaps, 10, "reset counts as a flap")
        bench.up(FEED)
        tern.ask("neighbor", FEED, "refresh")
        check(tern.established(FEED), "refresh leaves the session up")


def ternctl(*words):
    return subprocess.run([program("ternctl"), *words], text=True, capture_output=True, timeout=10,
                          check=False)


def exit_statuses():
    """0 when it worked; otherwise not, with a reason a person can use."""
    with Running("exit_statuses") as bench:
        for words in (("show", "nonsense"), ("neighbor", "nobody", "reset"),
                      ("show", "routes", "received", "neighbor", "nobody"),
                      ("explain", "300.0.0.0/8"), ("show", "routes", "received")):
            status, out, err = bench.tern.try_ask(*words)
            check(status != 0 and err.strip() != "" and out.strip() == "",
                  f"ternctl {' '.join(words)}: status {status}, {err.strip().splitlines()[0]}")
        missing = bench.tern.path("no-such.sock")
        done = ternctl("--socket", missing, "show", "neighbors")
        check(done.returncode != 0 and missing in done.stderr,
              "no daemon: it names the socket")
        for words in (["--help"], ["--version"], ["help"], ["completion", "bash"],
                      ["completion", "zsh"]):
            done = ternctl(*words)
            check(done.returncode == 0 and done.stdout.strip(), f"ternctl {' '.join(words)}")
        version = bench.tern.ask_json("version")
        check(re.match(r"\d+\.\d+", version["version"]), f"version {version['version']}")


def daemon():
    """ternd --check, --help, --version, and a second ternd for the same socket."""
    def ternd(*words):
        return subprocess.run([program("ternd"), *words], text=True, capture_output=True, timeout=20,
                              check=False)

    with Running("daemon") as bench:
        good = ternd("--check", bench.tern.path("ternd.yml"))
        check(good.returncode == 0, "--check of a good file")
        bad = bench.tern.write("bad.yml", bench.tern.configuration().replace("router:", "ruoter:"))
        answer = ternd("--check", bad)
        check(answer.returncode != 0 and re.search(r"bad\.yml:\d+:\d+: ", answer.stderr + answer.stdout),
              "--check of a bad one tells file:line:column")
        check("router" in answer.stderr + answer.stdout, "and suggests the right name")
        check(ternd("--config", bench.tern.path("no-such.yml")).returncode != 0, "no such file")
        for words in (("--help",), ("--version",)):
            check(ternd(*words).returncode == 0, f"ternd {words[0]}")
        check(ternd().returncode != 0, "nothing to do is an error")
        second = ternd("--config", bench.tern.path("ternd.yml"))
        check(second.returncode != 0 and second.stderr.strip() != "",
              f"a second ternd gives up: {second.stderr.strip().splitlines()[-1]}")
        check(bench.tern.ask_json("status")["established"] == 2, "and the first was not disturbed")
        check(bench.tern.stop() == 0, "SIGTERM: ternd ends with status 0")
        bench.wait(lambda: not bench.peer.established(TERN), 10, "BIRD is told")
        bench.wait(lambda: "Received: " in open(bench.peer.log, encoding="utf-8").read(), 10,
                   "by a NOTIFICATION")


if __name__ == "__main__":
    main({f.__name__: f for f in (tables, explanation, vantages, actions, exit_statuses, daemon)})
