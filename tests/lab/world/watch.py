"""Looks at the network until it is as expected: at each ternd, at each core router, and at the
traffic."""

import time
from dataclasses import dataclass

from lab.process import WaitTimeout, wait_until
from lab.world.configuration import backbone_address, core_address
from lab.world.places import ASN, METROS, POPS, SITES
from lab.world.script import STARTS

DOWN = "down"         # in the place of an exit: this PoP is lost
_EXIT = f"{ASN}:11:"  # how the large community of the exit begins (egress.egress_function)
_QUIET = 0.5          # seconds without a change until a network counts as settled
_STALL = 0.5          # seconds without an answer that a busy machine may cause


@dataclass(frozen=True)
class Move:
    metro: str
    before: str          # exit; None: there was none
    after: str
    took: float          # seconds until the last PoP had the exit
    outage: float        # seconds: the longest time that some PoP got no answer of the users


@dataclass(frozen=True)
class Settled:
    """The network after a step. exits: metro -> PoP -> exit, None, or DOWN."""
    exits: dict
    moves: tuple
    took: float          # seconds until the last change
    outage: float        # the longest of all metros that have an exit before and after


class Watch:
    def __init__(self, network, traffic):
        self._network = network
        self._traffic = traffic
        self._exits = {}       # (metro, PoP) -> exit
        self._changed = {}     # (metro, PoP) -> when the exit changed last
        self._expected = {}    # metro -> exit
        self._living = []      # PoPs

    def settle(self, condition, begin, holds, timeout):
        """Waits until each PoP uses the exits of the condition, and traffic takes them."""
        before, self._expected = self._expected, condition.exits()
        # Of a PoP that begins, no traffic can be lost.
        staying = [pop for pop in self._living if pop not in condition.lost]
        self._living = condition.living_pops()
        wait_until(lambda: self._is_settled(condition) and
                   (holds is None or holds(self._network)), timeout,
                   "the network is as the script expects", self._describe)
        moves = tuple(self._move(metro, before.get(metro), begin, staying) for metro in METROS
                      if before and before[metro] != self._expected[metro])
        return Settled(
            {metro: {pop: self._exits[metro, pop] for pop in POPS} for metro in METROS}, moves,
            max([0.0, *(at - begin for at in self._changed.values())]),
            max([0.0, *(self._outage(metro, staying) for metro, after in self._expected.items()
                        if after and before.get(metro))]))

    def _move(self, metro, before, begin, staying):
        return Move(metro, before, self._expected[metro],
                    max(self._changed[metro, pop] - begin for pop in self._living),
                    self._outage(metro, staying))

    def _outage(self, metro, pops):
        return max([0.0, *(self._traffic.outage(pop, metro) for pop in pops)])

    def _is_settled(self, condition):
        self._look(condition)
        if self._differences():
            return False
        quiet = time.monotonic() - max(self._changed.values()) >= _QUIET
        return quiet and self._sessions_stand(condition) and \
            all(self._core_agrees(pop) for pop in self._living)

    def _sessions_stand(self, condition):
        """At both ends: the end of a session that only one end has seen would come later."""
        for name in self._living:
            away = {backbone_address(POPS[pop]) for pop in condition.lost}
            away |= {SITES[site].address for site in condition.cut}
            if any(one["state"] != "Established" and one["address"] not in away
                   for one in self._network.pops[name].ask_json("show", "neighbors")):
                return False
        return all(self._network.sites[name].established(site.pop_address)
                   for name, site in SITES.items()
                   if name not in condition.cut and site.pop.name not in condition.lost)

    def _look(self, condition):
        by_prefix = {metro.prefix: name for name, metro in METROS.items()}
        for pop in POPS:
            found = {}
            if pop not in condition.lost:
                found = {by_prefix[route["prefix"]]: route["egress_pop"]
                         for route in self._network.pops[pop].ask_json("show", "routes")
                         if route["prefix"] in by_prefix}
            now = time.monotonic()
            for metro in METROS:
                exit_ = DOWN if pop in condition.lost else found.get(metro)
                if self._exits.get((metro, pop), "") != exit_:
                    self._exits[metro, pop] = exit_
                    self._changed[metro, pop] = now

    def _differences(self):
        """Where an exit is not the expected one, or traffic does not take it."""
        found = []
        for metro, expected in self._expected.items():
            for pop in self._living:
                has, site = self._exits[metro, pop], self._traffic.site(pop, metro)
                if has != expected:
                    found.append(f"{metro} leaves at {has} from {pop}, not at {expected}")
                leaves = SITES[site].pop.name if site else None
                if leaves != expected or site and not self._may_answer(site, metro):
                    found.append(f"traffic of {pop} to {metro} reaches {site}, not {expected}")
        return found

    @staticmethod
    def _may_answer(site, metro):
        return SITES[site].partner.name in METROS[metro].partners

    def _core_agrees(self, pop):
        """Whether FRR holds each route with the community of the expected exit."""
        held = self._network.cores[pop].routes(core_address(POPS[pop], 1))
        for metro, expected in self._expected.items():
            routes = held.get(METROS[metro].prefix, [])
            exits = {community for route in routes for community in route.large
                     if community.startswith(_EXIT)}
            if exits != ({f"{_EXIT}{POPS[expected].number}"} if expected else set()):
                return False
        return True

    def _describe(self):
        return "\n".join([*("  " + line for line in self._differences()),
                          self._network.lab.describe()])


def check(step, settled):
    """Checks a step beyond the expected exits; raises WaitTimeout where a check fails."""
    moved = {move.metro for move in settled.moves}
    if step.kind != STARTS and moved != set(step.moves):
        raise WaitTimeout(f"{step.title}: moved are {sorted(moved)}, not {sorted(step.moves)}")
    if step.planned and settled.outage > _STALL:
        raise WaitTimeout(f"{step.title}: traffic was lost for {settled.outage:.1f} s, although "
                          "there was a way all the time")
