"""The demo: traffic leaves at the edge nearest to the user, and moves when that edge loses its way.

    python3 -m lab.demo [--keep] [--embedded]
"""

import argparse
import sys
import time
import urllib.request

from lab.demo_exits import Exits, show, title
from lab.demo_guard import hijack, missing_tag
from lab.demo_moves import drain, fail_over, latency
from lab.embedded import EmbeddedNetwork
from lab.exits import known_prefixes
from lab.forward import Forward
from lab.namespaces import NoNamespaces
from lab.prefixes import METROS, PARTNERS
from lab.process import WaitTimeout
from lab.table import Progress, print_table
from lab.tern import program
from lab.topology import POPS, SITES, RealNetwork

OURS = ("203.0.113.0/24", "198.51.100.0/24")
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


class Demo:
    def __init__(self, network):
        self.network = network
        self.exits = Exits(network)
        self.started = time.monotonic()

    def run(self, keep):
        self.introduce()
        self.network.start()
        self.sessions_come_up()
        self.table_fills()
        samples = self.samples()
        self.show_choices(samples)
        self.show_entrances()
        self.act(samples)
        doors = self.where_to_look(keep, samples[0][1])
        if keep:
            self.stay()
        for door in doors:
            door.close()
        print(f"\nDone in {time.monotonic() - self.started:.0f} s; everything is taken down again.")

    def act(self, samples):
        """Shows failures and how Tern meets them."""
        network, exits = self.network, self.exits
        _, prefix, metro, (partner, *_) = samples[0]
        if not network.embedded:
            missing_tag(network, exits, prefix, metro)
            hijack(network, exits, prefix, partner)
        _, near_two, between, _ = samples[1]
        latency(network, exits, near_two, between)
        fail_over(network, exits, prefix, metro)
        drain(network, exits, prefix, None if network.embedded else self.held)

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
            return all(count == expected for count in known.values()) and self.exits.complete()

        self.network.wait(all_there, 60, f"{expected} prefixes at every PoP")
        print()
        progress.done(f"{expected} at every PoP after {time.monotonic() - begin:.1f} s, "
                      f"from {len(self.network.customers)} customers in {len(METROS)} metros")

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
            rows = [self.exits.choice(name, prefix) for name in self.network.pops]
            print_table(["at PoP", "leaves at", "next hop", "cost", "decided by"], rows)
        _, prefix, _, _ = samples[0]
        print(f"\n  In Tern's own words, `ternctl explain {prefix}` at lhr:\n")
        show(self.network.pops["lhr"].ask("explain", prefix))

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
                "./tern demo --keep"
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
