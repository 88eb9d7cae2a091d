#!/usr/bin/env python3
"""Reload of a running ternd, by SIGHUP and by `ternctl reload`: a bad file changes nothing and says
why and where; a good one touches the peers that it changes and no other."""

import json
import re
import signal

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Bird, Route, Session, check,
                   main)

_ROUTE = "203.0.113.0/24"


def _session(neighbour, asn, **settings):
    return Session(neighbour, asn, TERN, options={"route_server_client": True}, **settings)


class Running:
    """ternd with two BIRD clients; `feed` announces a route that `peer` hears."""

    def __init__(self, topic):
        self.bench = Bench(f"reload-{topic}", Bird)

    def __enter__(self):
        self.bench.__enter__()
        self.bench.start([_session(PEER, PEER_AS), _session(FEED, FEED_AS)],
                         [Session(TERN, TERN_AS, PEER)], [Session(TERN, TERN_AS, FEED)],
                         feed_routes=[Route(_ROUTE, "64998"), Route("198.18.4.0/22", "64998")])
        self.bench.up(PEER)
        self.bench.up(FEED)
        self.tern = self.bench.tern
        self.bench.wait(lambda: len(self.heard()) == 2, 20, "both routes arrive at the other client")
        self.before = self.marks()
        return self

    def __exit__(self, *failure):
        return self.bench.__exit__(*failure)

    def heard(self):
        return set(self.bench.peer.routes(TERN))

    def marks(self):
        """What changes when a session is lost, per neighbour."""
        return {n["address"]: (n["state"], int(n["since_seconds"]), int(n["flaps"]))
                for n in self.tern.ask_json("show", "neighbors", "detail")}

    def untouched(self, *neighbours):
        now = self.marks()
        for neighbour in neighbours:
            check(now[neighbour] == self.before[neighbour],
                  f"the session with {neighbour} was not touched")

    def log(self):
        with open(self.tern.log, encoding="utf-8") as log:
            return log.read()

    def hang_up(self):
        self.tern.process.signal(signal.SIGHUP)


def bad_file():
    """Nothing changes, and every error is told with its place."""
    with Running("bad_file") as running:
        good = running.tern.configuration()
        broken = good.replace('"hold_time": 90', '"hold_tme": 90', 1) \
                     .replace('"pass": {"terms"', '"pass": {"trems"', 1)
        check(broken != good, "the file now has two mistakes")
        running.tern.write("ternd.yml", broken)
        status, out, err = running.tern.try_ask("reload")
        text = out + err
        check(status != 0, f"ternctl reload fails (exit status {status})")
        places = re.findall(r"ternd\.yml:(\d+):(\d+): ", text)
        check(len(places) >= 2, f"both errors are told with file:line:column ({places})")
        lines = broken.split("\n")
        for word in ("hold_tme", "trems"):
            line = next(i for i, text_of in enumerate(lines, 1) if word in text_of)
            check(str(line) in [place[0] for place in places], f"'{word}' in line {line}")
        check("hold_time" in text and "terms" in text, "the right names are suggested")
        running.untouched(PEER, FEED)

        running.hang_up()
        running.bench.wait(lambda: re.search(r"ternd\.yml:\d+:\d+: ", running.log()), 10,
                           "after SIGHUP the log tells the errors with file:line:column")
        running.untouched(PEER, FEED)
        check(len(running.heard()) == 2, "the routes are where they were")

        running.tern.write("ternd.yml", "router: [ this is : not YAML\n")
        status, out, err = running.tern.try_ask("reload")
        check(status != 0 and "ternd.yml" in out + err, "a file that is no YAML is refused")
        running.untouched(PEER, FEED)
        running.tern.write("ternd.yml", good)
        check(running.tern.ask_json("reload")["ok"], "the good file is taken again")
        running.untouched(PEER, FEED)


def session_setting():
    """A setting of one session resets that one."""
    with Running("session_setting") as running:
        running.tern.session(PEER).hold_time = 30
        running.tern.write("ternd.yml", running.tern.configuration())
        answer = running.tern.ask_json("reload")
        check(answer["ok"], "the file is taken")
        changes = [c for c in answer["changes"] if PEER in c["subject"]]
        check(len(changes) == 1 and changes[0]["resets_session"],
              "the answer says that the session with this peer is reset")
        check(any("hold_time" in d and "30" in d for d in changes[0]["details"]),
              f"and what changed: {changes[0]['details']}")
        check(not any(FEED in c["subject"] for c in answer["changes"]), "nothing of the other peer")
        running.bench.wait(lambda: running.marks()[PEER] != running.before[PEER], 20,
                           "the session is closed")
        running.bench.up(PEER, 60)
        check(running.tern.neighbour(PEER)["hold_time_seconds"] == 30, "hold time 30 s is agreed")
        running.untouched(FEED)
        running.bench.wait(lambda: len(running.heard()) == 2, 20, "the routes are there again")


