"""The bench of the interop tests: ternd between a daemon under test and a BIRD that is known good.

    tern 10.0.0.1 fd00::1  ---+--- peer 10.0.0.2 fd00::2   the daemon under test
                              +--- feed 10.0.0.3 fd00::3   BIRD: announces to it, hears of it
"""

import errno
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab.bird import Bird  # noqa: E402
from lab.namespaces import Lab, NoNamespaces  # noqa: E402
from lab.speaker import Route, Session  # noqa: E402
from lab.tern import Tern, program  # noqa: E402

TERN, PEER, FEED = "10.0.0.1", "10.0.0.2", "10.0.0.3"
TERN6, PEER6, FEED6 = "fd00::1", "fd00::2", "fd00::3"
# 4-octet numbers, which a speaker that is not one cannot even write down
TERN_AS, PEER_AS, FEED_AS = 4_200_000_001, 4_200_000_002, 4_200_000_003




def check(condition, what):
    """One assertion, in words; a test prints what it held."""
    if not condition:
        raise AssertionError(f"does not hold: {what}")
    print(f"  ok: {what}", flush=True)


def same(found, expected, what, but=()):
    """Two routes are equal in everything but some fields."""
    differences = found.difference(expected, but)
    if differences:
        raise AssertionError(f"{what}: found is not expected in " + "; ".join(differences))
    print(f"  ok: {what}", flush=True)


def fill(folder):
    """Takes all the room of a small file system."""
    with open(os.path.join(folder, "full"), "ab", buffering=0) as file:
        try:
            while file.write(b"#" * 4096):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


class Bench:
    """A context manager with the three nodes on one LAN. `peer_kind` is the driver under test."""

    def __init__(self, name, peer_kind, link_local=True):
        self.lab = Lab(name)
        self.peer_kind = peer_kind
        self._link_local = link_local
        self.tern = self.peer = self.feed = None

    def __enter__(self):
        self.lab.__enter__()
        self.lan = self.lab.lan()
        self.nodes = {}
        for name, v4, v6 in (("tern", TERN, TERN6), ("peer", PEER, PEER6), ("feed", FEED, FEED6)):
            self.nodes[name] = self.lab.node(name)
            self.nodes[name].attach(self.lan, f"{v4}/24", f"{v6}/64", link_local=self._link_local)
        return self

    def __exit__(self, *failure):
        if failure[0] is not None and issubclass(failure[0], AssertionError):
            if "not within" not in str(failure[1]):  # a wait that failed has told it already
                print(self.lab.describe(), file=sys.stderr)
        return self.lab.__exit__(*failure)

    def start(self, tern_sessions, peer_sessions, feed_sessions=(), peer_routes=(), feed_routes=(),
              tern_as=TERN_AS, peer_as=PEER_AS, feed_as=FEED_AS, extra=None):
        """Starts the three (feed only where it has sessions)."""
        self.tern = Tern(self.nodes["tern"], tern_as, TERN, tern_sessions, extra).start()
        self.peer = self.peer_kind(self.nodes["peer"], peer_as, PEER, peer_sessions,
                                   peer_routes).start()
        if feed_sessions:
            self.feed = Bird(self.nodes["feed"], feed_as, FEED, feed_sessions, feed_routes).start()
        return self

    def wait(self, predicate, timeout, what):
        result = self.lab.wait(predicate, timeout, what)
        print(f"  ok: {what}", flush=True)
        return result

    def up(self, neighbour=PEER, timeout=60):
        """Waits for the session with `neighbour`, at both ends."""
        other = self.peer if neighbour in (PEER, PEER6) else self.feed
        own = TERN6 if ":" in neighbour else TERN
        self.wait(lambda: self.tern.established(neighbour) and other.established(own), timeout,
                  f"session {own} - {neighbour} ({other.kind}) is Established at both ends")

    def never_up(self, seconds, why, neighbour=PEER):
        """Nothing must happen, and for that there is no other way than to look for a while."""
        self.lab.wait(lambda: self.tern.state(neighbour), 20, "ternd answers")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.tern.established(neighbour):
                raise AssertionError(f"the session came up: {why}")
            time.sleep(0.2)
        print(f"  ok: no session within {seconds} s: {why}", flush=True)

    def down(self, neighbour=PEER, timeout=30, why=""):
        self.wait(lambda: not self.tern.established(neighbour), timeout,
                  f"ternd knows that {neighbour} is gone{why}")


def tern_sessions(**settings):
    """ternd's session with peer, over IPv4 and for both families unless said otherwise."""
    return [_session(PEER, TERN, PEER_AS, settings)]


def peer_sessions(**settings):
    return [_session(TERN, PEER, TERN_AS, settings)]


def _session(neighbour, local, asn, settings):
    settings = {"families": ("ipv4", "ipv6"), "asn": asn, **settings}
    return Session(settings.pop("neighbour", neighbour), settings.pop("asn"),
                   settings.pop("local", local), **settings)


def split_families(neighbour, local, neighbour6, local6, asn, **settings):
    """A session over IPv4 for IPv4 and one over IPv6 for IPv6: what every daemon does best."""
    return [Session(neighbour, asn, local, families=("ipv4",), **settings),
            Session(neighbour6, asn, local6, families=("ipv6",), **settings)]


def main(topics):
    """Runs the topics named on the command line, all without arguments. Exit status for ctest."""
    wanted = sys.argv[1:] or list(topics)
    for name in wanted:
        if name not in topics:
            sys.exit(f"no topic '{name}'; there are {', '.join(topics)}")
    try:
        program("ternd"), program("ternctl")
        for name in wanted:
            print(f"{name}", flush=True)
            topics[name]()
    except (NoNamespaces, FileNotFoundError) as problem:
        sys.exit(f"this test cannot run: {problem}")
    except AssertionError as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        traceback.print_exc()
        sys.exit(1)


__all__ = ["Bench", "Bird", "Route", "Session", "check", "main", "same", "peer_sessions",
           "split_families", "tern_sessions"]
