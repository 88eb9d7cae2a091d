"""Where traffic must leave: made from what is up and from the costs, not from what ternd says."""

from dataclasses import dataclass, field

from lab.world.places import METROS, POPS, round_trip, sites_of


@dataclass
class Condition:
    """Failures and changes that the script has made so far."""
    cut: set = field(default_factory=set)          # names of sites whose link is cut
    lost: set = field(default_factory=set)         # names of PoPs
    drained: set = field(default_factory=set)      # names of PoPs
    withdrawn: set = field(default_factory=set)    # (site, metro)
    round_trips: dict = field(default_factory=dict)  # (pop, metro): milliseconds, reported
    hijacks: set = field(default_factory=set)      # (site, metro)

    def living_pops(self):
        return [pop for pop in POPS if pop not in self.lost]

    def ways(self, metro):
        """The sites over which the users of the metro can be reached."""
        return [site for site in sites_of(METROS[metro])
                if site.name not in self.cut and site.pop.name not in self.lost
                and (site.name, metro) not in self.withdrawn]

    def cost(self, pop, metro):
        return self.round_trips.get((pop, metro), round_trip(POPS[pop], METROS[metro]))

    def exit(self, metro):
        """The name of the PoP where traffic to the metro leaves, from whichever PoP; None: there is
        no way. Of exits with a way, those that are not drained come first, then the lowest cost."""
        pops = {site.pop.name for site in self.ways(metro)}
        return min(pops, key=lambda pop: (pop in self.drained, self.cost(pop, metro)), default=None)

    def exits(self):
        return {metro: self.exit(metro) for metro in METROS}
