#!/usr/bin/env python3
"""ternd as a service: a log that nobody reads, and what systemd is told."""

import os
import signal
import socket
import subprocess

from bench import check, main

from lab.namespaces import Lab
from lab.process import prepare_child
from lab.tern import Tern, program

_ERRORS = 500  # each a line of some 150 octets


class _Service(Tern):
    """A ternd without neighbors whose standard error is the caller's."""

    def launch_with(self, stderr, env=None, before=()):
        config = self.write("ternd.yml", self.configuration())
        # pylint: disable=consider-using-with
        return subprocess.Popen(self.node.enter([*before, program("ternd"), "--config", config]),
                                stdin=subprocess.DEVNULL, stderr=stderr, cwd=self.node.dir,
                                env={**os.environ, **(env or {})}, preexec_fn=prepare_child)


def _service(lab, **extra):
    node = lab.node("tern")
    return _Service(node, 65000, "10.0.0.1", [], {"router": {
        "asn": 65000, "id": "10.0.0.1", "listen": ["127.0.0.1:179"]}, **extra})


def stalled_log():
    with Lab("log") as lab:
        tern = _service(lab)
        reader, writer = os.pipe()
        process = tern.launch_with(writer)
        try:
            os.close(writer)
            lab.wait(lambda: tern.try_ask("status")[0] == 0, 10, "ternd answers")
            bad = "".join(f"nonsense_{number}: 1\n" for number in range(_ERRORS))
            tern.write("ternd.yml", bad)
            for _ in range(3):  # each writes more than a pipe holds
                status, out, err = tern.try_ask("reload")
                check(status == 1 and f"nonsense_{_ERRORS - 1}" in out + err,
                      "a reload is refused, and told why")
            check(tern.try_ask("status")[0] == 0, "nobody reads the log, and ternd answers")

            lines = []
            with os.fdopen(reader, encoding="utf-8") as log:
                while len(lines) == 0 or sum("nothing was changed" in line for line in lines) < 3:
                    lines.append(log.readline())
                told = sum(f"nonsense_{_ERRORS - 1}" in line for line in lines)
                check(told == 3 and not any("lines are missing" in line for line in lines),
                      "who reads again gets every line")
                for _ in range(2):
                    tern.try_ask("reload")
                process.send_signal(signal.SIGTERM)
                check(process.wait(10) == 0, "a log that stalls does not hold up the end")
        finally:
            process.kill()
            process.wait()


def systemd():
    """The protocol of sd_notify(3): start, signs of life, reload, end."""
    with Lab("systemd") as lab:
        tern = _service(lab)
        path = tern.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, \
                open(tern.log, "wb") as log:
            manager.bind(path)
            manager.settimeout(10)
            process = tern.launch_with(log, {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})

            def hear(*wanted):
                while (told := manager.recv(4096).decode().split("\n")[0]) not in wanted:
                    check(told == "WATCHDOG=1", f"{told} is a sign of life")
                return told

            try:
                check(hear("READY=1") == "READY=1", "ready when it listens")
                check(tern.try_ask("status")[0] == 0, "and then it answers")
                for _ in range(3):
                    check(hear("WATCHDOG=1") == "WATCHDOG=1", "the loop lives")
                check(tern.try_ask("reload")[0] == 0, "a reload")
                hear("RELOADING=1")
                check(hear("READY=1") == "READY=1", "reloading, and ready again")
                process.send_signal(signal.SIGTERM)
                check(hear("STOPPING=1") == "STOPPING=1", "stopping")
                check(process.wait(10) == 0, "ended")
            finally:
                process.kill()
                process.wait()


def limited():
    """ternd starts under a limit of the address space that its usual reservations exceed."""
    with Lab("limited") as lab:
        tern = _service(lab)
        with open(tern.log, "wb") as log:
            process = tern.launch_with(log)
            try:
                lab.wait(lambda: tern.try_ask("status")[0] == 0, 10, "ternd answers")
                with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
                    core = next(line for line in limits if line.startswith("Max core file size"))
                soft, hard = core.split()[4:6]
                check(soft == ("0" if hard == "0" else "1"), "no core dumps, which hold keys")
            finally:
                process.kill()
                process.wait()
            process = tern.launch_with(log, before=["prlimit", f"--as={2**30}"])
            try:
                lab.wait(lambda: tern.try_ask("status")[0] == 0, 10,
                         "with 1 GiB of addresses it starts, too")
                process.send_signal(signal.SIGTERM)
                check(process.wait(10) == 0, "and ends")
            finally:
                process.kill()
                process.wait()
            process = tern.launch_with(log, before=["prlimit", f"--as={96 * 2**20}"])
            check(process.wait(10) != 0, "with 96 MiB it does not")
        with open(tern.log, encoding="utf-8") as log:
            last = log.read().splitlines()[-1]
        check("cannot start" in last or "ulimit -v" in last, f"and says why: {last}")


if __name__ == "__main__":
    main({f.__name__: f for f in (stalled_log, systemd, limited)})
