#!/usr/bin/env python3
"""A real Prometheus scrapes the demo's network, and every query of every panel and alert finds data
(prometheus_check.py)."""

import os
import subprocess
import sys

from bench import check, main
from lab.exits import known_prefixes
from lab.topology import POPS, RealNetwork

_HERE = os.path.dirname(os.path.abspath(__file__))


def prometheus():
    with RealNetwork() as network:
        network.start()
        # Where Prometheus lives: on the backbone, as it would.
        monitor = network.lab.node("monitor")
        monitor.attach(network.backbone, "10.255.0.9/24")
        expected = len(network.prefixes())
        network.wait(lambda: all(known_prefixes(pop.egress()) == expected
                                 for pop in network.pops.values()),
                     60, "the table is at every PoP")
        # Something must have happened for the panels of losses and reloads to show it.
        network.take_down("continental-ams")
        network.pops["ams"].ask("reload")
        network.wait(lambda: not network.pops["ams"].established("10.1.0.10"), 20,
                     "ams has lost its partner")
        network.bring_back("continental-ams")
        urls = [f"http://10.255.0.{pop.number}:9179/metrics" for pop in POPS.values()]
        done = subprocess.run(monitor.enter([sys.executable, os.path.join(_HERE, "prometheus_check.py"),
                                             *urls]), timeout=400, check=False)
        check(done.returncode == 0, "prometheus_check.py is content")


if __name__ == "__main__":
    main({"prometheus": prometheus})
