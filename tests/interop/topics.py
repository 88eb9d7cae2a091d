"""What ternd and another daemon must do together, the same for each daemon.

A daemon's test file makes a Topics with what is particular about it and runs its topics; what a
daemon cannot do is written there with the reason."""

import time
from dataclasses import replace

from bench import (FEED, FEED6, FEED_AS, PEER, PEER6, PEER_AS, TERN, TERN6, TERN_AS, Bench, Route,
                   Session, check, peer_sessions, same, split_families, tern_sessions)
from lab.bird import Bird
from lab.prefixes import customers, routes_of
from lab.tern import Tern

# Attributes in which a table at one end is its daemon's own business.
_LOCAL = ("local_pref",)


class Topics:
    """`driver` is the class of the daemon. Particulars:

    own_path: it can announce its own prefixes with an AS path behind its own AS.
    route_origin: it can set the extended community "route origin" besides "route target".
    link_local: its interfaces may have link-local addresses.
    rounds: of the collision test; it takes long where a daemon waits after each close.
    back_within: seconds until it takes a session again after losing one.
    connects_within: seconds until it tries to connect after it closed a session.
    reset_command: it connects again soon after a reset that was its own.
    default_med: the MED it puts on its own prefixes where none is set.
    explicit_next_hop: its own prefixes must be given their next hop.
    asks_refresh, answers_refresh: what it does with ROUTE-REFRESH.
    end_of_rib_first: it ignores those that come before it has sent an End-of-RIB, which it sends to
    neighbours with graceful restart alone.
    md5_listens: it takes signed connections (and does not only make them)."""

    def __init__(self, driver, own_path=True, route_origin=True, link_local=True, rounds=8,
                 back_within=30, connects_within=8, reset_command=True, default_med=None,
                 explicit_next_hop=False, asks_refresh=True, answers_refresh=True,
                 end_of_rib_first=False, md5_listens=True):
        self.driver = driver
        self.own_path = own_path
        self.route_origin = route_origin
        self.link_local = link_local
        self.rounds = rounds
        self.back_within = back_within
        self.connects_within = connects_within
        self.reset_command = reset_command
        self.default_med = default_med
        self.explicit_next_hop = explicit_next_hop
        self.asks_refresh = asks_refresh
        self.answers_refresh = answers_refresh
        self.end_of_rib_first = end_of_rib_first
        self.md5_listens = md5_listens

    def all(self):
        names = ("sessions", "routes", "transit", "ibgp", "refresh", "hold_timer", "md5", "gtsm",
                 "collision", "restart")
        return {name: getattr(self, name) for name in names}

    def bench(self, topic):
        return Bench(f"{self.driver.kind}-{topic}", self.driver, self.link_local)

    # Routes with everything that a daemon can put on them.
    def own_routes(self):
        path = "64999 4200000777 3333" if self.own_path else ""
        ext = {f"rt:{64999}:100"} | ({"ro:64999:5"} if self.route_origin else set())
        return [
            Route("203.0.112.0/24", path, med=77, communities=frozenset({"64999:100", "64999:7"}),
                  large=frozenset({f"{PEER_AS}:1:2", "64999:4294967295:0"}), ext=frozenset(ext),
                  next_hop=PEER if self.explicit_next_hop else ""),
            Route("198.18.4.0/22", path, communities=frozenset({"64999:1"}),
                  next_hop=PEER if self.explicit_next_hop else ""),
            Route("2001:db8:112::/48", path, med=4294967295, communities=frozenset({"64999:6"}),
                  large=frozenset({f"{PEER_AS}:6:6"}), ext=frozenset(ext),
                  next_hop=PEER6 if self.explicit_next_hop else "")]

    @staticmethod
    def feed_routes():
        return [
            Route("203.0.113.0/24", "64998 4200000888 3333 3333", med=88,
                  communities=frozenset({"64998:100", "64998:7"}),
                  large=frozenset({f"{FEED_AS}:1:2", "4294967295:1:4294967295"}),
                  ext=frozenset({"rt:64998:100", "ro:64998:5"})),
            Route("2001:db8:113::/48", "64998 3333", med=89, communities=frozenset({"64998:6"}),
                  large=frozenset({f"{FEED_AS}:6:6"}), ext=frozenset({"rt:64998:6"}))]

    @staticmethod
    def on_the_wire(route, asn, next_hop, next_hop6):
        """What an eBGP speaker makes of its own route."""
        return replace(route, as_path=f"{asn} {route.as_path}".strip(),
                       next_hop=next_hop6 if route.ipv6 else next_hop)

    def start_with_feed(self, bench, tern_options, extra_feed_routes=()):
        return bench.start(
            split_families(PEER, TERN, PEER6, TERN6, PEER_AS, options=tern_options)
            + split_families(FEED, TERN, FEED6, TERN6, FEED_AS, options=tern_options),
            split_families(TERN, PEER, TERN6, PEER6, TERN_AS),
            split_families(TERN, FEED, TERN6, FEED6, TERN_AS),
            self.own_routes(), [*self.feed_routes(), *extra_feed_routes])

    @staticmethod
    def all_up(bench):
        for neighbour in (PEER, PEER6, FEED, FEED6):
            bench.up(neighbour)

    @staticmethod
    def one(bench, speaker, neighbour, route, what):
        """The only path for the route's prefix in the table of what `neighbour` sent to `speaker`."""
        family = "ipv6" if route.ipv6 else "ipv4"
        paths = bench.lab.wait(lambda: speaker.routes(neighbour, family).get(route.prefix), 20, what)
        check(len(paths) == 1, f"{route.prefix}: one path at {speaker.kind}")
        return paths[0]

    def sessions(self):
        """From either side, over IPv4 and IPv6; both families and 4-octet AS numbers on each."""
        for tern_address, peer_address in ((TERN, PEER), (TERN6, PEER6)):
            for tern_passive in (True, False):
                with self.bench("sessions") as bench:
                    bench.start(tern_sessions(neighbour=peer_address, local=tern_address,
                                              passive=tern_passive),
                                peer_sessions(neighbour=tern_address, local=peer_address,
                                              passive=not tern_passive))
                    bench.up(peer_address)
                    detail = bench.tern.neighbour(peer_address)
                    own_port = detail["local_port"] if tern_passive else detail["remote_port"]
                    who = self.driver.kind if tern_passive else "ternd"
                    check(own_port == 179, f"{who} made the connection")
                    check(detail["asn"] == PEER_AS and detail["local_asn"] == TERN_AS,
                          f"4-octet AS numbers {TERN_AS} and {PEER_AS}")
                    check(any("4-octet" in c for c in detail["capabilities"]),
                          "the 4-octet AS capability is agreed")
                    check({f["family"] for f in detail["families"]} >=
                          {"ipv4-unicast", "ipv6-unicast"}, "both families are on the session")
                    check(detail["hold_time_seconds"] == 90, "hold time 90 s is agreed")

    def routes(self):
        """A route server: what either side says arrives at the other with nothing changed."""
        table = [r for r in routes_of("continental", customers(seed=7, scale=0.1))][:250]
        with self.bench("routes") as bench:
            self.start_with_feed(bench, {"route_server_client": True},
                                 extra_feed_routes=table)
            self.all_up(bench)
            for route in bench.peer.announced.values():
                expected = self.on_the_wire(route, PEER_AS, PEER, PEER6)
                if expected.med is None:
                    expected = replace(expected, med=self.default_med)
                at_tern, at_feed = (PEER6, TERN6) if route.ipv6 else (PEER, TERN)
                found = self.one(bench, bench.tern, at_tern, route, f"ternd has {route.prefix}")
                same(found, expected, f"{route.prefix} as {bench.peer.kind} sent it", _LOCAL)
                found = self.one(bench, bench.feed, at_feed, route, f"BIRD has {route.prefix}")
                same(found, expected, f"{route.prefix} at the other client, untouched", _LOCAL)
            self.whole_table(bench)
            self.changes(bench)

    def multicast(self):
        """A route server of SAFI 2: the same prefixes as in SAFI 1, and the routes stay apart."""
        def several(sessions):
            return [replace(s, families=(*s.families, f"{s.families[0]} multicast"))
                    for s in sessions]

        rpf = [Route("203.0.112.0/24", med=7, communities=frozenset({"64999:2"})),
               Route("198.18.64.0/18"),
               Route("2001:db8:112::/48", med=8, communities=frozenset({"64999:3"}))]
        with self.bench("multicast") as bench:
            options = {"route_server_client": True}
            bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN, several(
                split_families(PEER, TERN, PEER6, TERN6, PEER_AS, options=options)
                + split_families(FEED, TERN, FEED6, TERN6, FEED_AS, options=options))).start()
            bench.peer = self.driver(bench.nodes["peer"], PEER_AS, PEER, several(
                split_families(TERN, PEER, TERN6, PEER6, TERN_AS)), self.own_routes())
            bench.peer.multicast = rpf
            bench.peer.start()
            bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, several(
                split_families(TERN, FEED, TERN6, FEED6, TERN_AS)), self.feed_routes())
            # The other way round, for the daemon under test to read.
            back = Route("203.0.113.0/24", med=9, communities=frozenset({"64998:2"}))
            bench.feed.multicast = [back]
            bench.feed.start()
            self.all_up(bench)
            for route in rpf:
                self._carried(bench, bench.feed, (TERN, TERN6), route, (PEER, PEER6), PEER_AS)
            self._carried(bench, bench.peer, (TERN, TERN6), back, (FEED, FEED6), FEED_AS)
            check("198.18.64.0/18" not in bench.feed.routes(TERN, "ipv4"),
                  "what is multicast alone is no unicast route")
            bench.peer.withdraw("203.0.112.0/24")
            bench.wait(lambda: "203.0.112.0/24" not in bench.feed.routes(TERN, "ipv4"), 20,
                       "the unicast route is withdrawn")
            check("203.0.112.0/24" in bench.feed.routes(TERN, "ipv4 multicast"),
                  "the multicast route to the same prefix stays")

    def _carried(self, bench, at, of, route, origin, asn):
        """A multicast route is at `at`, which has it from Tern, as its speaker sent it."""
        family = "ipv6 multicast" if route.ipv6 else "ipv4 multicast"
        own = of[1] if route.ipv6 else of[0]
        expected = self.on_the_wire(route, asn, *origin)
        if expected.med is None:
            expected = replace(expected, med=self.default_med)
        paths = bench.wait(lambda: at.routes(own, family).get(route.prefix), 20,
                           f"{at.kind} has {route.prefix} of {family}")
        check(len(paths) == 1, "one path")
        same(paths[0], expected, f"{route.prefix} of {family} at {at.kind}, untouched", _LOCAL)

    def whole_table(self, bench):
        """Everything BIRD announces is at the daemon under test, attribute by attribute."""
        for family, neighbour in (("ipv4", TERN), ("ipv6", TERN6)):
            expected = {r.prefix: self.on_the_wire(r, FEED_AS, FEED, FEED6)
                        for r in bench.feed.prefixes(family == "ipv6")}
            bench.wait(lambda n=neighbour, f=family, e=expected: set(e) <= set(
                bench.peer.routes(n, f)), 30, f"{len(expected)} {family} prefixes arrive")
            found = bench.peer.routes(neighbour, family)
            for prefix, route in expected.items():
                differences = found[prefix][0].difference(route, _LOCAL)
                if differences:
                    raise AssertionError(f"{prefix} at {bench.peer.kind}: {'; '.join(differences)}")
            check(True, f"all {len(expected)} {family} routes have their path, next hop, MED, "
                        "standard, large and extended communities")

    def changes(self, bench):
        """Implicit and explicit withdrawals, in both directions."""
        changed = replace(bench.peer.announced["203.0.112.0/24"], med=5,
                          communities=frozenset({"64999:200"}))
        bench.peer.announce(changed)
        bench.wait(lambda: [(r.med, r.communities) for r in
                            bench.feed.routes(TERN)["203.0.112.0/24"]] == [(5, {"64999:200"})], 20,
                   "a change of MED and communities replaces the route at the other client, with the "
                   "new communities only")
        bench.peer.withdraw("203.0.112.0/24", "2001:db8:112::/48")
        bench.wait(lambda: "203.0.112.0/24" not in bench.feed.routes(TERN)
                   and "2001:db8:112::/48" not in bench.feed.routes(TERN6, "ipv6"), 20,
                   f"withdrawals of {bench.peer.kind} arrive at BIRD")
        check("198.18.4.0/22" in bench.feed.routes(TERN), "what was not withdrawn stays")
        bench.feed.withdraw("203.0.113.0/24", "2001:db8:113::/48")
        bench.wait(lambda: "203.0.113.0/24" not in bench.peer.routes(TERN)
                   and "2001:db8:113::/48" not in bench.peer.routes(TERN6, "ipv6"), 20,
                   f"withdrawals of BIRD arrive at {bench.peer.kind}")

    def transit(self):
        """Plain eBGP: our AS in front, our own next hop, and no MED of somebody else's."""
        with self.bench("transit") as bench:
            self.start_with_feed(bench, {"next_hop_self": True})
            self.all_up(bench)
            for speaker, source, asn in ((bench.peer, bench.feed, FEED_AS),
                                         (bench.feed, bench.peer, PEER_AS)):
                for route in source.announced.values():
                    expected = replace(self.on_the_wire(route, asn, TERN, TERN6), med=None)
                    expected = replace(expected, as_path=f"{TERN_AS} {expected.as_path}")
                    found = self.one(bench, speaker, TERN6 if route.ipv6 else TERN, route,
                                     f"{speaker.kind} has {route.prefix}")
                    # FRR and OpenBGPD print 0 for a MED that is not there.
                    found = replace(found, med=found.med or None)
                    same(found, expected, f"{route.prefix} at {speaker.kind} by way of ternd", _LOCAL)

    def ibgp(self):
        """The daemon is in our AS: LOCAL_PREF and MED stay, nothing is put in front of the path."""
        ebgp = split_families(FEED, TERN, FEED6, TERN6, FEED_AS)
        internal = split_families(PEER, TERN, PEER6, TERN6, TERN_AS)
        prefer = {"policies": {"pass": {"terms": [
            {"match": {"neighbour_as": [str(FEED_AS)]}, "set": {"local_pref": "250"},
             "accept": {}}, {"accept": {}}]}}}
        routes = self.own_routes()
        with self.bench("ibgp") as bench:
            bench.start(internal + ebgp, split_families(TERN, PEER, TERN6, PEER6, TERN_AS),
                        split_families(TERN, FEED, TERN6, FEED6, TERN_AS), routes,
                        self.feed_routes(), peer_as=TERN_AS, extra=prefer)
            self.all_up(bench)
            for route in bench.feed.announced.values():
                found = self.one(bench, bench.peer, TERN6 if route.ipv6 else TERN, route,
                                 f"{bench.peer.kind} has {route.prefix}")
                expected = replace(self.on_the_wire(route, FEED_AS, FEED, FEED6), local_pref=250)
                same(found, expected, f"{route.prefix} by iBGP, LOCAL_PREF 250 as our policy set it")
            for route in routes:
                found = self.one(bench, bench.feed, TERN6 if route.ipv6 else TERN, route,
                                 f"BIRD has {route.prefix}")
                expected_path = f"{TERN_AS} {route.as_path}".strip()
                check(found.as_path == expected_path, f"{route.prefix} leaves our AS with {TERN_AS}")

    def refresh(self):
        """ROUTE-REFRESH (RFC 2918) from either side is answered with the whole table."""
        options = {"route_server_client": True}
        if self.end_of_rib_first:
            options["graceful_restart"] = {"enabled": True}
        with self.bench("refresh") as bench:
            self.start_with_feed(bench, options)
            self.all_up(bench)
            first = self.own_routes()[0]
            self.one(bench, bench.tern, PEER, first, "ternd has the routes")
            bench.wait(lambda: "203.0.113.0/24" in bench.peer.routes(TERN), 20,
                       f"{bench.peer.kind} has the routes")
            if self.asks_refresh:
                self.refresh_asked(bench)
            if self.end_of_rib_first:
                bench.wait(lambda: _ipv4(bench.tern.neighbour(PEER))["end_of_rib"], 20,
                           f"{bench.peer.kind} has sent its End-of-RIB")
            before = _traffic(bench.tern.neighbour(PEER))
            bench.tern.refresh(PEER)
            bench.wait(lambda: _traffic(bench.tern.neighbour(PEER))["refresh_out"] >
                       before["refresh_out"], 20, "ternd sends a ROUTE-REFRESH")
            if self.answers_refresh:
                bench.wait(lambda: _traffic(bench.tern.neighbour(PEER))["announced_in"] >
                           before["announced_in"], 20, f"{bench.peer.kind} sends its routes again")
            check(bench.tern.established(PEER), "the session stayed up")
            self.one(bench, bench.tern, PEER, first, "ternd still has the routes")
            bench.wait(lambda: "203.0.113.0/24" in bench.peer.routes(TERN), 20,
                       "and so has the other side")

    @staticmethod
    def refresh_asked(bench):
        before = _traffic(bench.tern.neighbour(PEER))
        bench.peer.refresh(TERN)
        bench.wait(lambda: _traffic(bench.tern.neighbour(PEER))["refresh_in"] >
                   before["refresh_in"], 20, f"ternd gets the ROUTE-REFRESH of {bench.peer.kind}")
        bench.wait(lambda: _traffic(bench.tern.neighbour(PEER))["announced_out"] >
                   before["announced_out"], 20, "and sends the routes again")

    def hold_timer(self):
        """A side that hangs is noticed when the hold time is over, and comes back."""
        hold = 6
        with self.bench("hold_timer") as bench:
            bench.start(tern_sessions(hold_time=hold) + [Session(FEED, FEED_AS, TERN)],
                        peer_sessions(hold_time=hold), [Session(TERN, TERN_AS, FEED)],
                        self.own_routes())
            bench.up(PEER)
            bench.up(FEED)
            check(bench.tern.neighbour(PEER)["hold_time_seconds"] == hold, f"hold time {hold} s")
            bench.wait(lambda: "198.18.4.0/22" in bench.feed.routes(TERN), 20, "BIRD has a route of it")
            begin = time.monotonic()
            bench.peer.pause()
            bench.down(PEER, hold + 10, " (it is stopped)")
            check(time.monotonic() - begin >= hold / 2, "not before the hold time can be over")
            error = bench.tern.neighbour(PEER)["last_error"].lower()
            check("hold" in error, f"the reason is told: {error}")
            bench.wait(lambda: "198.18.4.0/22" not in bench.feed.routes(TERN), 10,
                       "its routes are withdrawn from BIRD")
            bench.peer.resume()
            bench.up(PEER, self.back_within + 60)
            bench.tern.pause()
            bench.wait(lambda: not bench.peer.established(TERN), hold + 15,
                       f"{bench.peer.kind} notices that ternd is stopped")
            bench.tern.resume()
            bench.up(PEER, self.back_within + 60)

    def md5(self):
        """RFC 2385: the right key lets a session up, another one or none does not."""
        for key, why in (("another-key", "the keys differ"), ("", "only ternd has a key")):
            with self.bench("md5") as bench:
                bench.start(tern_sessions(md5="a-good-key"),
                            peer_sessions(md5=key))
                bench.never_up(6, why)
        for tern_passive in (True, False) if self.md5_listens else (True,):
            with self.bench("md5") as bench:
                bench.start(tern_sessions(md5="a-good-key", passive=tern_passive),
                            peer_sessions(md5="a-good-key", passive=not tern_passive),
                            peer_routes=self.own_routes())
                bench.up(PEER)
                self.one(bench, bench.tern, PEER, self.own_routes()[0], "and routes pass")
        with self.bench("md5") as bench:
            bench.start(tern_sessions(neighbour=PEER6, local=TERN6, md5="a-good-key",
                                      passive=not self.md5_listens),
                        peer_sessions(neighbour=TERN6, local=PEER6, md5="a-good-key"))
            bench.up(PEER6)

    def gtsm(self):
        """RFC 5082: TTL 255 from both, or no session."""
        for tern_address, peer_address in ((TERN, PEER), (TERN6, PEER6)):
            with self.bench("gtsm") as bench:
                bench.start(tern_sessions(neighbour=peer_address, local=tern_address,
                                          ttl_security=True),
                            peer_sessions(neighbour=tern_address, local=peer_address,
                                          ttl_security=True))
                bench.up(peer_address)
        with self.bench("gtsm") as bench:
            bench.start(tern_sessions(ttl_security=True, passive=True),
                        peer_sessions(ttl_security=True))
            bench.up(PEER)
        with self.bench("gtsm") as bench:
            bench.start(tern_sessions(ttl_security=True), peer_sessions())
            bench.never_up(6, "the packets of the other side do not have TTL 255")

    def collision(self):
        """Both connect at the same moment (RFC 4271 section 6.8): one connection is left, always."""
        with self.bench("collision") as bench:
            bench.start(tern_sessions(), peer_sessions(), peer_routes=self.own_routes())
            bench.up(PEER)
            met = 0
            for number in range(self.rounds):
                met += self.collide(bench)
                bench.up(PEER, self.back_within + 60)
                bench.lab.wait(lambda: len(bench.tern.node.connections()) == 1, 15,
                               "one connection is left")
                self.one(bench, bench.tern, PEER, self.own_routes()[0],
                         f"round {number + 1}: a route over what is left")
            check(met > 0, f"in {met} of {self.rounds} rounds both had a SYN under way at once")

    def collide(self, bench):
        """Ends the session, and keeps the LAN apart until both sides are trying to connect: their
        SYNs, sent again and again, then meet. True when both were seen trying."""
        if self.reset_command:
            bench.lan.split()
            bench.peer.reset(TERN)
            bench.tern.reset(PEER)
        else:
            bench.tern.reset(PEER)
            bench.lan.split()
        end = time.monotonic() + self.connects_within
        both = False
        while time.monotonic() < end and not both:
            both = all(bench.nodes[n].connections(state="syn-sent") for n in ("tern", "peer"))
            time.sleep(0.02)
        bench.lan.split(False)
        return both

    def restart(self):
        """Either end goes away, with and without a word, and comes back with its routes."""
        with self.bench("restart") as bench:
            self.start_with_feed(bench, {"route_server_client": True})
            self.all_up(bench)
            bench.wait(lambda: "198.18.4.0/22" in bench.feed.routes(TERN), 20,
                       "BIRD has a route of it")
            for name, end in (("stop", bench.peer.stop), ("kill", bench.peer.kill)):
                end()
                bench.down(PEER, 15, f" ({name})")
                bench.wait(lambda: "198.18.4.0/22" not in bench.feed.routes(TERN), 10,
                           "its routes are withdrawn from BIRD")
                bench.peer.start()
                bench.up(PEER, self.back_within + 60)
                bench.wait(lambda: "198.18.4.0/22" in bench.feed.routes(TERN), 20,
                           "and are announced again when it is back")
            status = bench.tern.stop()
            check(status == 0, f"ternd ends with status 0 on SIGTERM (found {status})")
            for speaker in (bench.peer, bench.feed):
                bench.wait(lambda s=speaker: not s.established(TERN), 10,
                           f"{speaker.kind} is told")
            bench.tern.start()
            self.all_up_again(bench)
            bench.tern.kill()
            bench.wait(lambda: not bench.peer.established(TERN), 10,
                       f"{bench.peer.kind} notices a ternd that was killed")
            bench.tern.start()
            self.all_up_again(bench)

    def all_up_again(self, bench):
        for neighbour in (PEER, FEED):
            bench.up(neighbour, self.back_within + 60)
        bench.wait(lambda: "203.0.113.0/24" in bench.peer.routes(TERN)
                   and "198.18.4.0/22" in bench.feed.routes(TERN), 20,
                   "routes pass in both directions again")


def _ipv4(neighbour):
    """The family's part of a Neighbor message."""
    return next(f for f in neighbour["families"] if f["family"] == "ipv4-unicast")


def _traffic(neighbour):
    """Counters of a Neighbor message."""
    def messages(which):
        return sum(int(n) for name, n in neighbour[which].items() if "refresh" in name.lower())

    ipv4 = _ipv4(neighbour)
    return {"refresh_in": messages("messages_in"), "refresh_out": messages("messages_out"),
            "announced_in": int(ipv4["announcements_in"]),
            "announced_out": int(ipv4["announcements_out"])}
