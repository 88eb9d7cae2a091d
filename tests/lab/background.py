"""`./tern lab`: the five PoPs of lab.world in the background, to look at and to work with.

    python3 -m lab.background up|down|status

The folder /run/tern-lab has the sockets and configurations of the PoPs; TERN_LAB names another one.
"""

import os
import shlex
import signal
import subprocess
import sys
import time

from lab.forward import Forward
from lab.namespaces import NoNamespaces, require_namespaces
from lab.process import WaitTimeout, tail
from lab.tern import program
from lab.world.expectation import Condition
from lab.world.network import WorldNetwork
from lab.world.places import METROS, POPS, SITES

FOLDER = os.environ.get("TERN_LAB", "/run/tern-lab")
PID_FILE = os.path.join(FOLDER, "pid")
LOG = os.path.join(FOLDER, "log")
_FIRST_METRICS_PORT = 9181
_START, _END = 120, 60  # seconds at most


def running():
    """The pid of the lab, or None. The file alone proves nothing: pids are used again."""
    try:
        with open(PID_FILE, encoding="ascii") as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return pid if b"lab.background" in file.read() else None
    except (OSError, ValueError):
        return None


def up():
    if running():
        print("The lab is up already. ./tern lab status shows it, ./tern lab down ends it.")
        return 0
    require_namespaces()
    program("ternd"), program("ternctl")
    os.makedirs(FOLDER, exist_ok=True)
    with open(LOG, "wb") as log:
        child = subprocess.Popen([sys.executable, "-u", "-m", "lab.background", "serve"],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True)
    print(f"Starting {len(POPS)} PoPs, {len(POPS)} core routers and {len(SITES)} routers of "
          "partners ...")
    end = time.monotonic() + _START
    while running() != child.pid:
        if child.poll() is not None or time.monotonic() > end:
            print(f"The lab did not come up:\n{tail(LOG)}", file=sys.stderr)
            if child.poll() is None:
                child.terminate()
            return 1
        time.sleep(0.1)
    return status()


def serve():
    try:
        _serve()
    finally:
        for pop in POPS:
            for ending in ("sock", "yml"):
                _remove(os.path.join(FOLDER, f"{pop}.{ending}"))
        _remove(PID_FILE)  # last: `down` waits for it


def _serve():
    with WorldNetwork(FOLDER) as network:
        network.start()
        network.lab.wait(lambda: _is_complete(network), _START, "every PoP has every exit")
        for number, pop in enumerate(POPS):
            door = Forward(network.pops[pop].node.namespace, network.metrics_address(pop),
                           _FIRST_METRICS_PORT + number)
            print(f"metrics of {pop}: http://127.0.0.1:{door.port}/metrics")
        for name, daemon in {**network.cores, **network.sites}.items():
            what = f"the core router of {name}" if name in POPS else name
            print(f"{what}: {shlex.join(_shell(daemon))}")
        with open(PID_FILE, "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        while True:
            signal.pause()


def _is_complete(network):
    wanted = {METROS[metro].prefix: exit_ for metro, exit_ in Condition().exits().items()}
    return all({route["prefix"]: route["egress_pop"]
                for route in daemon.ask_json("show", "routes")}.items() >= wanted.items()
               for daemon in network.pops.values())


def _shell(daemon):
    """A command that shows what the router holds."""
    if daemon.kind == "bird":
        return daemon.node.enter(["birdc", "-s", daemon.path("bird.ctl"), "show", "route"])
    return daemon.node.enter(["vtysh", "--vty_socket", daemon.node.dir, "-c", "show bgp ipv4"])


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def status():
    if not running():
        print("The lab is not running. ./tern lab up starts it.")
        return 1
    ternctl = program("ternctl")
    print("The lab is up. Look around:\n")
    for pop in POPS.values():
        print(f"  {ternctl} --socket {FOLDER}/{pop.name}.sock show egress    ({pop.title})")
    print()
    with open(LOG, encoding="utf-8") as log:
        for line in log:
            print(f"  {line.rstrip()}")
    print(f"\nChange {FOLDER}/POP.yml and say `ternctl --socket ... reload`. "
          "To stop: ./tern lab down")
    return 0


def down():
    pid = running()
    if not pid:
        print("The lab is not running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + _END
    while running() and time.monotonic() < end:
        time.sleep(0.1)
    print("The lab is down." if not running() else f"The lab does not end; see {LOG}")
    return 0 if not running() else 1


if __name__ == "__main__":
    try:
        sys.exit({"up": up, "serve": serve, "status": status, "down": down}[sys.argv[1]]())
    except (NoNamespaces, OSError, WaitTimeout) as problem:
        print(f"tern lab: {problem}", file=sys.stderr)
        sys.exit(1)
