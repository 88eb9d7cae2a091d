"""`./tern lab play`: the lab's network, failing and healing on the script.

    python3 -m lab.world.play [--out DIR] [--pause SECONDS]
"""

import argparse
import copy
import os
import sys
import time
from dataclasses import dataclass

from lab.namespaces import NoNamespaces
from lab.process import WaitTimeout
from lab.tern import program, repository
from lab.world.configuration import core_address
from lab.world.drawing import draw
from lab.world.expectation import Condition
from lab.world.network import WorldNetwork
from lab.world.places import METROS, PARTNERS, POPS, SITES
from lab.world.report import course_json, step_lines, summary_lines
from lab.world.script import SCRIPT, Step
from lab.world.traffic import Traffic
from lab.world.watch import Settled, Watch, check

_START_TIMEOUT, _STEP_TIMEOUT = 90, 45  # seconds


@dataclass(frozen=True)
class Taken:
    """A step that was taken. Times in seconds since the network was up."""
    number: int
    step: Step
    begin: float
    end: float
    condition: Condition
    settled: Settled


def main(arguments):
    options = _options(arguments)
    try:
        program("ternd"), program("ternctl")
        os.makedirs(options.out, exist_ok=True)
        with WorldNetwork() as network:
            course = play(network, options.pause)
        _write(os.path.join(options.out, "lab.svg"), draw(course))
        _write(os.path.join(options.out, "lab.json"), course_json(course))
        return 0
    except (NoNamespaces, OSError) as problem:
        print(f"tern lab: {problem}", file=sys.stderr)
        return 1
    except WaitTimeout as problem:
        print(f"\ntern lab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnded.")
        return 130


def _options(arguments):
    parser = argparse.ArgumentParser(prog="tern lab play")
    parser.add_argument("--out", default=os.path.join(repository(), "build", "lab"), metavar="DIR",
                        help="for lab.svg, the map of each step, and lab.json (default: build/lab)")
    parser.add_argument("--pause", type=float, default=1, metavar="SECONDS",
                        help="between two steps (default: 1)")
    return parser.parse_args(arguments)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"Written: {path}")


def play(network, pause):
    """Starts the network and takes all steps of the script. Returns the list of Taken."""
    print(f"{len(POPS)} PoPs with ternd, {len(SITES)} BIRD routers of {len(PARTNERS)} "
          f"partners, {len(POPS)} FRR core routers; users in {len(METROS)} metros.\n")
    begin = time.monotonic()
    network.start()
    traffic = Traffic(
        {pop: (core.node.namespace, core_address(POPS[pop], 2))
         for pop, core in network.cores.items()},
        {site: daemon.node.namespace for site, daemon in network.sites.items()},
        {metro.name: metro.user for metro in METROS.values()})
    try:
        course = _take_steps(network, Watch(network, traffic), traffic, pause, begin)
    finally:
        traffic.close()
    print("\nThe whole course\n\n" + "\n".join(summary_lines(course)))
    print(f"\nDone in {time.monotonic() - begin:.0f} s; everything is taken down again.")
    return course


def _take_steps(network, watch, traffic, pause, start):
    condition, course = Condition(), []
    origin = None
    for number, step in enumerate(SCRIPT):
        if number:
            time.sleep(pause)
        traffic.mark()
        begin = time.monotonic()
        step.act(network)
        step.note(condition)
        settled = watch.settle(condition, begin if number else start, step.holds,
                               _STEP_TIMEOUT if number else _START_TIMEOUT)
        check(step, settled)
        origin = origin or time.monotonic()
        course.append(Taken(number, step, max(0.0, begin - origin), time.monotonic() - origin,
                            copy.deepcopy(condition), settled))
        print("\n".join(step_lines(number, step.title, settled)) + "\n")
        if step.evidence:
            print("\n".join("    " + line for line in step.evidence(network).splitlines()) + "\n")
    return course


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
