"""A few thousand prefixes as partners might announce them: the demo's users.

Deterministic: the same seed gives the same table. Lengths, the number of prefixes per set of
attributes and the lengths of AS paths follow what full tables look like; prefixes do not overlap.
Each customer is in one metro, and each partner tags it in a way of its own: one with standard, one
with large, one with extended communities. A few are not tagged, as in life.

    python3 -m lab.prefixes        prints the table
"""

import ipaddress
import random
import sys
from dataclasses import dataclass

from lab.speaker import Route

# name: number in the partners' tags, share of the customers, side of the ocean
METROS = {
    "amsterdam": (1, 8, "europe"), "frankfurt": (2, 9, "europe"), "paris": (3, 8, "europe"),
    "london": (4, 9, "europe"), "dublin": (5, 4, "europe"), "madrid": (6, 5, "europe"),
    "milan": (7, 5, "europe"), "stockholm": (8, 4, "europe"), "warsaw": (9, 4, "europe"),
    "new-york": (21, 9, "america"), "ashburn": (22, 7, "america"), "chicago": (23, 7, "america"),
    "dallas": (24, 6, "america"), "miami": (25, 4, "america"), "los-angeles": (26, 8, "america"),
    "seattle": (27, 4, "america"),
}
_DIALLING_CODES = {"amsterdam": 31, "frankfurt": 49, "paris": 33, "london": 44, "dublin": 353,
                   "madrid": 34, "milan": 39, "stockholm": 46, "warsaw": 48}


@dataclass(frozen=True)
class Partner:
    name: str
    title: str
    asn: int
    sides: tuple      # where its customers are
    customers: int


PARTNERS = {
    "continental": Partner("continental", "Continental Carrier", 65010, ("europe", "america"), 240),
    "atlantic": Partner("atlantic", "Atlantic Networks", 65020, ("europe", "america"), 170),
    "northsea": Partner("northsea", "North Sea Telecom", 65030, ("europe",), 120),
}


def tag(partner, metro):
    """The location tag of the partner's dictionary: fields of Route to set."""
    number = METROS[metro][0]
    if partner == "continental":
        return {"communities": frozenset({f"65010:{100 + number}"})}
    if partner == "atlantic":
        return {"large": frozenset({f"65020:7:{number}"})}
    return {"ext": frozenset({f"rt:65030:{_DIALLING_CODES[metro]}"})}


@dataclass(frozen=True)
class Customer:
    """A network whose users are in one place. `paths`: partner -> AS path behind the partner's AS."""
    asn: int
    metro: str
    tagged: bool
    paths: dict
    prefixes: tuple

    def routes(self, partner):
        """As that partner announces them, with the same attributes for all."""
        attributes = {"communities": frozenset(), "large": frozenset(), "ext": frozenset()}
        if self.tagged:
            attributes.update(tag(partner, self.metro))
        # What partners add besides: "learned from a customer", which means nothing to Tern.
        attributes["communities"] |= {f"{PARTNERS[partner].asn}:3000"}
        return [Route(prefix, as_path=self.paths[partner], **attributes)
                for prefix in self.prefixes]


# Length: weight. A full table is mostly /24; the long ones are what is left of address trading.
_V4_LENGTHS = {24: 60, 23: 10, 22: 13, 21: 5, 20: 5, 19: 3, 18: 2, 17: 1, 16: 1}
_V6_LENGTHS = {48: 48, 32: 22, 44: 8, 40: 8, 36: 4, 29: 6, 33: 4}
_V4_BLOCKS = {"europe": (5, 31, 37, 46, 62, 77, 78, 80, 82, 85, 89, 91, 93, 109, 176, 178, 185, 193),
              "america": (12, 23, 24, 38, 50, 63, 64, 66, 69, 72, 76, 96, 98, 104, 107, 173, 184, 208)}
_V6_BLOCKS = {"europe": ("2a01::/16", "2a02::/16", "2a06::/16", "2a0c::/16"),
              "america": ("2600::/16", "2604::/16", "2607::/16", "2620::/16")}


class _Space:
    """Hands out prefixes that do not overlap, walking through a block with random gaps."""

    def __init__(self, block, rng):
        self.block = ipaddress.ip_network(block)
        self._next = int(self.block.network_address)
        self._rng = rng

    def take(self, length):
        size = 1 << (self.block.max_prefixlen - length)
        start = (self._next + size - 1) // size * size + size * self._rng.choice((0, 0, 1, 3))
        self._next = start + size
        network = type(self.block)((start, length))
        if not network.subnet_of(self.block):
            raise ValueError(f"{self.block} is used up")
        return str(network)


def _weighted(rng, table):
    return rng.choices(list(table), weights=list(table.values()))[0]


def _prefixes(rng, spaces4, spaces6):
    # Most customers have one to three prefixes, a few have dozens.
    count = min(60, max(1, round(rng.paretovariate(0.95))))
    found = [rng.choice(spaces4).take(_weighted(rng, _V4_LENGTHS)) for _ in range(count)]
    if rng.random() < 0.45:
        found += [rng.choice(spaces6).take(_weighted(rng, _V6_LENGTHS))
                  for _ in range(1 + count // 8)]
    return tuple(found)


def _as_path(rng, origin):
    """What stands behind the partner: nothing but the origin, or transit, or a prepended origin."""
    transit = [rng.randint(64512, 64990) for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3)))]
    return " ".join(map(str, transit + [origin] * rng.choice((1, 1, 1, 1, 2, 3))))


def customers(seed=1, scale=1.0):
    """All customers of all partners. `scale` 0.1: a tenth of them."""
    rng = random.Random(seed)
    spaces4 = {side: [_Space(f"{b}.0.0.0/8", rng) for b in blocks]
               for side, blocks in _V4_BLOCKS.items()}
    spaces6 = {side: [_Space(b, rng) for b in blocks] for side, blocks in _V6_BLOCKS.items()}
    found = []
    for partner in PARTNERS.values():
        metros = {m: weight for m, (_, weight, side) in METROS.items() if side in partner.sides}
        for _ in range(max(len(metros), round(partner.customers * scale))):
            # 4-octet numbers are the rule for new networks.
            origin = rng.randint(4_200_000_000, 4_200_900_000)
            metro = _weighted(rng, metros)
            side = METROS[metro][2]
            paths = {partner.name: _as_path(rng, origin)}
            if rng.random() < 0.3:  # multihomed
                others = [p for p in PARTNERS.values() if p != partner and side in p.sides]
                paths[rng.choice(others).name] = _as_path(rng, origin)
            found.append(Customer(origin, metro, rng.random() > 0.03, paths,
                                  _prefixes(rng, spaces4[side], spaces6[side])))
    return found


def routes_of(partner, all_customers):
    """Everything that partner announces."""
    return [route for customer in all_customers if partner in customer.paths
            for route in customer.routes(partner)]


def main():
    everyone = customers()
    for name, partner in PARTNERS.items():
        for route in routes_of(name, everyone):
            tags = ",".join(sorted(route.communities | route.large | route.ext))
            print(f"{route.prefix} {partner.asn} {route.as_path} {tags}")
    prefixes = {p for customer in everyone for p in customer.prefixes}
    print(f"{len(prefixes)} prefixes of {len(everyone)} customers", file=sys.stderr)


if __name__ == "__main__":
    main()
