"""The demo: traffic leaves at the edge nearest to the user, and moves when that edge loses its way.

    python3 -m lab.demo [--keep] [--embedded]
"""

import argparse
import ipaddress
import re
import sys
import time
import urllib.request

from lab.embedded import EmbeddedNetwork
from lab.exits import counts, known_prefixes, print_counts, sum_of
from lab.forward import Forward
from lab.namespaces import NoNamespaces
from lab.prefixes import METROS, PARTNERS
from lab.process import WaitTimeout
from lab.speaker import Route
from lab.table import Progress, print_table
from lab.tern import program
from lab.topology import POPS, SITES, RealNetwork

FAILING = "continental-ams"  # whose router we take down
HIJACKER = "northsea-lhr"     # whose router announces what is not its customers'
OURS = ("203.0.113.0/24", "198.51.100.0/24")
GRACEFUL_SHUTDOWN = "65535:0"
DRAINED = "ams"              # the PoP that is drained
METRICS_PORTS = {"ams": 9181, "lhr": 9182, "iad": 9183}


def main(arguments):
    parser = argparse.ArgumentParser(prog="tern demo")
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C")
    parser.add_argument("--embedded", action="store_true", help="on loopback addresses, no root")
    options = parser.parse_args(arguments)
    try:
        program("ternd"), program("ternctl")
        with EmbeddedNetwork() if options.embedded else RealNetwork() as network:
            Demo(network).run(options.keep)
        return 0
    except (NoNamespaces, FileNotFoundError) as problem:
        print(f"tern demo: {problem}", file=sys.stderr)
        if isinstance(problem, NoNamespaces):
            print("tern demo: without namespaces: ./tern demo --embedded", file=sys.stderr)
        return 1
    except WaitTimeout as problem:
        print(f"\ntern demo: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnded.")
        return 130


def title(text):
    print(f"\n{text}\n{'=' * len(text)}")


def milliseconds(microseconds):
    return "unknown" if microseconds is None else f"{int(microseconds) / 1000:.1f} ms"


