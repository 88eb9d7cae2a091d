#!/usr/bin/env python3
"""Routing domains: two tables in one process, whose neighbors even have the same address."""

import signal
import subprocess

from bench import PEER, PEER_AS, TERN, TERN_AS, Route, Session, check, main
from lab.bird import Bird
from lab.namespaces import Lab
from lab.tern import Tern, program

OURS, THEIRS, BOTH = "198.18.1.0/24", "198.18.2.0/24", "198.18.3.0/24"
DOMAIN_AS, DOMAIN_PEER_AS = 64_900, 64_901
DOMAIN = "partners"


class Domain(Tern):
    """The daemon of another domain, as ternctl sees it: its process is that of `first`."""

    def __init__(self, first, name, asn, sessions, interface, extra=None):
        super().__init__(first.node, asn, "192.0.2.9", sessions, extra)
        self.name = name
        self.interface = interface
        self.first_socket = first.socket

    def configuration(self):
        text = super().configuration()
        kept = [line for line in text.splitlines()
                if line.split(":")[0] not in ("api", "log", "metrics")]
        return "\n".join(kept) + "\n"

    def save(self):
        self.extra["router"] = {"asn": self.asn, "id": self.router_id,
                                "listen": [f"{TERN}:179"], "vrf": self.interface}
        self.write(f"{self.name}.yml", self.configuration())

    def try_ask(self, *words):
        done = subprocess.run(
            self.node.enter([program("ternctl"), "--socket", self.first_socket, "--domain",
                             self.name, *words]),
            text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout, done.stderr


class Pair:
    """A router with two interfaces that have the same address, and a BIRD behind each."""

    def __init__(self, topic, domains=(DOMAIN,)):
        self.lab = Lab(f"domains-{topic}")
        self.domains = list(domains)

    def __enter__(self):
        lab = self.lab.__enter__()
        node = lab.node("tern")
        interfaces = []
        self.birds = []
        for name, asn, theirs in (("first", PEER_AS, TERN_AS), ("second", DOMAIN_PEER_AS, DOMAIN_AS)):
            lan = lab.lan()
            interfaces.append(node.attach(lan, f"{TERN}/24", link_local=False))
            neighbour = lab.node(name)
            neighbour.attach(lan, f"{PEER}/24", link_local=False)
            own = OURS if name == "first" else THEIRS
            self.birds.append(Bird(neighbour, asn, PEER, [Session(TERN, theirs, PEER)],
                                   [Route(own), Route(BOTH)]))
        router = {"asn": TERN_AS, "id": TERN, "listen": [f"{TERN}:179"], "vrf": interfaces[0]}
        self.tern = Tern(node, TERN_AS, TERN, [Session(PEER, PEER_AS, TERN)], {"router": router})
        self.domain = Domain(self.tern, DOMAIN, DOMAIN_AS,
                             [Session(PEER, DOMAIN_PEER_AS, TERN)], interfaces[1])
        self.domain.save()
        self.name_domains()
        return self

    def __exit__(self, *failure):
        return self.lab.__exit__(*failure)

    def name_domains(self):
        self.tern.extra["domains"] = [{"name": name, "file": f"{name}.yml"}
                                      for name in self.domains]

    def start(self):
        self.tern.start()
        for bird in self.birds:
            bird.start()

    def wait(self, predicate, timeout, what):
        result = self.lab.wait(predicate, timeout, what)
        print(f"  ok: {what}", flush=True)
        return result

    def ready(self):
        page = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                "http://127.0.0.1:9179/readyz"]
        return self.tern.node.run(page).strip() == "200"

    def state(self, name=DOMAIN):
        rows = self.tern.ask_json("show", "domains").get("domains", [])
        return next((row["state"] for row in rows if row["name"] == name), None)

    def both_up(self):
        self.wait(lambda: self.tern.established(PEER) and self.domain.established(PEER), 60,
                  "both sessions with 10.0.0.2 are Established, each in its domain")


