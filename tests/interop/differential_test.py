#!/usr/bin/env python3
"""The same real table into Tern and into BIRD at once: the best paths are equal, prefix by prefix.

    tern 10.0.0.1 ---+--- bird 10.0.0.2
                     +--- feed 10.0.1.1 .. 10.0.1.8   tern-replay, the peers of a RouteViews dump

The table is RouteViews2 of 23 February 2008: 249,252 prefixes of 8 nearly full peers, all of it; the
second test goes on with the six hours of updates that follow, as fast as both take them. They
are no part of the project: without it (TERN_DATA, else ../shared/data beside the checkout) the test
is skipped. Each peer has two sessions with the same AS, address and BGP identifier, and says the
same on both.

What could make two correct speakers differ, and what is done about it:

* MED between paths of one neighbour AS depends on the order of arrival in BIRD, unless it has
  `deterministic med`, which Tern always has: switched on. (In this table it decides nothing.)
* BIRD keeps an older path where the router id would decide only with `prefer older`: off, its default.
* The next hops of the dump are not of this network; BIRD refuses such on a directly connected
  session. Every peer announces itself as the next hop. So the cost to the next hop is the same.
* AS_SETs: RFC 9774 has Tern treat such announcements as withdrawals. For the comparison they are
  allowed; then they are forbidden and their number is checked.
* The order of the AS numbers inside an AS_SET means nothing: BIRD shows it as received.
* Own AS: somebody in 2008 let AS 65000 out, and so a few paths are refused as loops, by both: this
  is asserted by number, and that nothing else is refused (first AS, martians, malformed attributes).

Nothing else may differ: a path, a next hop or a peer that is not the same is a failure. The BGP
identifiers fall where the addresses rise, and two peers share one: so both last steps decide.

What route servers tell each client is compared in differential_control.py.
"""

import json
import os
import re
import subprocess

from bench import check, main
from differential import (ASN, BIRD, DUMP, PEERS, TERN, UPDATES, Clock, Feed, address, bird_counts,
                          data, nodes_of, sessions, stable, tern_counts, wait_for_both)
from differential_control import control_communities

from lab.bird import Bird
from lab.namespaces import Lab
from lab.tern import Tern, program

# Counted in the dump without Tern: paths, those with AS 65000, those with an AS_SET.
_PATHS, _LOOPS, _AS_SETS = 1_740_288, 146, 339