def policy():
    """A policy acts on the routes that are there, and no session is lost."""
    with Running("policy") as running:
        running.tern.extra = {"policies": {"pass": {"terms": [
            {"name": "unwanted", "match": {"prefixes": [_ROUTE]}, "reject": {"reason": "unwanted"}},
            {"accept": {}}]}}}
        for how in ("ternctl reload", "SIGHUP"):
            running.tern.write("ternd.yml", running.tern.configuration())
            if how == "SIGHUP":
                running.hang_up()
            else:
                answer = running.tern.ask_json("reload")
                check(not any(c["resets_session"] for c in answer["changes"]),
                      "no session is to be reset")
            running.bench.wait(lambda: running.heard() == {"198.18.4.0/22"}, 20,
                               f"{how}: the route that the policy rejects now is withdrawn")
            rejected = running.tern.raw_routes("rejected", FEED)
            check([r["prefix"] for r in rejected] == [_ROUTE] and
                  "unwanted" in rejected[0]["reason_detail"],
                  f"and shown as rejected: {rejected[0]['reason_detail']}")
            counted = running.tern.neighbour(FEED)["rejected_by_reason"]
            check(rejected[0]["reason"] == "unwanted" and counted == {"unwanted": 1},
                  f"under the policy's own word: {counted}")
            metrics = running.tern.node.run(["curl", "-s", "http://127.0.0.1:9179/metrics"])
            check(re.search(r'tern_routes_rejected_total\{[^}]*reason="unwanted"\} [0-9]', metrics),
                  "which is a series of the metrics, too")
            extra, running.tern.extra = running.tern.extra, {}
            running.tern.write("ternd.yml", running.tern.configuration())
            running.tern.ask("reload")
            running.bench.wait(lambda: len(running.heard()) == 2, 20,
                               "without the policy it is there again, with nobody asked to send it")
            running.tern.extra = extra
        running.untouched(PEER, FEED)


def peers():
    """Peers come and go with the file."""
    with Running("peers") as running:
        sessions = running.tern.sessions
        running.tern.sessions = sessions[1:]
        running.tern.write("ternd.yml", running.tern.configuration())
        running.hang_up()
        running.bench.wait(lambda: PEER not in running.marks(), 20, "a peer that left the file is gone")
        running.bench.wait(lambda: not running.bench.peer.established(TERN), 20, "and is told")
        running.untouched(FEED)
        running.tern.sessions = sessions
        running.tern.write("ternd.yml", running.tern.configuration())
        answer = running.tern.ask_json("reload")
        check([c["kind"] for c in answer["changes"] if PEER in c["subject"]] == ["added"],
              f"the answer says that it is added: {json.dumps(answer['changes'])}")
        running.bench.up(PEER, 60)
        running.bench.wait(lambda: len(running.heard()) == 2, 20, "and hears the routes")
        running.untouched(FEED)


def md5_key():
    """A key comes and goes with the file, on the listener too: ternd only waits here."""
    with Bench("reload-md5_key", Bird) as bench:
        options = {"route_server_client": True}
        bench.start([Session(PEER, PEER_AS, TERN, passive=True, options=options)],
                    [Session(TERN, TERN_AS, PEER)])
        bench.up(PEER)
        for key in ("first secret", "second secret", ""):
            bench.tern.session(PEER).md5 = bench.peer.session(TERN).md5 = key
            bench.tern.write("ternd.yml", bench.tern.configuration())
            answer = bench.tern.ask("reload")
            check(not key or key not in answer, "the answer does not show the key")
            bench.peer.write("bird.conf", bench.peer.configuration())
            bench.peer.restart()
            bench.up(PEER)


def dynamic_peers():
    """Neighbours of a range come unlisted, keep to its AS numbers, and go with the range."""
    group = {"asn": str(PEER_AS), "route_server_client": True, "import": ["pass"],
             "export": ["pass"]}
    policies = {"pass": {"terms": [{"accept": {}}]}}

    def extra(first, last):
        return {"router": {"asn": TERN_AS, "id": TERN, "listen": [f"{TERN}:179"]},
                "policies": policies,
                "groups": {"members": {k: v for k, v in group.items() if k != "asn"}},
                "dynamic_peers": [{"prefix": "10.0.0.0/24", "group": "members",
                                   "asns": [f"{first}-{last}"]}]}

    with Bench("reload-dynamic_peers", Bird) as bench:
        bench.start([], [Session(TERN, TERN_AS, PEER)], [Session(TERN, TERN_AS, FEED)],
                    feed_routes=[Route(_ROUTE, "64998")], extra=extra(PEER_AS, FEED_AS))
        bench.up(PEER)
        bench.up(FEED)
        neighbour = bench.tern.neighbour(PEER)
        check(neighbour["dynamic"] and neighbour["group"] == "members", "both are dynamic members")
        bench.wait(lambda: _ROUTE in bench.peer.routes(TERN), 20, "routes pass between them")
        bench.tern.extra = extra(FEED_AS, FEED_AS)
        bench.tern.reconfigure()
        bench.down(PEER, why=": its AS number is not welcome any more")
        bench.wait(lambda: not bench.peer.established(TERN), 20, "and it is told")
        bench.never_up(4, "it comes again, and is refused")
        bench.up(FEED)
        bench.tern.extra = {k: v for k, v in extra(FEED_AS, FEED_AS).items() if k != "dynamic_peers"}
        bench.tern.reconfigure()
        bench.wait(lambda: not bench.tern.ask_json("show", "neighbors"), 20,
                   "without the range nobody is left")


if __name__ == "__main__":
    main({f.__name__: f for f in (bad_file, session_setting, policy, peers, md5_key, dynamic_peers)})