def apart():
    """Routes, metrics and log lines stay in their domain."""
    with Pair("apart") as pair:
        pair.start()
        pair.both_up()
        for speaker, prefixes, asn in ((pair.tern, {OURS, BOTH}, PEER_AS),
                                       (pair.domain, {THEIRS, BOTH}, DOMAIN_PEER_AS)):
            pair.wait(lambda s=speaker, p=prefixes: set(s.table("best")) == p, 20,
                      f"AS {speaker.asn} has the routes of AS {asn} alone")
            paths = {path for routes in speaker.table("best").values() for path in
                     (str(route.as_path) for route in routes)}
            check(all(str(asn) in path for path in paths), "with the paths of its own neighbor")
        for bird, asn in zip(pair.birds, (TERN_AS, DOMAIN_AS)):
            check(not bird.routes(TERN), f"the neighbor of AS {asn} is told nothing of the other's")
        status = pair.domain.ask("status")
        check("Domain" in status and DOMAIN in status, "status has the name of the domain")
        check("ask without --domain" in pair.domain.try_ask("show", "domains")[2],
              "the first domain alone lists the others")
        log = open(pair.tern.log, encoding="utf-8").read()
        check(any(f"[{DOMAIN}] " in line and PEER in line for line in log.splitlines()),
              "log lines of the domain have its name")
        page = pair.tern.node.run(["curl", "-s", "http://127.0.0.1:9179/metrics"])
        series = page.splitlines()
        check(any(s.startswith("tern_peer_routes{") and f'domain="{DOMAIN}"' in s for s in series),
              "series of the domain have its label")
        check(any(s.startswith("tern_peer_routes{") and "domain=" not in s for s in series),
              "those of the first domain have none")
        helps = [s for s in series if s.startswith("# HELP")]
        check(len(helps) == len(set(helps)), "each family stands once in the page")
        check(f'tern_domain_up{{domain="{DOMAIN}"}} 1' in series, "the domain is up")
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, text=True,
                                 capture_output=True, check=False)
        check(checked.returncode in (0, 3), f"promtool reads the page: {checked.stderr}")

        pair.domain.ask("neighbor", PEER, "disable")
        pair.wait(lambda: not pair.domain.established(PEER), 20, "a session ends in its domain")
        check(pair.tern.established(PEER), "and stays in the other")
        check(pair.tern.stop() == 0, "ternd ends")


def reload():
    """Domains come, go and change while the first one runs."""
    with Pair("reload", domains=()) as pair:
        pair.start()
        pair.wait(lambda: pair.tern.established(PEER), 60, "the first domain is up")
        check("No further domains" in pair.tern.ask("show", "domains"), "there is no other")

        pair.domains = [DOMAIN]
        pair.name_domains()
        pair.domain.asn = "many"
        pair.domain.save()
        status, out, err = _try_reload(pair)
        check(status != 0 and "partners.yml:1:" in out + err, "a bad file of a new domain is refused")
        check(pair.state() is None and pair.tern.established(PEER), "nothing has changed")

        pair.domain.asn = DOMAIN_AS
        pair.domain.save()
        pair.tern.reconfigure()
        pair.both_up()
        check(pair.state() == "running", "show domains has it")

        pair.domain.sessions[0].options["description"] = "a partner"
        pair.domain.save()
        pair.domain.ask("reload")
        check(pair.domain.neighbour(PEER)["description"] == "a partner",
              "a domain reloads its own file")

        pair.domain.sessions[0].options["description"] = "another partner"
        pair.domain.save()
        pair.tern.process.signal(signal.SIGHUP)
        pair.wait(lambda: pair.domain.neighbour(PEER)["description"] == "another partner", 20,
                  "SIGHUP reloads all domains")
        pair.wait(pair.ready, 20, "the process is ready")
        check("'ternctl show domains' lists" in pair.tern.try_ask("--domain", "strangers",
                                                                  "status")[2],
              "ternctl says where the names of domains are")

        pair.domains = []
        pair.name_domains()
        pair.tern.reconfigure()
        pair.wait(lambda: pair.state() is None, 20, "a domain that is not named any more ends")
        pair.wait(lambda: not pair.birds[1].established(TERN), 20, "its neighbor knows")
        check(pair.tern.established(PEER), "the first domain has not noticed")

        # The endpoint of the first domain, on the same interface.
        interface, pair.domain.interface = pair.domain.interface, pair.tern.extra["router"]["vrf"]
        pair.domain.save()
        pair.domains = [DOMAIN]
        pair.name_domains()
        pair.tern.reconfigure()
        pair.wait(lambda: pair.state() == "failed", 20, "a domain that cannot listen has failed")
        check("Address already in use" in pair.tern.ask("show", "domains"), "and says why")
        pair.wait(lambda: not pair.ready(), 20, "the process is not ready without it")
        pair.domain.interface = interface
        pair.domain.save()
        pair.tern.ask("reload")
        pair.both_up()
        check(pair.state() == "running", "a reload starts it again")


