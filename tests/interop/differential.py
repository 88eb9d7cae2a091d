"""What the differential tests share: the table, its peers, and tern-replay that plays them."""

import json
import os
import re
import signal
import sys
import time

from bench import check  # noqa: F401  (puts the lab on the path)

from lab.process import wait_until
from lab.speaker import Session
from lab.tern import program, repository

SKIPPED = 77  # ctest: SKIP_RETURN_CODE
DUMP = "rib/rv2-20080223T0014-8peers.mrt.xz"
UPDATES = "updates/rv2-2008022300-06"
TERN, BIRD, PEER = "10.0.0.1", "10.0.0.2", "10.0.1.{}"
ASN = 65000
PEERS = [12682, 3549, 13237, 11686, 852, 852, 3277, 16150]  # of the dump, in its order
IDENTIFIERS = ["10.9.0.8", "10.9.0.7", "10.9.0.6", "10.9.0.5", "10.9.0.4", "10.9.0.3", "10.9.0.2",
                "10.9.0.6"]


def data(name):
    folder = os.environ.get("TERN_DATA", os.path.join(repository(), "..", "shared", "data"))
    path = os.path.realpath(os.path.join(folder, name))
    if not os.path.exists(path):
        print(f"skipped: there is no {name} in {folder}; TERN_DATA names the folder of real tables")
        sys.exit(SKIPPED)
    return path


def address(number):
    return PEER.format(number + 1)


def sessions(local, **options):
    return [Session(address(number), asn, local, passive=True, options=dict(options))
            for number, asn in enumerate(PEERS)]


def nodes_of(lab):
    """The machines of the test on one network: Tern's, BIRD's and the feed's, by name."""
    lan = lab.lan()
    nodes = {name: lab.node(name) for name in ("tern", "bird", "feed")}
    nodes["tern"].attach(lan, f"{TERN}/16")
    nodes["bird"].attach(lan, f"{BIRD}/16")
    nodes["feed"].attach(lan, *[f"{address(n)}/16" for n in range(len(PEERS))])
    return nodes


def wait_for_both(lab, tern, bird):
    lab.wait(lambda: tern.state(address(0)) and bird.ask("show status"), 30,
             "ternd and BIRD answer")


class Clock:
    def __init__(self):
        self._last = time.monotonic()

    def lap(self, what):
        now = time.monotonic()
        print(f"  {now - self._last:5.1f} s  {what}", flush=True)
        self._last = now


class Feed:
    """tern-replay with all peers of the dump, towards both."""

    def __init__(self, node, dump, updates=(), options=()):
        self.report_file = os.path.join(node.dir, "report.json")
        self.ready_file = os.path.join(node.dir, "ready")
        words = ["--mrt", dump, "--mrt-peers", "all", "--local-base", address(0),
                 "--next-hop-self", "--report", self.report_file, "--wait-file", self.ready_file]
        for neighbour in (TERN, BIRD):
            words += ["--peer", f"{neighbour}:179"]
        for identifier in IDENTIFIERS:
            words += ["--identifier", identifier]
        for file in updates:
            words += ["--updates", file]
        words += options
        self.process = node.start([program("tern-replay"), *words], log="tern-replay.log")

    def ready(self):
        check_alive(self.process, "tern-replay")
        return os.path.exists(self.ready_file)

    def report(self):
        """What tern-replay says of its sessions now."""
        if os.path.exists(self.report_file):
            os.unlink(self.report_file)
        self.process.signal(signal.SIGUSR1)
        wait_until(lambda: os.path.exists(self.report_file), 10, "tern-replay reports")
        with open(self.report_file, encoding="utf-8") as report:
            return json.load(report)["sessions"]

    def sent(self):
        """{address of a peer: (announcements, those of them with an AS_SET)}"""
        return {entry["local"]: (entry["families"]["ipv4-unicast"]["sent"], entry["as_sets"])
                for entry in self.report()}


def check_alive(process, name):
    if not process.alive():
        raise AssertionError(f"{name} has ended with {process.exit_status}")


def tern_counts(tern):
    """{peer: (received, accepted, {reason: rejected})} of IPv4."""
    counts = {}
    for neighbour in tern.ask_json("show", "neighbors", "detail"):
        family = next(f for f in neighbour["families"] if f["family"] == "ipv4-unicast")
        rejected = {why: number for why, number in neighbour["rejected_by_reason"].items() if number}
        counts[neighbour["address"]] = (family["received"], family["accepted"], rejected)
    return counts


def bird_counts(bird):
    """{peer: routes imported}."""
    found = re.findall(r"^p(\d+) .*?Routes:\s+(\d+) imported", bird.ask("show protocols all"),
                       re.M | re.S)
    return {address(int(number)): int(count) for number, count in found}


def stable(counts, seconds=2.0):
    """Waits until nothing comes any more."""
    last, since = counts(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.25)
        now = counts()
        if now != last:
            last, since = now, time.monotonic()
    return last
