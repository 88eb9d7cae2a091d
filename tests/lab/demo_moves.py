"""The parts of the demo in which exits move: by latency, because a router fails, by a drain."""

import time

from lab.demo_exits import show, title
from lab.exits import print_counts, sum_of
from lab.process import WaitTimeout
from lab.table import Progress
from lab.topology import SITES

DWELL = 5                     # seconds, egress.costs.dwell of the example files
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
    second = time.monotonic()
    _report(network, metro, usual)  # at once, while the costs of the metro have to stay
    print(f"\n  `ternctl show egress` and `ternctl explain {prefix}` at ams, in part:\n")
    _show_why(network.pops["ams"], prefix, metro)
    exits.become(progress, prefix, "lhr", f"{usual} ms away as before", second)
    stayed = time.monotonic() - first
    if stayed < DWELL - 1:  # the daemon counts whole seconds
        raise WaitTimeout(f"the exit moved back after {stayed:.1f} s, before the dwell of {DWELL} s")
    print(f"  Costs that have moved stay for the dwell, {DWELL} s here, so exits do not flap.")
    network.wait(lambda: exits.counts() == before and exits.settled(), 30,
                 "every prefix is back at its exit")
    for name in ("ams", "lhr"):
        pop = network.pops[name]
        network.wait(lambda at=pop: _moves_by_latency(at), 10, f"the move is an event at {name}")
        print(f"\n  `ternctl events kind exit-moved` at {name}:\n")
        show(pop.ask("events", "kind", "exit-moved"))
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


def _show_why(pop, prefix, metro):
    """The row of the exits in use, and the sentence on the best path."""
    exits = pop.ask("show", "egress").split("Exits in use", 1)[1].splitlines()
    show("\n".join(line for line in exits if "Vantage" in line or f" {metro} " in line))
    show("\n" + pop.ask("explain", prefix).split("\n\n", 1)[0] + "\n")


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
    print("\n  Its sessions stay, so nothing is lost on the way. What leaves where:\n")
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