def _lines(node, argv):
    """The lines of a long answer, as they come."""
    with subprocess.Popen(node.enter(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as asked:
        yield from asked.stdout
    if asked.returncode != 0:
        raise AssertionError(f"{argv[0]}: exit status {asked.returncode}")


def _normal(path):
    """An AS path with the numbers of every AS_SET sorted."""
    if "{" not in path:
        return path
    return re.sub(r"\{([^}]*)\}", lambda found: "{" + " ".join(
        sorted(found[1].split(), key=int)) + "}", path)


def _tern_best(tern):
    """{prefix: (AS path, next hop, peer)}; ternctl writes one route per line."""
    argv = [program("ternctl"), "--socket", tern.socket, "--json", "show", "routes", "best"]
    best = {}
    for line in _lines(tern.node, argv):
        if not line.startswith("{"):
            continue
        route = json.loads(line.rstrip(",\n"))
        check_once(best, route["prefix"])
        best[route["prefix"]] = (_normal(route["as_path"]), route["next_hop"], route["neighbor"])
    return best


_HEAD = re.compile(r"(\S+)\s+\w+ \[p(\d+) ")


def _bird_best(bird):
    argv = ["birdc", "-s", bird.path("bird.ctl"), "show", "route", "table", "master4", "primary",
            "all"]
    best = {}
    prefix = peer = path = None
    for line in _lines(bird.node, argv):
        if line.startswith("\tBGP.as_path:"):
            path = _normal(line.split(":", 1)[1].strip())
        elif line.startswith("\tBGP.next_hop:"):
            check_once(best, prefix)
            best[prefix] = (path, line.split()[1], peer)
        elif not line.startswith("\t") and (head := _HEAD.match(line)):
            prefix, peer, path = head[1], address(int(head[2])), None
    return best


def check_once(table, prefix):
    if prefix in table:
        raise AssertionError(f"{prefix} has two best paths")


def _show_differences(tern, bird):
    """Counts by what differs, and the first few of each kind."""
    kinds = {}
    for prefix in tern.keys() | bird.keys():
        ours, theirs = tern.get(prefix), bird.get(prefix)
        if ours == theirs:
            continue
        if ours is None or theirs is None:
            kind = "only in " + ("BIRD" if ours is None else "Tern")
        else:
            kind = "differs in " + ", ".join(
                name for name, a, b in zip(("AS path", "next hop", "peer"), ours, theirs) if a != b)
        kinds.setdefault(kind, []).append((prefix, ours, theirs))
    for kind, found in sorted(kinds.items()):
        print(f"  {len(found)} {kind}, such as")
        for prefix, ours, theirs in sorted(found)[:5]:
            print(f"    {prefix}: Tern {ours}, BIRD {theirs}")
    return sum(map(len, kinds.values()))


class _Bench:
    def __init__(self, lab):
        self.lab = lab
        nodes = nodes_of(lab)
        self.feed_node = nodes["feed"]
        groups = {"neighbours": {"import": ["pass"], "connect_retry": 1, "idle_hold": 1}}
        self.tern = Tern(nodes["tern"], ASN, TERN, sessions(TERN, allow_as_sets=True),
                         {"groups": groups, "log": {"level": "info"}}).start()
        self.bird = Bird(nodes["bird"], ASN, BIRD,
                         sessions(BIRD, raw="deterministic med on; prefer older off;")).start()
        wait_for_both(lab, self.tern, self.bird)


def _tables_arrive(bench, feed, clock):
    bench.lab.wait(feed.ready, 120, "tern-replay has said everything to both")
    clock.lap("tern-replay read the dump and said everything to both")
    sent = feed.sent()
    check(len(sent) == len(PEERS), "all peers of the dump have spoken")
    _received(bench, {peer: announced for peer, (announced, _) in sent.items()})
    bench.lab.wait(lambda: sum(bird_counts(bench.bird).values()) >= _PATHS - _LOOPS, 120,
                   "BIRD has taken all of it")
    tern = stable(lambda: tern_counts(bench.tern))
    bird = stable(lambda: bird_counts(bench.bird))
    clock.lap("nothing comes any more (2 s of silence from each)")
    for peer, (announced, _) in sent.items():
        loops = _without_loops(peer, tern[peer], announced)
        if bird[peer] != announced - loops:
            raise AssertionError(f"{peer} sent {announced} routes, {loops} of them loops for Tern; "
                                 f"BIRD took {bird[peer]}")
    total = sum(bird.values())
    check(total == _PATHS - _LOOPS,
          f"both have taken the same {total} routes, and refused {_LOOPS} loops")
    return sent


def _received(bench, announced):
    """Waits until Tern has so many routes of each peer."""
    bench.lab.wait(lambda: {peer: received for peer, (received, _, _) in
                            tern_counts(bench.tern).items()} == announced, 120,
                   f"Tern has received {announced}")


def _without_loops(peer, counts, announced):
    """Tern received all that was announced, and refused nothing but loops: their number."""
    received, accepted, rejected = counts
    loops = rejected.get("as-loop", 0)
    if received != announced or accepted != announced - loops or set(rejected) - {"as-loop"}:
        raise AssertionError(f"{peer}: {received} received of {announced}, {accepted} accepted, "
                             f"rejected {rejected}")
    return loops


def _best_paths_are_equal(bench, clock):
    tern = _tern_best(bench.tern)
    clock.lap("best paths of Tern read")
    bird = _bird_best(bench.bird)
    clock.lap("best paths of BIRD read")
    check(len(bird) > 249_000, f"BIRD has {len(bird)} best paths")
    check(len(tern) == len(bird), "and Tern has as many")
    check(_show_differences(tern, bird) == 0,
          "AS path, next hop and peer of all of them are the same")
    peers = {peer for _, _, peer in tern.values()}
    check(len(peers) == len(PEERS), "every peer has the best path to something")
    return tern


def _as_sets_are_refused(bench, sent, best, clock):
    """RFC 9774: the same table once more to a Tern that is as strict as it is by default."""
    for session in bench.tern.sessions:
        del session.options["allow_as_sets"]
    bench.tern.reconfigure()
    _received(bench, {peer: announced - as_sets for peer, (announced, as_sets) in sent.items()})
    counts = stable(lambda: tern_counts(bench.tern))
    clock.lap("the table once more, with AS_SETs forbidden")
    for peer, (announced, as_sets) in sent.items():
        _without_loops(peer, counts[peer], announced - as_sets)
    refused = sum(as_sets for _, as_sets in sent.values())
    check(refused == _AS_SETS, f"without allow_as_sets the {refused} paths with an AS_SET are not there")
    strict = _tern_best(bench.tern)
    check(not any("{" in path for path, _, _ in strict.values()), "none of them is a best path")
    same = [prefix for prefix, (path, _, _) in best.items() if "{" not in path]
    check(all(strict.get(prefix) == best[prefix] for prefix in same),
          f"the {len(same)} best paths without one are what they were")


def best_paths():
    dump = data(DUMP)
    clock = Clock()
    with Lab("differential") as lab:
        bench = _Bench(lab)
        feed = Feed(bench.feed_node, dump)
        clock.lap("ternd, BIRD and tern-replay started")
        sent = _tables_arrive(bench, feed, clock)
        best = _best_paths_are_equal(bench, clock)
        _as_sets_are_refused(bench, sent, best, clock)
        check(feed.process.stop() == 0, "tern-replay ends with exit status 0")


def updates():
    """Announcements and withdrawals of six hours behind the table: the same best paths at the end."""
    dump, folder = data(DUMP), data(UPDATES)
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    clock = Clock()
    with Lab("differential-updates") as lab:
        bench = _Bench(lab)
        feed = Feed(bench.feed_node, dump, files)
        bench.lab.wait(feed.ready, 240, "tern-replay has said everything to both")
        clock.lap(f"table and {len(files)} files of updates said to both")
        tern = stable(lambda: tern_counts(bench.tern))
        bird = stable(lambda: bird_counts(bench.bird))
        clock.lap("nothing comes any more (2 s of silence from each)")
        check({peer: accepted for peer, (_, accepted, _) in tern.items()} == bird,
              f"both hold the same {sum(bird.values())} routes, peer by peer")
        check(sum(bird.values()) != _PATHS - _LOOPS, "which are not as many as in the table alone")
        check(not any(set(rejected) - {"as-loop"} for _, _, rejected in tern.values()),
              "and Tern refuses nothing but loops")
        _best_paths_are_equal(bench, clock)
        check(feed.process.stop() == 0, "tern-replay ends with exit status 0")


if __name__ == "__main__":
    main({"best_paths": best_paths, "updates": updates, "control_communities": control_communities})
