"""`./tern lab`: the demo's network in the background, to look at and to work with.

    python3 -m lab.background up|down|status
"""

import os
import signal
import subprocess
import sys
import time

from lab.demo import METRICS_PORTS
from lab.forward import Forward
from lab.namespaces import NoNamespaces, require_namespaces
from lab.process import WaitTimeout, tail
from lab.tern import program
from lab.topology import POPS, SITES, SOCKETS, RealNetwork

PID_FILE = "/run/tern-lab.pid"
LOG = "/var/log/tern-lab.log"


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
    with open(LOG, "wb") as log:
        child = subprocess.Popen([sys.executable, "-u", "-m", "lab.background", "serve"],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True)
    print("Starting three PoPs and seven partner routers ...")
    end = time.monotonic() + 60
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
    finally:  # the file goes last: `down` waits for it
        if os.path.exists(PID_FILE):
            os.unlink(PID_FILE)


def _serve():
    with RealNetwork("lab") as network:
        network.start()
        network.wait(lambda: all(pop.ask("show", "neighbors") for pop in network.pops.values()),
                     30, "every ternd answers")
        doors = [Forward(network.where(pop), network.metrics_address(pop), port)
                 for pop, port in METRICS_PORTS.items()]
        for pop, door in zip(METRICS_PORTS, doors):
            print(f"metrics of {pop}: http://127.0.0.1:{door.port}/metrics")
        for name, daemon in {**network.pops, **network.sites}.items():
            print(f"{name}: ip netns exec {daemon.node.namespace} ...")
        with open(PID_FILE, "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        while True:
            signal.pause()


def status():
    if not running():
        print("The lab is not running. ./tern lab starts it.")
        return 1
    ternctl = program("ternctl")
    print("The lab is up. Look around:\n")
    for pop in POPS:
        print(f"  {ternctl} --socket {SOCKETS}/{pop}.sock show neighbors")
    print(f"  {ternctl} --socket {SOCKETS}/ams.sock show egress\n")
    with open(LOG, encoding="utf-8") as log:
        for line in log:
            print(f"  {line.rstrip()}")
    print(f"\nRouters of the partners: {', '.join(site.name for site in SITES)}")
    print("Change conf/examples/demo/*.yml and say `ternctl ... reload`. To stop: ./tern lab down")
    return 0


def down():
    pid = running()
    if not pid:
        print("The lab is not running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 60
    while running() and time.monotonic() < end:
        time.sleep(0.1)
    print("The lab is down." if not running() else f"The lab does not end; see {LOG}")
    return 0 if not running() else 1


if __name__ == "__main__":
    try:
        sys.exit({"up": up, "serve": serve, "status": status, "down": down}[sys.argv[1]]())
    except (NoNamespaces, FileNotFoundError, WaitTimeout) as problem:
        print(f"tern lab: {problem}", file=sys.stderr)
        sys.exit(1)