def session():
    """A session between two domains passes a route from one to the other."""
    inner_port = 1790
    with Pair("session") as pair:
        first = pair.tern
        first.extra["router"]["listen"] = [f"127.0.0.1:{inner_port}"]
        del first.extra["router"]["vrf"]
        # The first domain connects to its neighbor, and listens for the other domain alone.
        first.extra["policies"] = {
            "pass": {"terms": [{"accept": {}}]},
            "ours": {"terms": [{"match": {"prefixes": [OURS]}, "accept": {}}]},
            "nothing": {"terms": [{"reject": {}}]}}
        first.sessions.append(Session("127.0.0.2", DOMAIN_AS, "127.0.0.1", passive=True, options={
            "name": "to-partners", "route_server_client": True, "import": ["nothing"],
            "export": ["ours"]}))
        pair.domain.sessions.append(Session("127.0.0.1", TERN_AS, "127.0.0.2", port=inner_port,
                                            options={"name": "to-first", "in_vrf": False,
                                                     "enforce_first_as": False}))
        pair.domain.save()
        pair.start()
        pair.both_up()
        pair.wait(lambda: set(pair.domain.table("best")) == {OURS, THEIRS, BOTH}, 30,
                  "the route that the policy lets pass, and no other, is in the other domain")
        check(set(pair.tern.table("best")) == {OURS, BOTH}, "nothing came back")
        (passed,) = pair.domain.table("best")[OURS]
        check(passed.next_hop == PEER, "with the next hop of the neighbor that announced it")
        pair.birds[0].withdraw(OURS)
        pair.wait(lambda: set(pair.domain.table("best")) == {THEIRS, BOTH}, 20,
                  "a route that is withdrawn in one domain goes in the other")


def start():
    """A process with a domain that cannot run does not start, and says why."""
    with Pair("start") as pair:
        pair.domain.asn = "many"
        pair.domain.save()
        pair.tern.start()
        pair.wait(lambda: not pair.tern.alive(), 20, "ternd does not start with a bad domain")
        log = open(pair.tern.log, encoding="utf-8").read()
        check("domain 'partners': " in log and "partners.yml:1:" in log, "the log has the place")
        checked = subprocess.run([program("ternd"), "--check", pair.tern.path("ternd.yml")],
                                 text=True, capture_output=True, check=False)
        check(checked.returncode == 1 and "partners.yml:1:" in checked.stderr,
              "ternd --check reads the files of domains")

        pair.domain.asn = DOMAIN_AS
        pair.domain.extra["kernel"] = pair.tern.extra["kernel"] = {"table": 7}
        pair.domain.save()
        pair.tern.start()
        pair.wait(lambda: not pair.tern.alive(), 20, "nor with two domains in one kernel table")
        check("kernel table 7 is written by the first domain already"
              in open(pair.tern.log, encoding="utf-8").read(), "and the log says so")


def _try_reload(pair):
    pair.tern.write("ternd.yml", pair.tern.configuration())
    return pair.tern.try_ask("reload")


if __name__ == "__main__":
    main({"apart": apart, "reload": reload, "start": start, "session": session})
