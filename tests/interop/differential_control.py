"""Tern and BIRD as route servers of the same clients, who steer their routes by control communities:
every client holds the same from both, route by route and attribute by attribute.

    tern 10.0.0.1 ---+--- bird 10.0.0.2   a table per client, filled through pipes
                     +--- feed 10.0.1.1 .. 10.0.1.8   tern-replay, the peers of a RouteViews dump

Each peer of the dump is a client of both route servers, says the same to both, and keeps what it
is told by each. A fifth of the routes, drawn by speaker and prefix, carries control communities
about the other clients: standard, extended, large, and of two kinds at once. They forbid, permit
and prepend. A route that the updates announce again comes with other words, or with none. A member's
wish about a prefix is not another member's, so the best path that a client may have is often not the
best path (RFC 7947 section 2.3, path hiding). A share of the table is enough for that, and leaves
BIRD's nine tables small; the updates are those of all prefixes.

What each client holds is compared as tern-replay decoded it: next hop, origin, MED, communities of
all kinds, the values of all other attributes, AS path. (The flags of attributes, their order and
that of communities are left out.) Nothing may differ, and control communities are on neither side's
routes.

That the words matter at all is shown by switching control_communities off in Tern: then much
differs. Switched on again, everything is as it was. That BIRD listens is shown by the comparison.

As in differential_test.py: `deterministic med`, `prefer older off`, next hops of the peers' own,
AS_SETs allowed, and paths with the route servers' own AS are refused as loops by both.
"""

import os
import signal

from bench import check
from differential import (ASN, BIRD, DUMP, PEERS, TERN, UPDATES, Clock, Feed, address, bird_counts,
                          data, nodes_of, sessions, stable, tern_counts, wait_for_both)

from lab.bird_route_server import BirdRouteServer
from lab.namespaces import Lab
from lab.process import wait_until
from lab.tern import Tern

_SEED = int(os.environ.get("TERN_SEED", "20080223"))
_EVERY = 5         # one route of so many carries control communities
# One prefix of so many in the table is played. All of it, 1, takes BIRD 1.3 GB and about three minutes.
_EVERY_PREFIX = int(os.environ.get("TERN_EVERY_PREFIX", "4"))
_UPDATE_FILES = 4  # of a quarter of an hour each
_FIELDS = ("next hop", "origin", "MED", "communities", "other attributes", "AS path")
_CONTROL = {"standard": True, "extended": True, "large": True}


class _Bench:
    def __init__(self, lab, dump, updates):
        self.lab = lab
        nodes = nodes_of(lab)
        self.group = {"import": ["pass"], "export": ["pass"], "connect_retry": 1, "idle_hold": 1,
                      "route_server_client": True, "control_communities": _CONTROL}
        self.tern = Tern(nodes["tern"], ASN, TERN, sessions(TERN, allow_as_sets=True),
                         {"groups": {"neighbours": self.group}, "log": {"level": "info"}}).start()
        raw = "deterministic med on; prefer older off;"
        self.bird = BirdRouteServer(nodes["bird"], ASN, BIRD, sessions(BIRD, raw=raw)).start()
        wait_for_both(lab, self.tern, self.bird)
        self.held = os.path.join(nodes["feed"].dir, "held")
        os.mkdir(self.held)
        self.feed = Feed(nodes["feed"], dump, updates, [
            "--sink", "--held", self.held, "--every", str(_EVERY_PREFIX), "--control-for", str(ASN),
            "--control-seed", str(_SEED), "--control-every", str(_EVERY)])

    def settled(self, clock, what):
        """Nobody says anything any more; the reports of tern-replay's sessions."""
        reports, _, _ = stable(
            lambda: (self.feed.report(), tern_counts(self.tern), bird_counts(self.bird)), 3.0)
        clock.lap(what)
        return reports

    def tables(self):
        """What the clients hold: a function (client, route server) -> {prefix: fields}."""
        complete = os.path.join(self.held, "complete")
        if os.path.exists(complete):
            os.unlink(complete)
        self.feed.process.signal(signal.SIGUSR2)
        wait_until(lambda: os.path.exists(complete), 60, "tern-replay writes what it holds")

        def table(client, server):
            with open(os.path.join(self.held, f"{client}-{server}"), encoding="utf-8") as held:
                return dict(map(_route, held))

        return table


def _route(line):
    prefix, *fields = line.rstrip("\n").split(" ", len(_FIELDS))
    return prefix, tuple(fields)


