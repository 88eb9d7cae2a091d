#!/usr/bin/env python3
"""The benchmark's own test: fan_out with a few prefixes, Tern alone. Everybody holds everything in
the end, every client was told each prefix once, and nothing more. No times."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import scenarios  # noqa: E402
from generator import Failure  # noqa: E402
from lab.namespaces import Lab, NoNamespaces  # noqa: E402
from lab.tern import program  # noqa: E402
from network import Network  # noqa: E402
from targets import Tern  # noqa: E402

_SCALE = 0.02
_CLIENTS, _PREFIXES = 200, 2000


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: does not hold: {what}")
    print(f"  ok: {what}", flush=True)


def fan_out(network, options):
    target = Tern(program("ternd"), program("ternctl"))
    run = scenarios.Run(network, target, program("tern-load"), _SCALE, options, timeout=120)
    print(f"fan_out {options}", flush=True)
    figures = scenarios.fan_out(run)
    check(figures["announced"] == _CLIENTS * _PREFIXES,
          f"{_CLIENTS} clients were told {_PREFIXES} prefixes each, once")
    check(figures["updates"] * 2 < figures["announced"], "prefixes of a set came together")
    check(figures["peak"] > 0 and figures["pss"] > 0, "the daemon's memory was read")


def main():
    try:
        with Lab("bench-smoke") as lab:
            network = Network(lab, _CLIENTS + 1)
            for options in ({}, {"seed": 7, "ipv6_share": 0.4, "prefixes_per_set": 5}):
                fan_out(network, options)
    except (NoNamespaces, FileNotFoundError) as problem:
        sys.exit(f"this test cannot run: {problem}")
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
