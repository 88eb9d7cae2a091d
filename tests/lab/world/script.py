"""The script of the lab: failures and healings, step by step."""

from dataclasses import dataclass
from typing import Callable

from lab.world.network import stolen

STARTS, FAILS, CHANGES, HEALS = "starts", "fails", "changes", "heals"


@dataclass(frozen=True)
class Step:
    title: str
    kind: str                   # STARTS, FAILS, CHANGES or HEALS
    act: Callable               # does it to the network
    note: Callable              # notes it in the Condition
    moves: tuple = ()           # the metros whose exit must be another then; all others stay
    planned: bool = True        # no datagram may be lost, because a way is there all the time
    holds: Callable = None      # something else that must hold of the network then
    evidence: Callable = None   # text of ternctl to print


def _quarantined(network):
    routes = network.pops["ams"].ask_json("show", "routes", "rejected", "reason", "quarantined")
    return {route["prefix"] for route in routes}


def _events(network, pop, *words):
    """As ternctl prints them, when there are some: the daemon looks for moves once a second."""
    daemon = network.pops[pop]
    network.lab.wait(lambda: daemon.events(*words), 10, f"{pop} has events: {' '.join(words)}")
    return f"ternctl events {' '.join(words)}    (at {pop})\n" + daemon.ask("events", *words)


def _drains(network, word):
    network.pops["ams"].ask("pop", word)


def _note_round_trip(condition, milliseconds):
    condition.round_trips["iad", "bogota"] = milliseconds


# Of the link that is cut and of the PoP that is lost the kernel of the neighbor or TCP tells at
# once; the datagrams on their way are lost, and those until the next PoP has the news.
SCRIPT = [
    Step("Everything is up", STARTS, lambda network: None, lambda condition: None, planned=False),
    Step("The link of Monsoon at Singapore is cut", FAILS,
         lambda network: network.cut("monsoon-sin"),
         lambda condition: condition.cut.add("monsoon-sin"),
         moves=("mumbai",), planned=False),
    Step("The link of Monsoon at Singapore is back", HEALS,
         lambda network: network.heal("monsoon-sin"),
         lambda condition: condition.cut.remove("monsoon-sin"),
         moves=("mumbai",)),
    Step("The PoP São Paulo is lost: its ternd is killed", FAILS,
         lambda network: network.lose("gru"),
         lambda condition: condition.lost.add("gru"),
         moves=("santiago", "buenos-aires"), planned=False),
    Step("The PoP São Paulo is back", HEALS,
         lambda network: network.restore("gru"),
         lambda condition: condition.lost.remove("gru"),
         moves=("santiago", "buenos-aires")),
    Step("The PoP Amsterdam is drained for maintenance", CHANGES,
         lambda network: _drains(network, "drain"),
         lambda condition: condition.drained.add("ams"),
         moves=("frankfurt", "london")),
    Step("The PoP Amsterdam is not drained any more", HEALS,
         lambda network: _drains(network, "undrain"),
         lambda condition: condition.drained.remove("ams"),
         moves=("frankfurt", "london")),
    Step("Ashburn to Bogotá takes 140 ms", CHANGES,
         lambda network: network.report_round_trip("iad", "bogota", 140, "gru"),
         lambda condition: _note_round_trip(condition, 140),
         moves=("bogota",),
         evidence=lambda network: _events(network, "gru", "kind", "exit-moved")),
    Step("Ashburn to Bogotá takes 57 ms again", HEALS,
         lambda network: network.report_round_trip("iad", "bogota", 57, "iad"),
         lambda condition: _note_round_trip(condition, 57),
         moves=("bogota",)),
    Step("Pacific withdraws Tokyo at Singapore", FAILS,
         lambda network: network.withdraw("pacific-sin", "tokyo"),
         lambda condition: condition.withdrawn.add(("pacific-sin", "tokyo")),
         moves=("tokyo",), planned=False),
    Step("Pacific announces Tokyo at Singapore again", HEALS,
         lambda network: network.announce("pacific-sin", "tokyo"),
         lambda condition: condition.withdrawn.remove(("pacific-sin", "tokyo")),
         moves=("tokyo",)),
    Step("Boreal announces Cape Town's prefix and its half", FAILS,
         lambda network: network.hijack("boreal-ams", "cape-town"),
         lambda condition: condition.hijacks.add(("boreal-ams", "cape-town")),
         holds=lambda network: _quarantined(network) == set(stolen("cape-town")),
         evidence=lambda network: _events(network, "ams", "open", "severity", "error")),
    Step("Boreal withdraws them", HEALS,
         lambda network: network.end_hijack("boreal-ams", "cape-town"),
         lambda condition: condition.hijacks.remove(("boreal-ams", "cape-town")),
         holds=lambda network: not _quarantined(network)),
    Step("The link of Boreal at Amsterdam is cut, its only one", FAILS,
         lambda network: network.cut("boreal-ams"),
         lambda condition: condition.cut.add("boreal-ams"),
         moves=("stockholm",), planned=False),
    Step("The link of Boreal at Amsterdam is back", HEALS,
         lambda network: network.heal("boreal-ams"),
         lambda condition: condition.cut.remove("boreal-ams"),
         moves=("stockholm",), planned=False),
]
