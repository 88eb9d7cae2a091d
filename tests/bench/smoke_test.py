#!/usr/bin/env python3
"""The benchmark's own test: scenarios with small tables, Tern alone. Everybody holds everything in
the end, and nothing more. No times."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TESTS, "interop"), TESTS]

import scenarios  # noqa: E402
from bench import check, main  # noqa: E402
from lab.namespaces import Lab  # noqa: E402
from lab.tern import program  # noqa: E402
from network import Network  # noqa: E402
from targets import Tern  # noqa: E402
from wire import Wire  # noqa: E402

_SCALE = 0.02
_MIXED = {"seed": 7, "ipv6_share": 0.4, "prefixes_per_set": 5}  # both families


def _tern(_options):
    return Tern(program("ternd"), program("ternctl"))


def _wire(options):
    return Wire(program("tern-load"), _SCALE, options)


def _measured(name, options_of_runs, make_target=_tern):
    """The figures of each run of a scenario, in a network of its own. A goal that is not reached
    (load/goal.h) fails the test."""
    with Lab(f"bench-{name.replace('_', '-')}") as lab:
        network = Network(lab, scenarios.clients(name))
        for options in options_of_runs:
            print(f"{name} {options}", flush=True)
            run = scenarios.Run(network, make_target(options), program("tern-load"), _SCALE,
                                options, timeout=60)
            yield scenarios.ALL[name](run)


def fan_out():
    clients, prefixes = 200, 2000
    for figures in _measured("fan_out", ({}, _MIXED)):
        check(figures["announced"] == clients * prefixes,
              f"{clients} clients were told {prefixes} prefixes each, once")
        check(figures["updates"] * 2 < figures["announced"], "prefixes of a set came together")
        check(figures["peak"] > 0 and figures["pss"] > 0, "the daemon's memory was read")


def ixp_policy():
    """The goal itself: what control communities keep from a client it does not hold."""
    clients, each = 300, 8
    for figures in _measured("ixp_policy", ({}, _MIXED)):
        everything = clients * (clients - 1) * each
        check(0.5 * everything < figures["announced"] < everything,
              f"{figures['announced']} of {everything} routes: some were kept from some clients")


def flap():
    """The goal itself: routes of the session that is lost are at nobody's, and come back."""
    for _ in _measured("flap", ({}, _MIXED)):
        check(True, "the best paths went away and came back")


def churn():
    """From the daemon, and from the relay that it is compared with."""
    for make_target in (_tern, _wire):
        for figures in _measured("churn_10k", ({}, _MIXED), make_target):
            check(figures["sent"] > 1000 and figures["lost"] == 0, "no update was lost")


def reload():
    """The goal itself: in the end every route of every client carries both new marks."""
    everything = 300 * 299 * 8
    for figures in _measured("reload", ({},)):
        check(everything <= figures["announced"] < 1.5 * everything,
              f"{figures['announced']} routes were told: each once, with both changes, and churn")
        check(figures["lost"] == 0, "no update of the churn was lost beside the reload")


def reload_sets():
    """Four reloads of prefix sets beside sessions, while a Pulse asks the loop. No times."""
    for figures in _measured("reload_sets", ({},)):
        check(figures["rss"] > 0 and figures["seconds"] > 0,
              "ternd answered four reloads and a check")


def edge():
    """Places and VRPs beside a table, and VRPs that change. No times."""
    for figures in _measured("edge", ({},)):
        check(figures["seconds"] > 0, "everybody held everything, with places and validated")
    for figures in _measured("vrp_delta", ({},)):
        moved = 20
        check(moved * 4 // 5 <= figures["changes"] <= 2 * moved,
              f"{figures['changes']} best paths changed with {moved} VRPs")


def service():
    """Registered prefixes beside a table, and routes that the guard quarantines. No times."""
    for figures in _measured("service", ({},)):
        check(figures["seconds"] > 0, "everybody held everything, with registered prefixes")
    for figures in _measured("service_storm", ({},)):
        check(figures["lost"] == 0, "no update was lost beside the storm, and all was quarantined")


def cost_shift():
    """The goal itself: the other neighbor's paths are best, and the first one's again."""
    for figures in _measured("cost_shift", ({},)):
        check(figures["stall"] > 0, "the best paths of all prefixes moved and came back")


def nexthop_down():
    """The goal itself: the best paths move to the other neighbor, and back to the first."""
    for figures in _measured("nexthop_down", ({},)):
        check(figures["stall"] > 0, "the best paths of a lost next hop moved and came back")


def cold_start():
    """The goal itself, with the smallest tables. No times."""
    for name in ("cold_start_300_4", "cold_start_same", "cold_start_delay"):
        for figures in _measured(name, ({}, _MIXED)):
            check(figures["announced"] >= figures["due"] > 0, f"{name}: all that was due was sent")


if __name__ == "__main__":
    main({function.__name__: function for function in (
        fan_out, ixp_policy, flap, churn, reload, reload_sets, edge, service, cost_shift,
        nexthop_down, cold_start)})
