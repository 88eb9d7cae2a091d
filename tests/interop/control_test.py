#!/usr/bin/env python3
"""The control sockets of ternd and the users of the machine: who may do what, who finds a place, and
what the log says of it."""

import json
import os
import re
import shutil
import signal
import socket as sockets
import subprocess
import threading

from bench import PEER, PEER_AS, TERN, TERN_AS, Bench, Bird, Route, Session, check, main
from lab.tern import program

NOBODY = 65534
OTHER = 65533

class Running(Bench):
    """ternd with one BIRD, and both sockets for everybody."""

    def __init__(self, topic):
        super().__init__(f"control-{topic}", Bird)

    def __enter__(self):
        super().__enter__()
        # Where every user of the machine gets at it.
        os.chmod(self.lab.dir, 0o755)
        self.program = shutil.copy(program("ternctl"), self.lab.dir)
        folder = self.nodes["tern"].dir
        self.full = os.path.join(folder, "ternd.sock")
        self.read_only = os.path.join(folder, "read-only.sock")
        self.start([Session(PEER, PEER_AS, TERN, options={"name": "peer-one"})],
                   [Session(TERN, TERN_AS, PEER)], peer_routes=[Route("203.0.113.0/24")],
                   extra={"api": {"socket": self.full, "mode": "0666",
                                  "read_only_socket": self.read_only}})
        self.up(PEER)
        return self

    def ternctl(self, socket, *words, user=None):
        done = subprocess.run([self.program, "--socket", socket, *words], text=True, user=user,
                              group=user, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout, done.stderr

    @staticmethod
    def hold(socket, count, begun=b"", user=NOBODY):
        """Connections of the user, on each of which that much of a request was sent."""
        held = []
        os.seteuid(user)
        try:
            for _ in range(count):
                held.append(sockets.socket(sockets.AF_UNIX))
                held[-1].connect(socket)
        finally:
            os.seteuid(0)
        for one in held:
            try:
                one.sendall(begun)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it had to make room already
        check(len(held) == count, f"user {user} has made {count} connections, "
              f"{len(begun)} octets on each")
        return held

    def received(self):
        """Routes of the neighbor in the table."""
        families = self.tern.neighbour(PEER)["families"]
        return sum(int(family["received"]) for family in families)

    def log(self):
        with open(self.tern.log, encoding="utf-8") as log:
            return log.read()


def _close(held):
    for one in held:
        one.close()


def read_only():
    """Everybody may look, nobody may change anything."""
    with Running("read-only") as bench:
        check(os.stat(bench.read_only).st_mode & 0o777 == 0o666, "the socket is everybody's")
        for words in (("status",), ("show", "neighbors", "detail"), ("explain", "203.0.113.0/24"),
                      ("show", "routes", "received", "neighbor", "peer-one")):
            status, out, err = bench.ternctl(bench.read_only, *words, user=NOBODY)
            check(status == 0 and out, f"a stranger's ternctl {' '.join(words)} {err}")
        for words in (("reload",), ("reload", "check"), ("neighbor", "peer-one", "reset"),
                      ("neighbor", "all", "disable"), ("neighbor", "peer-one", "refresh", "out")):
            status, out, err = bench.ternctl(bench.read_only, *words)
            check(status == 1 and "read-only" in err and out == "",
                  f"not even root's ternctl {' '.join(words)}: {err.strip()}")
        check(int(bench.tern.neighbour(PEER)["flaps"]) == 0, "the session was not touched")
        status, _, err = bench.ternctl(bench.full, "neighbor", "peer-one", "refresh")
        check(status == 0, f"on the other socket it goes {err}")
        bench.tern.extra["api"]["read_only_mode"] = "0600"
        bench.tern.reconfigure()
        status, _, err = bench.ternctl(bench.read_only, "status", user=NOBODY)
        check(status == 3 and "permission" in err, "its permissions change with a reload")
        check(bench.tern.stop() == 0 and not os.path.exists(bench.read_only),
              "the file goes with the daemon")


def lockout():
    """Connections that do nothing, and requests that never end, take no place from others."""
    with Running("lockout") as bench:
        for begun in (b"", (16 << 20).to_bytes(4, "big") + b"x" * 1000, b"\0\0\x10\0begun"):
            held = bench.hold(bench.full, 200, begun)
            for user in (None, OTHER, NOBODY):
                status, out, err = bench.ternctl(bench.full, "status", user=user)
                check(status == 0 and out, f"user {user} gets an answer beside them {err}")
            _close(held)
        held = bench.hold(bench.read_only, 200)
        check(bench.ternctl(bench.full, "status", user=OTHER)[0] == 0,
              "the two sockets do not share their places")
        _close(held)


def who():
    """The log says who changed something, and nobody can write into it."""
    with Running("who") as bench:
        bench.ternctl(bench.full, "neighbor", "peer-one", "refresh", user=NOBODY)
        bench.ternctl(bench.full, "neighbor", "x\n2026-01-01 info forged", "reset", user=OTHER)
        bench.ternctl(bench.full, "reload")
        bench.ternctl(bench.full, "show", "neighbors")
        lines = [line for line in bench.log().splitlines() if "control API" in line]
        for line, expected in zip(lines, (
                rf"nobody \(uid {NOBODY}, pid \d+\): neighbor peer-one refresh in$",
                rf"uid {OTHER} \(pid \d+\): neighbor x\?2026-01-01 info forged reset$",
                r"root \(uid 0, pid \d+\): reload$")):
            check(re.search(expected, line), line)
        check(len(lines) == 3, "who only looks is not in the log")


class Stream:
    """A running `ternctl --json monitor routes`, and what it said so far."""

    def __init__(self, bench, socket, *words):
        self.run = subprocess.Popen(
            [bench.program, "--json", "--socket", socket, "monitor", "routes", *words],
            text=True, stdout=subprocess.PIPE)
        self.bench = bench
        self.events = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.run.stdout:
            self.events.append(json.loads(line))

    def hears(self, event, prefix=None, timeout=20):
        """Waits for such an event behind all that were asked for before; returns it."""
        def found():
            for at, one in enumerate(self.events):
                if one["event"] == event and (not prefix or one["route"]["prefix"] == prefix):
                    return at + 1
            return None
        at = self.bench.lab.wait(found, timeout, f"{event} {prefix or ''}")
        one = self.events[at - 1]
        del self.events[:at]
        print(f"  ok: {event} {prefix or ''}", flush=True)
        return one

    def stop(self):
        self.run.send_signal(signal.SIGINT)
        self.run.wait(10)


def monitor():
    """A stream shows what is there, what comes, what goes, and what it missed while nobody read it."""
    with Running("monitor") as bench:
        best = Stream(bench, bench.full, "--snapshot")
        received = Stream(bench, bench.read_only, "neighbor", "peer-one", "--snapshot")
        for stream in (best, received):
            route = stream.hears("announce", "203.0.113.0/24")["route"]
            check(route["neighbor_name"] == "peer-one" and route["accepted"], "it has a source")
            stream.hears("end-of-snapshot")
        more = Route("198.51.100.0/24")
        bench.peer.announce(more)
        for stream in (best, received):
            stream.hears("announce", "198.51.100.0/24")
        bench.peer.withdraw("203.0.113.0/24")
        for stream in (best, received):
            stream.hears("withdraw", "203.0.113.0/24")
        flood(bench, best, received)
        for stream in (best, received):
            stream.stop()


def flood(bench, *streams):
    """A table comes while nobody reads the streams: they fall behind, and hear of all of it."""
    for stream in streams:
        stream.run.send_signal(signal.SIGSTOP)
    before = bench.received()
    table = [Route(f"10.{n // 256}.{n % 256}.0/24") for n in range(20_000)]
    for _ in range(2):
        bench.peer.announce(*table)
        bench.wait(lambda: bench.received() == before + len(table), 60, "the table is here")
        bench.peer.withdraw(*(route.prefix for route in table))
        bench.wait(lambda: bench.received() == before, 60, "the table is gone")
    bench.peer.announce(*table)
    bench.wait(lambda: bench.received() == before + len(table), 60, "the table is here again")
    for stream in streams:
        stream.run.send_signal(signal.SIGCONT)
        stream.held = {"198.51.100.0/24"}
    wanted = {route.prefix for route in table} | {"198.51.100.0/24"}

    def holds(stream):
        events, stream.events[:] = list(stream.events), []
        for one in events:
            if one["event"] == "announce":
                stream.held.add(one["route"]["prefix"])
            elif one["event"] == "withdraw":
                stream.held.discard(one["route"]["prefix"])
            elif one["event"] == "fell-behind":
                stream.fell_behind = True
        return stream.held == wanted

    for stream in streams:
        bench.wait(lambda stream=stream: holds(stream), 60, "the stream has the whole table")
        check(getattr(stream, "fell_behind", False), "and said that it fell behind")


if __name__ == "__main__":
    main({f.__name__: f for f in (read_only, lockout, who, monitor)})
