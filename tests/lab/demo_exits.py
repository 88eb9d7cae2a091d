"""Shared by the parts of the demo: headings, and the exits of prefixes at present."""

import re
import time

from lab.exits import counts


def title(text):
    print(f"\n{text}\n{'=' * len(text)}")


def show(text):
    """Prints what ternctl says, or a part of it."""
    for line in text.splitlines():
        print(f"    {line}".rstrip())


def milliseconds(microseconds):
    return "unknown" if microseconds is None else f"{int(microseconds) / 1000:.1f} ms"


class Exits:
    def __init__(self, network):
        self.network = network

    def choice(self, pop, prefix):
        """A row: the PoP, its exit, the next hop, the cost, and the step that decided."""
        explanation = self.network.pops[pop].explain(prefix)
        best = explanation["candidates"][0]["route"]
        decided = [s for s in explanation["steps"] if s["decided"]]
        if decided:
            step = decided[0]
            # "6.6 ms (ams to frankfurt, measured)": the places are in the table already.
            values = [re.sub(r" \(.*\)", "", step[key]) for key in ("winner_value", "other_value")]
            why = f"step {step['number']}, {step['name']}: {values[0]} against {values[1]}"
        else:
            why = "the only path here"
        return [pop, best["egress_pop"] or "-", best["next_hop"],
                milliseconds(best["egress_cost_us"]), why]

    def of(self, prefix):
        """PoP -> exit."""
        return {name: self.choice(name, prefix)[1] for name in self.network.pops}

    def counts(self):
        """metro -> exit -> prefixes, as lhr sees it; all PoPs see the same when settled."""
        return counts(self.network.pops["lhr"].egress())

    def settled(self):
        """Whether all PoPs count the same exits: then iBGP has nothing more to say."""
        tables = [counts(pop.egress()) for pop in self.network.pops.values()]
        return all(t == tables[0] for t in tables)

    def complete(self):
        """Whether every partner has said everything, and the PoPs have told each other."""
        for pop in self.network.pops.values():
            for neighbour in pop.ask_json("show", "neighbors"):
                expected = self.network.announced(neighbour["address"])
                accepted = sum(int(f["accepted"]) for f in neighbour["families"])
                if expected is not None and accepted != expected:
                    return False
        return self.settled()

    def become(self, progress, prefix, expected, words, begin):
        """Waits until the prefix leaves at this exit from every PoP, and tells how long it took."""
        def there():
            exits = self.of(prefix)
            progress.show(" ".join(f"{pop}->{where}" for pop, where in exits.items()))
            return set(exits.values()) == {expected}

        self.network.wait(there, 60, f"{prefix} leaves at {expected} from every PoP")
        progress.done(f"{expected}, {words}, from every PoP after "
                      f"{(time.monotonic() - begin) * 1000:.0f} ms")
