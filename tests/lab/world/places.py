"""The places of the lab: PoPs, metros with their users, and the partners that reach the users.

Each metro has the users of a single prefix. The round trips between places are made from their
distances, and are the measurements that every PoP reads."""

import math
from dataclasses import dataclass

from lab.speaker import Route

ASN = 64500
OURS = "203.0.113.0/24"    # served by every PoP
KM_OF_DEGREE = 111.19
MS_OF_KM = 0.0145          # a round trip in fibre on ways longer than the distance
MS_AT_LEAST = 1.5


@dataclass(frozen=True)
class Place:
    name: str
    title: str
    latitude: float
    longitude: float
    number: int            # the code in communities, a part of addresses


@dataclass(frozen=True)
class Partner:
    """A carrier with a router at each of its PoPs. The place is where the map has it."""
    name: str
    title: str
    asn: int
    latitude: float
    longitude: float
    pops: tuple
    large: bool            # whether its location tags are large communities


@dataclass(frozen=True)
class Metro(Place):
    partners: tuple        # that announce the prefix of its users

    @property
    def prefix(self):
        return f"198.18.{self.number}.0/24"

    @property
    def user(self):
        """The address that answers for the users."""
        return f"198.18.{self.number}.1"

    @property
    def origin(self):
        return 4_200_000_000 + self.number


def _by_name(found):
    return {one.name: one for one in found}


POPS = _by_name([
    Place("ams", "Amsterdam", 52.3, 4.8, 1), Place("iad", "Ashburn", 38.9, -77.5, 2),
    Place("gru", "São Paulo", -23.4, -46.5, 3), Place("jnb", "Johannesburg", -26.1, 28.2, 4),
    Place("sin", "Singapore", 1.4, 104.0, 5)])

PARTNERS = _by_name([
    Partner("meridian", "Meridian", 65101, 37.0, -28.0, ("ams", "iad"), False),
    Partner("austral", "Austral", 65102, -16.0, -6.0, ("gru", "jnb"), True),
    Partner("monsoon", "Monsoon", 65103, -4.0, 73.0, ("jnb", "sin"), True),
    Partner("pacific", "Pacific", 65104, 16.0, 139.0, ("iad", "sin"), False),
    Partner("boreal", "Boreal", 65105, 62.0, 6.0, ("ams",), True)])

METROS = _by_name(Metro(name, title, latitude, longitude, number, partners)
                  for number, (name, title, latitude, longitude, partners) in enumerate([
    ("frankfurt", "Frankfurt", 50.1, 8.7, ("meridian",)),
    ("london", "London", 51.5, -0.1, ("meridian", "boreal")),
    ("stockholm", "Stockholm", 59.3, 18.1, ("boreal",)),
    ("lagos", "Lagos", 6.5, 3.4, ("meridian", "austral")),
    ("new-york", "New York", 40.7, -74.0, ("meridian",)),
    ("dallas", "Dallas", 32.8, -96.8, ("meridian", "pacific")),
    ("los-angeles", "Los Angeles", 34.1, -118.2, ("pacific",)),
    ("bogota", "Bogotá", 4.7, -74.1, ("austral", "meridian")),
    ("santiago", "Santiago", -33.4, -70.7, ("austral",)),
    ("buenos-aires", "Buenos Aires", -34.6, -58.4, ("austral",)),
    ("cape-town", "Cape Town", -33.9, 18.4, ("austral", "monsoon")),
    ("nairobi", "Nairobi", -1.3, 36.8, ("monsoon",)),
    ("mumbai", "Mumbai", 19.1, 72.9, ("monsoon",)),
    ("jakarta", "Jakarta", -6.2, 106.8, ("monsoon", "pacific")),
    ("tokyo", "Tokyo", 35.7, 139.7, ("pacific",)),
    ("sydney", "Sydney", -33.9, 151.2, ("pacific",))], start=1))


@dataclass(frozen=True)
class Site:
    """A partner's router at one of our PoPs, on a link of its own."""
    partner: Partner
    pop: Place

    @property
    def name(self):
        return f"{self.partner.name}-{self.pop.name}"

    @property
    def _network(self):
        return f"10.{self.pop.number}.{self.partner.asn - 65100}"

    @property
    def address(self):
        return f"{self._network}.2"

    @property
    def pop_address(self):
        return f"{self._network}.1"


SITES = _by_name(Site(partner, POPS[pop]) for partner in PARTNERS.values() for pop in partner.pops)


def sites_of(metro):
    """The routers that announce the prefix of the metro."""
    return [site for site in SITES.values() if site.partner.name in metro.partners]


def route(site, metro):
    """The prefix of the metro as the partner's router announces it."""
    asn, code = site.partner.asn, metro.number
    if site.partner.large:
        return Route(metro.prefix, str(metro.origin), large=frozenset({f"{asn}:1:{code}"}))
    return Route(metro.prefix, str(metro.origin), communities=frozenset({f"{asn}:{100 + code}"}))


def dictionary(partner):
    """The meaning of the partner's communities, as in the configuration."""
    form = "{}:1:{}" if partner.large else "{}:{}"
    return [{"community": form.format(partner.asn, metro.number + (0 if partner.large else 100)),
             "metro": metro.name}
            for metro in METROS.values() if partner.name in metro.partners]


def round_trip(one, other):
    """Milliseconds between two places, to a tenth."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    apart = math.radians(other.longitude - one.longitude)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(apart)
    kilometres = math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) * KM_OF_DEGREE
    return round(MS_AT_LEAST + MS_OF_KM * kilometres, 1)


def round_trips():
    """The text of rtt_file: from each PoP to each metro and to each other PoP."""
    lines = ["# pop,metro-or-pop,milliseconds"]
    for pop in POPS.values():
        for place in (*METROS.values(), *POPS.values()):
            if place != pop:
                lines.append(f"{pop.name},{place.name},{round_trip(pop, place)}")
    return "\n".join(lines) + "\n"


def registrations():
    """The text of the file of registrations: a customer for each metro. Without partners, because
    the exit is a matter of cost."""
    lines = ["prefix,owner,customer_as"]
    lines += [f"{m.prefix},tenant-{m.name},{m.origin}" for m in METROS.values()]
    return "\n".join(lines) + "\n"
