#!/usr/bin/env python3
"""ternd and the files it is given: what it starts with, what it refuses, and when it believes that a
file is whole. One daemon without listeners; its neighbors are passive and stay away."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from bench import check, main
from lab.process import Process, wait_until
from lab.tern import program

_EGRESS = """egress:
  pop: ams
  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }
  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }
  rtt_file: rtt.csv
"""


class Ternd:
    """A folder with a configuration, and the daemon that runs with it."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="tern-config-")
        self.file = self.path("ternd.yml")
        self.socket = self.path("ternd.sock")
        self.log = self.path("ternd.log")
        self.process = None
        return self

    def __exit__(self, *failure):
        if self.process:
            self.process.stop()
        if failure[0] is not None and os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as log:
                sys.stderr.write(log.read())
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def configure(self, peers=12, more="", socket=None):
        self.write("ternd.yml", self.text(peers, more, socket))

    def text(self, peers=12, more="", socket=None):
        text = (f"router: {{ asn: 64500, id: 192.0.2.1, listen: [] }}\n"
                f"api: {{ socket: {socket or self.socket} }}\n"
                "groups: { g: { passive: true, import: [], export: [] } }\n" + more)
        if not peers:
            return text
        return text + "peers:\n" + "".join(f"  - {{ address: 198.51.100.{n}, asn: 64501, group: g }}\n"
                                           for n in range(1, peers + 1))

    def environment(self):
        return {"RUNTIME_DIRECTORY": self.path("run"), "STATE_DIRECTORY": self.path("state"),
                "LOGS_DIRECTORY": self.path("logs")}

    def start(self):
        """Returns whether it runs."""
        self.process = Process([program("ternd"), "--config", self.file], self.log,
                               env=self.environment(), cwd=self.dir)
        wait_until(lambda: self.try_ask("status")[0] == 0 or not self.process.alive(), 20,
                   "ternd answers or ends", interval=0.02)
        return self.process.alive()

    def restart(self):
        self.process.stop()
        return self.start()

    def try_ask(self, *words):
        done = subprocess.run([program("ternctl"), "--socket", self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout + done.stderr

    def status(self):
        return json.loads(self.try_ask("--json", "status")[1])

    def neighbors(self):
        return self.status()["neighbors"]

    def check_only(self):
        done = subprocess.run([program("ternd"), "--check", self.file], text=True,
                              capture_output=True, timeout=20, check=False, cwd=self.dir)
        return done.returncode, done.stdout + done.stderr

    def hang_up(self):
        self.process.signal(signal.SIGHUP)

    def logged(self, pattern, what, timeout=20):
        def found():
            with open(self.log, encoding="utf-8") as log:
                return re.search(pattern, log.read())

        wait_until(found, timeout, what, interval=0.02)
        print(f"  ok: {what}", flush=True)


def side_files():
    """A bad line in the file of round trips, or a key that is not there, does not keep ternd down."""
    with Ternd() as ternd:
        ternd.configure(1, _EGRESS)
        ternd.write("rtt.csv", "ams,berlin,10\nams,berlin\n")
        check(not ternd.start(), "a first start with a bad line is refused")
        ternd.write("rtt.csv", "ams,berlin,10\n")
        check(ternd.start() and not ternd.status()["stale_files"], "with a good file it starts")
        ternd.write("rtt.csv", "ams,berlin,10\nams,berlin\n")
        check(ternd.check_only()[0] == 1, "--check refuses the bad line")
        status, text = ternd.try_ask("reload", "check")
        check(status == 1 and "rtt.csv:2:1: expected pop,metro-or-pop,milliseconds" in text,
              "so does reload check, with its place")
        check(ternd.try_ask("reload")[0] == 1, "and reload")
        check(ternd.restart(), "a start takes the last good content")
        stale = ternd.status()["stale_files"]
        check(len(stale) == 1 and "rtt.csv:2:1: " in stale[0] and "last good content" in stale[0],
              f"status says so: {stale}")
        check("Stale file" in ternd.try_ask("status")[1], "also for people")
        ternd.logged(r"error.*rtt\.csv:2:1: .*last good content", "and the log, as an error")
        check("10.0 ms" in ternd.try_ask("show", "egress")[1], "the measurement is that of before")
        ternd.write("rtt.csv", "ams,berlin,11\n")
        check(ternd.try_ask("reload")[0] == 0 and not ternd.status()["stale_files"],
              "a good file and a reload end it")

        ternd.configure(0, "peers: [ { address: 198.51.100.1, asn: 64501, passive: true, "
                           "md5_password_file: key, import: [], export: [] } ]\n")
        check(ternd.check_only()[0] == 1 and ternd.try_ask("reload")[0] == 1,
              "a key that is not there is an error")
        check(ternd.restart() and "no session without it" in ternd.status()["stale_files"][0],
              "a start goes on without that session")


def regular_files():
    """A pipe as the configuration is refused at once, and the daemon goes on."""
    with Ternd() as ternd:
        ternd.configure(1)
        check(ternd.start(), "ternd runs")
        os.unlink(ternd.file)
        os.mkfifo(ternd.file)
        status, text = ternd.try_ask("reload")
        check(status == 1 and "is no regular file" in text, "reload of a pipe is refused")
        ternd.hang_up()
        ternd.logged(r"error reload: .*is no regular file", "so is SIGHUP")
        check(ternd.neighbors() == 1, "and the daemon answers")
        check("is no regular file" in ternd.check_only()[1], "--check refuses it too")


def cut_file():
    """A file that is cut at the end of a line takes nothing away."""
    with Ternd() as ternd:
        ternd.configure(12)
        check(ternd.start() and ternd.neighbors() == 12, "ternd runs with 12 neighbors")
        whole = ternd.text(12)
        cut = ternd.text(2)
        ternd.write("ternd.yml", cut)
        ternd.hang_up()
        ternd.logged("a reload waits until the files have not changed for 1 s", "SIGHUP waits for the writer")
        wait_until(lambda: "removes 10 of 12 neighbors" in ternd.status()["reload_note"], 10,
                   "and longer, as most neighbors would go")
        check(ternd.neighbors() == 12, "nothing is removed meanwhile")
        check("removes 10 of 12 neighbors" in ternd.try_ask("status")[1], "status says why")
        check(ternd.try_ask("reload")[0] == 1, "a reload by hand is refused, and SIGHUP waits on")
        ternd.write("ternd.yml", whole)
        ternd.logged("reload: .* applied, 0 changes", "the whole file is taken when it is there")
        check(ternd.neighbors() == 12 and not ternd.status()["reload_note"], "all 12 are there")

        ternd.write("ternd.yml", cut)
        status, text = ternd.try_ask("reload", "check")
        check(status == 0 and "removes 10 of 12 neighbors" in text and "--yes" in text,
              "reload check says how many would go")
        status, text = ternd.try_ask("reload")
        check(status == 1 and "removes 10 of 12 neighbors" in text and "--yes" in text,
              "reload asks for --yes")
        check(ternd.neighbors() == 12 and not ternd.status()["last_reload_ok"], "and does nothing")
        check(ternd.try_ask("reload", "--yes")[0] == 0 and ternd.neighbors() == 2,
              "with --yes it does")


def end_marker():
    """Once the running configuration ends with `end: true`, a file without it is not whole."""
    with Ternd() as ternd:
        ternd.write("ternd.yml", ternd.text(12) + "end: true\n")
        check(ternd.start(), "ternd runs with a marked file")
        ternd.configure(11)
        ternd.hang_up()
        ternd.logged("error reload: .*without 'end: true'", "SIGHUP refuses a file without the mark")
        check(ternd.neighbors() == 12 and "end: true" in ternd.status()["reload_note"],
              "and status says why")
        check(ternd.try_ask("reload")[0] == 1, "so does reload")
        ternd.write("ternd.yml", ternd.text(2) + "end: true\n")
        ternd.hang_up()
        wait_until(lambda: ternd.neighbors() == 2, 8, "a marked file is whole, whatever it removes",
                   interval=0.02)
        print("  ok: a marked file is whole, whatever it removes", flush=True)
        ternd.configure(2)
        check(ternd.try_ask("reload", "--yes")[0] == 0, "the mark goes with --yes")
        check(ternd.try_ask("reload")[0] == 0, "and is not missed any more")


def directories():
    """ternd makes no directories but in its own ones."""
    with Ternd() as ternd:
        for where, more, socket in (("log.file", "log: { file: %s/x.log }\n", None),
                                    ("api.socket", "", "%s/x.sock")):
            missing = ternd.path("missing")
            ternd.configure(0, more % missing if more else "", socket and socket % missing)
            check(not ternd.start(), f"{where} in a directory that is not there: no start")
            ternd.logged(f"cannot start: {where}: there is no directory {missing}", "and says why")
            check(not os.path.exists(missing), "the directory is not made")
        ternd.socket = ternd.path("run/deep/ternd.sock")
        logs = ternd.path("logs/deep/ternd.log")
        ternd.configure(1, f"log: {{ file: {logs} }}\n")
        check(ternd.start() and os.path.exists(logs), "in its own directories it makes them")
        ternd.configure(1, f"log: {{ file: {ternd.path('missing')}/x.log }}\n")
        check("there is no directory" in ternd.try_ask("reload")[1], "a reload says so too")


if __name__ == "__main__":
    main({f.__name__: f for f in (side_files, regular_files, cut_file, end_marker, directories)})