def _difference(tern, bird):
    if tern is None or bird is None:
        return "only from " + ("BIRD" if tern is None else "Tern")
    return "differs in " + ", ".join(name for name, a, b in zip(_FIELDS, tern, bird) if a != b)


def _compare(table):
    """{what differs: [(client, prefix, from Tern, from BIRD)]}, and the number of routes of each."""
    kinds, held = {}, [0, 0]
    for client in map(address, range(len(PEERS))):
        tern, bird = table(client, TERN), table(client, BIRD)
        held[0] += len(tern)
        held[1] += len(bird)
        if tern == bird:
            continue
        for prefix in sorted(tern.keys() | bird.keys()):
            ours, theirs = tern.get(prefix), bird.get(prefix)
            if ours != theirs:
                kinds.setdefault(_difference(ours, theirs), []).append(
                    (client, prefix, ours, theirs))
    return kinds, held


def _equal(bench, clock, what):
    kinds, (tern, bird) = _compare(bench.tables())
    clock.lap("what the clients hold compared")
    for kind, found in sorted(kinds.items()):
        print(f"  {len(found)} {kind}, such as")
        for client, prefix, ours, theirs in found[:5]:
            print(f"    {prefix} for {client}:\n      Tern {ours}\n      BIRD {theirs}")
    print(f"  the clients hold {tern} routes from Tern and {bird} from BIRD", flush=True)
    check(not kinds, what)
    return tern


def _no_control_communities(bench):
    """Standard and extended ones about 0, the route server and 65501..65503, large ones of its AS."""
    table = bench.tables()
    words = ("0:", f"{ASN}:", "65501:", "65502:", "65503:")
    heads = tuple(words) + tuple("rt:" + word for word in words)
    left = [(client, prefix, fields[3]) for client in map(address, range(len(PEERS)))
            for prefix, fields in table(client, TERN).items()
            if any(word.startswith(heads) for word in fields[3].split(","))]
    check(not left, "no client is shown a control community" + (f", but {left[:3]}" if left else ""))


def _what_both_took(bench, reports):
    tern, bird = tern_counts(bench.tern), bird_counts(bench.bird)
    spoken = {entry["local"]: (entry["families"]["ipv4-unicast"]["sent"], entry["controlled"])
              for entry in reports}
    check(len(spoken) == len(PEERS), "all peers of the dump have spoken")
    sent, controlled = map(sum, zip(*spoken.values()))
    check(abs(controlled * _EVERY - sent) < sent // 20,
          f"{controlled} of {sent} announcements carry control communities, one of {_EVERY}")
    check({peer: accepted for peer, (_, accepted, _) in tern.items()} == bird,
          f"both hold the same {sum(bird.values())} routes, peer by peer")
    check(not any(set(rejected) - {"as-loop"} for _, _, rejected in tern.values()),
          "and Tern refuses nothing but loops")


def _switch(bench, control):
    bench.group["control_communities"] = control
    bench.tern.reconfigure()


def _without_words(kinds):
    """How many routes differ in more than the communities they show."""
    return sum(len(found) for kind, found in kinds.items() if kind != "differs in communities")


def control_communities():
    dump, folder = data(DUMP), data(UPDATES)
    updates = sorted(os.path.join(folder, name) for name in os.listdir(folder))[:_UPDATE_FILES]
    clock = Clock()
    print(f"  seed {_SEED} (TERN_SEED: another); one prefix of {_EVERY_PREFIX} of the table "
          f"(TERN_EVERY_PREFIX), {len(updates)} files of updates")
    with Lab("differential-control") as lab:
        bench = _Bench(lab, dump, updates)
        clock.lap("ternd, BIRD and tern-replay started")
        lab.wait(bench.feed.ready, 240, "tern-replay has said everything to both")
        clock.lap("tern-replay read table and updates and said everything to both")
        reports = bench.settled(clock, "nothing comes any more (3 s of silence from all)")
        _what_both_took(bench, reports)
        total = _equal(bench, clock, "every client holds the same from both")
        _no_control_communities(bench)

        _switch(bench, dict.fromkeys(_CONTROL, False))
        bench.settled(clock, "control_communities switched off in Tern")
        kinds, _ = _compare(bench.tables())
        check(_without_words(kinds) * 20 > total,
              f"without them {_without_words(kinds)} of {total} routes are other routes or prepended "
              "otherwise")

        _switch(bench, _CONTROL)
        bench.settled(clock, "and on again")
        _equal(bench, clock, "every client holds the same from both once more")
        check(bench.feed.process.stop() == 0, "tern-replay ends with exit status 0")
