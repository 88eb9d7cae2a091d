"""The parts of the demo in which exits move: by latency, because a router fails, by a drain."""

import time

from lab.demo_exits import show, title
from lab.exits import print_counts, sum_of
from lab.process import WaitTimeout
from lab.table import Progress
from lab.topology import SITES

DWELL = 8                     # seconds, egress.costs.dwell of the example files
SLOW = 16                     # milliseconds from lhr to the users, as reported
FAILING = "continental-ams"   # whose router we take down
DRAINED = "ams"               # the PoP that is drained
GRACEFUL_SHUTDOWN = "65535:0"


def latency(network, exits, prefix, metro):
    """Reported round trips make the exit of a metro another, and back when the dwell is over."""
    before, usual = exits.counts(), _round_trip(network, metro)
    title(f"From lhr, users in {metro} become slow to reach: `ternctl rtt set` at every PoP")
    progress = Progress(f"exit for {prefix}")
    first = time.monotonic()
    _report(network, metro, SLOW)
    exits.become(progress, prefix, "ams", f"nearer than {SLOW} ms", first)
    _show_why(network, prefix, metro)
    second = time.monotonic()
    _report(network, metro, usual)  # while the costs of the metro still have to stay
    exits.become(progress, prefix, "lhr", f"{usual} ms away as before", second)
    stayed = time.monotonic() - first
    if stayed < DWELL - 1:  # the daemon counts whole seconds
        raise WaitTimeout(f"the exit moved back after {stayed:.1f} s, "
                          f"before the dwell of {DWELL} s")
    print(f"  Costs that have moved stay for the dwell, {DWELL} s here, so exits do not flap.")
    network.wait(lambda: exits.counts() == before and exits.settled(), 30,
                 "every prefix is back at its exit")
    lhr = network.pops["lhr"]
    network.wait(lambda: _moves_by_latency(lhr), 10, "the move back is an event")
    print("\n  `ternctl events kind exit-moved` at lhr:\n")
    show(lhr.ask("events", "kind", "exit-moved"))
    for pop in network.pops.values():
        pop.ask("rtt", "clear", "all")


def _report(network, metro, milliseconds):
    """To every PoP, because they choose the same exit only with the same costs."""
    for name, pop in network.pops.items():
        answer = pop.ask("rtt", "set", "lhr", metro, str(milliseconds)).strip()
        if name == "lhr":
            print(f"  {answer}")


def _round_trip(network, metro):
    """Milliseconds from lhr, as measured until now."""
    rows = network.pops["lhr"].ask_json("show", "rtts", "lhr")
    (row,) = [one for one in rows if one["to"] == metro]
    return int(row["latest_us"]) / 1000


def _show_why(network, prefix, metro):
    """The exits in use at ams, where the cost has moved the exit, and the choice at lhr."""
    ams = network.pops["ams"]
    network.wait(lambda: _last_move(ams, metro) == ("rtt", "ams"), 20, "show egress has the move")
    exits = ams.ask("show", "egress").split("Exits in use", 1)[1].splitlines()
    print("\n  `ternctl show egress` at ams, in part:\n")
    show("\n".join(line for line in exits if "Vantage" in line or f" {metro} " in line))
    print(f"\n  `ternctl explain {prefix}` at lhr, in part:\n")
    show(network.pops["lhr"].ask("explain", prefix).split("\n\n", 1)[0])
    print()


def _last_move(pop, metro):
    """Cause, and exit."""
    (row,) = [one for one in pop.egress()["exits"] if one["metro"] == metro]
    move = row["last_move"] or {"cause": None, "to": None}
    return move["cause"], move["to"]


def _moves_by_latency(pop):
    return [event for event in pop.events("kind", "exit-moved")
            if event["evidence"]["cause"] == "rtt"]


def fail_over(network, exits, prefix, metro):
    before = exits.counts()
    title(f"{FAILING} fails: the nearest exit for {metro} loses this partner")
    progress = Progress(f"exit for {prefix}")
    begin = time.monotonic()
    network.take_down(FAILING)
    exits.become(progress, prefix, "lhr", "the next nearest", begin)
    network.wait(lambda: _is_lost(network) and exits.settled(), 30, "the PoPs agree on every exit")
    during = exits.counts()
    print("\n  Prefixes per metro and exit, before and while it is down:\n")
    print_counts(before, during)
    if sum(map(sum_of, before.values())) == sum(map(sum_of, during.values())):
        print("\n  No prefix is lost, and metros whose nearest exit is elsewhere did not move.")
    title(f"{FAILING} comes back")
    begin = time.monotonic()
    network.bring_back(FAILING)
    exits.become(progress, prefix, "ams", "the nearest", begin)
    network.wait(lambda: exits.complete() and exits.counts() == before, 60,
                 "every prefix is back at its exit")
    print("  Every prefix leaves where it left before.")


def _is_lost(network):
    """Whether nothing is left of what the failing router announced, over IPv4 and IPv6."""
    partner, pop = FAILING.rsplit("-", 1)
    return not any(int(family["received"])
                   for neighbour in network.pops[pop].ask_json("show", "neighbors")
                   if neighbour["name"].startswith(partner) for family in neighbour["families"])


def drain(network, exits, prefix, held):
    """held(site): our prefixes at the router of a partner; None where no router keeps them."""
    before = exits.counts()
    title(f"{DRAINED} is drained before maintenance: `ternctl pop drain`")
    pop = network.pops[DRAINED]
    progress = Progress(f"exit for {prefix}")
    begin = time.monotonic()
    print(f"  {pop.ask('pop', 'drain').strip()}")
    exits.become(progress, prefix, "lhr", "the next nearest", begin)
    network.wait(exits.settled, 30, "the PoPs agree on every exit")
    during = exits.counts()
    if held is not None:
        _partners_are_told(network, held)
    print("\n  Its sessions stay, so no route is lost on the way. The exits now:\n")
    print_counts(before, during)
    begin = time.monotonic()
    print(f"\n  {pop.ask('pop', 'undrain').strip()}")
    exits.become(progress, prefix, "ams", "the nearest", begin)
    network.wait(lambda: exits.counts() == before, 60, "every prefix is back at its exit")


def _partners_are_told(network, held):
    there = [site for site in SITES if site.pop == DRAINED]
    network.wait(lambda: all(GRACEFUL_SHUTDOWN in route.communities for site in there
                             for route in held(site).values()), 30,
                 f"partners at {DRAINED} hear of the drain")
    names = " and ".join(f"{site.name} ({network.sites[site.name].kind.upper()})" for site in there)
    print(f"  {names} have our prefixes with {GRACEFUL_SHUTDOWN}, graceful-shutdown.")