class Demo:
    def __init__(self, network):
        self.network = network
        self.started = time.monotonic()

    def run(self, keep):
        self.introduce()
        self.network.start()
        self.sessions_come_up()
        self.table_fills()
        samples = self.samples()
        self.show_choices(samples)
        self.show_entrances()
        self.hijack(samples[0])
        self.fail_over(samples[0])
        self.drain(samples[0])
        doors = self.where_to_look(keep, samples[0][1])
        if keep:
            self.stay()
        for door in doors:
            door.close()
        print(f"\nDone in {time.monotonic() - self.started:.0f} s; everything is taken down again.")

    def introduce(self):
        title("Three PoPs, three partners")
        speaker = {"Bird": "BIRD", "Frr": "FRR"}
        rows = []
        for partner in PARTNERS.values():
            sites = [s for s in SITES if s.partner == partner.name]
            kinds = {"tern-replay"} if self.network.embedded else \
                {speaker[s.driver.__name__] for s in sites}
            rows.append([partner.title, f"AS{partner.asn}", " ".join(s.pop for s in sites),
                         ", ".join(kinds)])
        print("  Our network, AS64500, runs a ternd in each of " +
              ", ".join(f"{pop.name} ({pop.title})" for pop in POPS.values()) + ".")
        print("  Partners announce their customers' prefixes and say in communities where the\n"
              "  customers are. Tern sends the traffic out at the edge nearest to them.\n")
        print_table(["partner", "AS", "peers with us at", "runs"], rows)
        if self.network.embedded:
            print("\n  Embedded: on loopback addresses, IPv4 only, our replay speakers as partners.")

    def sessions_come_up(self):
        title("Sessions come up")
        progress = Progress("established")
        begin = time.monotonic()
        total = sum(len(pop.sessions) for pop in self.network.pops.values())

        def all_up():
            up = sum(n["state"] == "Established" for pop in self.network.pops.values()
                     for n in pop.ask_json("show", "neighbors"))
            progress.show(f"{up} of {total}")
            return up == total

        self.network.wait(all_up, 60, f"all {total} sessions established")
        progress.done(f"{total} of {total} after {time.monotonic() - begin:.1f} s")
        rows = []
        for name, pop in self.network.pops.items():
            for neighbour in pop.ask_json("show", "neighbors"):
                rows.append([name, neighbour["name"], neighbour["address"],
                             f"AS{neighbour['asn']}", neighbour["state"]])
        print()
        print_table(["PoP", "neighbour", "address", "AS", "state"], rows)

    def table_fills(self):
        expected = len(self.network.prefixes())
        progress = Progress("prefixes known")
        begin = time.monotonic()

        def all_there():
            known = {name: known_prefixes(pop.egress()) for name, pop in self.network.pops.items()}
            progress.show(", ".join(f"{name} {count}" for name, count in known.items()))
            return all(count == expected for count in known.values()) and self.complete()

        self.network.wait(all_there, 60, f"{expected} prefixes at every PoP")
        print()
        progress.done(f"{expected} at every PoP after {time.monotonic() - begin:.1f} s, "
                      f"from {len(self.network.customers)} customers in {len(METROS)} metros")

    def complete(self):
        """Whether every partner has said everything, and the PoPs have told each other."""
        for pop in self.network.pops.values():
            for neighbour in pop.ask_json("show", "neighbors"):
                expected = self.network.announced(neighbour["address"])
                accepted = sum(int(f["accepted"]) for f in neighbour["families"])
                if expected is not None and accepted != expected:
                    return False
        return self.settled()

    def lost(self):
        """Whether nothing is left of what the failing router announced, over IPv4 and IPv6."""
        partner, pop = FAILING.rsplit("-", 1)
        return not any(int(family["received"])
                       for neighbour in self.network.pops[pop].ask_json("show", "neighbors")
                       if neighbour["name"].startswith(partner) for family in neighbour["families"])

    def settled(self):
        """Whether all PoPs count the same exits: then iBGP has nothing more to say."""
        tables = [counts(pop.egress()) for pop in self.network.pops.values()]
        return all(t == tables[0] for t in tables)

    def samples(self):
        """(what it shows, prefix, metro, partners) of a few prefixes; the first one moves later."""
        def find(what, metro, *partners, ipv6=False):
            for customer in self.network.customers:
                if customer.metro == metro and customer.tagged and set(customer.paths) == set(partners):
                    for prefix in customer.prefixes:
                        if (":" in prefix) == ipv6:
                            return what, prefix, metro, partners
            raise LookupError(f"no customer of {partners} in {metro}")

        found = [find("ams is nearest, lhr next", "frankfurt", "continental"),
                 find("two exits nearly equal", "paris", "northsea"),
                 find("across the ocean", "new-york", "atlantic"),
                 find("two partners, one exit", "london", "continental", "atlantic")]
        if not self.network.embedded:
            found.append(find("the same in IPv6", "milan", "continental", ipv6=True))
        return found

    def show_choices(self, samples):
        title("Where traffic leaves, and the step that decided")
        for what, prefix, metro, partners in samples:
            names = " and ".join(PARTNERS[p].title for p in partners)
            print(f"\n  {prefix}: users in {metro}, reached through {names} ({what})")
            rows = [self.choice(name, prefix) for name in self.network.pops]
            print_table(["at PoP", "leaves at", "next hop", "cost", "decided by"], rows)
        _, prefix, _, _ = samples[0]
        print(f"\n  In Tern's own words, `ternctl explain {prefix}` at lhr:\n")
        for line in self.network.pops["lhr"].ask("explain", prefix).splitlines():
            print(f"    {line}")

    def show_entrances(self):
        if self.network.embedded:
            return  # the replay speakers keep no table
        title("Where traffic comes in: what the partners' routers hold of our prefixes")
        self.network.wait(lambda: all(len(self.held(site)) == len(OURS) for site in SITES), 30,
                          "every partner's router holds our prefixes")
        rows = []
        for site in SITES:
            for prefix, route in self.held(site).items():
                rows.append([site.name, self.network.sites[site.name].kind.upper(), prefix,
                             f"{route.next_hop} ({site.pop})", route.as_path, str(route.med)])
        print_table(["router", "is a", "our prefix", "enters at", "AS path", "MED"], rows)
        print(f"\n  Every PoP serves {OURS[0]}. The servers of {OURS[1]} are in Amsterdam:\n"
              "  the MED says how far each PoP is from there.")

    def held(self, site):
        """prefix -> route of our prefixes at the partner's router."""
        held = self.network.sites[site.name].routes(f"10.{POPS[site.pop].number}.0.1")
        return {prefix: held[prefix][0] for prefix in OURS if prefix in held}

    def hijack(self, sample):
        """A partner announces a registered prefix of another partner's customer, and its half."""
        if self.network.embedded:
            return  # the replay speakers announce the same all the time
        _, prefix, _, _ = sample
        part = str(next(ipaddress.ip_network(prefix).subnets(1)))
        site = next(site for site in SITES if site.name == HIJACKER)
        router = self.network.sites[site.name]
        pop = self.network.pops[site.pop]
        before = self.exits_of(prefix)
        title(f"{PARTNERS[site.partner].title} announces {prefix}, which is registered for another")
        self.network.wait(lambda: "healthy" in self.states(pop, prefix), 60, f"{prefix} is healthy")
        print(pop.ask("show", "registrations", prefix).rstrip() + "\n")
        router.announce(Route(prefix), Route(part))
        self.network.wait(lambda: set(self.quarantined(pop)) == {prefix, part}, 30,
                          "the guard quarantines both routes")
        print(f"  {site.name} ({router.kind.upper()}) announces {prefix} and its half {part}, "
              f"with AS{PARTNERS[site.partner].asn} as origin.\n")
        print_table(["prefix", "from", "verdict", "suspicion"],
                    [[where, route["neighbor_name"], "quarantined", route["reason_detail"]]
                     for where, route in self.quarantined(pop).items()])
        self.network.wait(lambda: self.exits_of(prefix) == before and self.settled(), 30,
                          f"{prefix} leaves where it left before")
        self.network.wait(lambda: self.hijack_events(pop, prefix) == 2, 30,
                          "each route is an event")
        print(f"\n  `ternctl events prefix {prefix} severity error` at {site.pop}:\n")
        for line in pop.ask("events", "prefix", prefix, "severity", "error").splitlines():
            print(f"    {line}")
        if any(other.ask_json("show", "routes", part) for other in self.network.pops.values()):
            raise WaitTimeout(f"a PoP uses the hijacked {part}")
        print(f"\n  {prefix} still leaves at {before[site.pop]}, by {PARTNERS[sample[3][0]].title}."
              " No PoP uses the hijacker's routes,\n  so no neighbor is advertised them.")
        router.withdraw(prefix, part)
        self.network.wait(lambda: not self.quarantined(pop), 30, "the hijack ends")

    @staticmethod
    def states(pop, prefix):
        (shown,) = pop.ask_json("show", "registrations", prefix)
        return [one["state"] for one in shown.get("states", [])]

    @staticmethod
    def hijack_events(pop, prefix):
        return sum(event["kind"].endswith("-hijack")
                   for event in pop.events("prefix", prefix, "open"))

    @staticmethod
    def quarantined(pop):
        """prefix -> route that the guard keeps out at the PoP."""
        rejected = pop.ask_json("show", "routes", "rejected", "reason", "quarantined")
        return {route["prefix"]: route for route in rejected}

    def choice(self, pop, prefix):
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

    def exits_of(self, prefix):
        return {name: self.choice(name, prefix)[1] for name in self.network.pops}

    def fail_over(self, sample):
        _, prefix, metro, _ = sample
        before = counts(self.network.pops["lhr"].egress())
        title(f"{FAILING} fails: the nearest exit for {metro} loses this partner")
        progress = Progress(f"exit for {prefix}")
        begin = time.monotonic()
        self.network.take_down(FAILING)
        self.exits_become(progress, prefix, "lhr", "the next nearest", begin)
        self.network.wait(lambda: self.lost() and self.settled(), 30, "the PoPs agree on every exit")
        during = counts(self.network.pops["lhr"].egress())
        print("\n  Prefixes per metro and exit, before and while it is down:\n")
        print_counts(before, during)
        if sum(map(sum_of, before.values())) == sum(map(sum_of, during.values())):
            print("\n  No prefix is lost, and metros whose nearest exit is elsewhere did not move.")
        title(f"{FAILING} comes back")
        begin = time.monotonic()
        self.network.bring_back(FAILING)
        self.exits_become(progress, prefix, "ams", "the nearest", begin)
        self.network.wait(
            lambda: self.complete() and counts(self.network.pops["lhr"].egress()) == before, 60,
            "every prefix is back at its exit")
        print("  Every prefix leaves where it left before.")

    def drain(self, sample):
        prefix = sample[1]
        before = counts(self.network.pops["lhr"].egress())
        title(f"{DRAINED} is drained before maintenance: `ternctl pop drain`")
        pop = self.network.pops[DRAINED]
        progress = Progress(f"exit for {prefix}")
        begin = time.monotonic()
        print(f"  {pop.ask('pop', 'drain').strip()}")
        self.exits_become(progress, prefix, "lhr", "the next nearest", begin)
        self.network.wait(self.settled, 30, "the PoPs agree on every exit")
        during = counts(self.network.pops["lhr"].egress())
        self.partners_are_told()
        print("\n  Its sessions stay, so nothing is lost on the way. What leaves where:\n")
        print_counts(before, during)
        begin = time.monotonic()
        print(f"\n  {pop.ask('pop', 'undrain').strip()}")
        self.exits_become(progress, prefix, "ams", "the nearest", begin)
        self.network.wait(lambda: counts(self.network.pops["lhr"].egress()) == before, 60,
                          "every prefix is back at its exit")

    def partners_are_told(self):
        if self.network.embedded:
            return
        there = [site for site in SITES if site.pop == DRAINED]
        self.network.wait(lambda: all(GRACEFUL_SHUTDOWN in route.communities for site in there
                                      for route in self.held(site).values()), 30,
                          f"partners at {DRAINED} hear of the drain")
        names = " and ".join(f"{site.name} ({self.network.sites[site.name].kind.upper()})"
                             for site in there)
        print(f"  {names} have our prefixes with {GRACEFUL_SHUTDOWN}, graceful-shutdown.")

    def exits_become(self, progress, prefix, expected, words, begin):
        def there():
            exits = self.exits_of(prefix)
            progress.show(" ".join(f"{pop}->{where}" for pop, where in exits.items()))
            return set(exits.values()) == {expected}

        self.network.wait(there, 60, f"{prefix} leaves at {expected} from every PoP")
        progress.done(f"{expected}, {words}, from every PoP after "
                      f"{(time.monotonic() - begin) * 1000:.0f} ms")

    def where_to_look(self, keep, prefix):
        title("Where to look")
        doors = []
        for name in self.network.pops:
            address, port = self.network.metrics_address(name)
            if self.network.where(name):
                doors.append(Forward(self.network.where(name), (address, port),
                                     METRICS_PORTS[name]))
                address, port = "127.0.0.1", doors[-1].port
            url = f"http://{address}:{port}/metrics"
            with urllib.request.urlopen(url, timeout=10) as page:
                lines = [line for line in page.read().decode().splitlines()
                         if line.startswith("tern_")]
            print(f"  metrics of {name}:  {url}  ({len(lines)} series)")
        ternctl = f"{program('ternctl')} --socket {self.network.pops['ams'].socket}"
        print("\n  The command line at ams:\n")
        for command in ("show neighbors", "show egress", f"show routes all {prefix}",
                        f"explain {prefix}", "events", "pop drain", "reload"):
            print(f"    {ternctl} {command}")
        print(f"\n  Configuration files: {self.network.pops['ams'].config} and its neighbours.")
        if not keep:
            again = "./tern demo --embedded --keep" if self.network.embedded else \
                "./tern demo --keep (or ./tern lab, in the background)"
            print(f"\n  All this ends now; {again} leaves it running.")
        return doors

    def stay(self):
        print("\nRunning until Ctrl-C.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nTaking everything down.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
