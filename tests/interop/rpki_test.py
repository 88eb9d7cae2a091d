#!/usr/bin/env python3
"""ternd and its sources of VRPs: caches that are real StayRTRs, files, and local exceptions. The
log at level debug says which table is in use."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys

from bench import (FEED, FEED_AS, PEER_AS, TERN, TERN_AS, Bench, Bird, Route, Session, check, main,
                   peer_sessions, tern_sessions)

from lab.namespaces import Lab
from lab.process import wait_until
from lab.stayrtr import StayRtr, roas, write_json
from lab.tern import Tern, program

_NEAR = ("192.0.2.0/24 64496", "198.51.100.0/24-25 64497", "2001:db8::/32-48 64498")
_FAR = ("192.0.2.0/24 64496", "203.0.113.0/24 64511")
_TCP_MD5SIG = 14
_SHORT = 6  # seconds until data expire, of which a query comes every three


class Sources:
    """ternd without neighbors, and two caches on its node that are not started yet."""

    def __init__(self, lab):
        self.node = lab.node("tern")
        self.near = StayRtr(self.node, "near", 3323)
        self.far = StayRtr(self.node, "far", 3324)
        self.near.serve(*_NEAR)
        self.far.serve(*_FAR)
        self.tern = Tern(self.node, 65000, "10.0.0.1", [], {"metrics": {"listen": []}, "router": {
            "asn": 65000, "id": "10.0.0.1", "listen": []}})
        self.read = 0  # octets of the log that were looked at

    def start(self, **rpki):
        self.tern.extra["rpki"] = rpki
        self.tern.start()
        wait_until(lambda: self.tern.try_ask("status")[0] == 0, 20, "ternd answers", self.log)

    def reload(self, **rpki):
        self.tern.extra["rpki"] = rpki
        return self.tern.reconfigure()

    def log(self):
        with open(self.tern.log, encoding="utf-8") as log:
            return log.read()

    def logged(self, pattern, what, timeout=20):
        """Waits for a line that comes behind the one found before."""
        def found():
            hit = re.compile(pattern).search(self.log(), self.read)
            if hit:
                self.read = hit.end()
            return hit

        hit = wait_until(found, timeout, f"{what} ({pattern})", self.log, interval=0.02)
        print(f"  ok: {what}", flush=True)
        return hit

    def table(self, vrps, source, what, ranges=None):
        changed = r"\d+" if ranges is None else ranges
        self.logged(rf"table of {vrps} VRPs from {source}, {changed} ranges changed", what)

    def path(self, name):
        return os.path.join(self.node.dir, name)


def cache(server, preference, **more):
    return {"address": "127.0.0.1", "port": server.port, "name": server.name,
            "preference": preference, **more}


def preference():
    """Two caches: the preferred one is used, until its data expire, and again when it is back."""
    with Lab("rpki-preference") as lab:
        sources = Sources(lab)
        sources.far.start()
        sources.start(caches=[cache(sources.far, 20, expire_interval=_SHORT),
                              cache(sources.near, 10, expire_interval=_SHORT, retry_interval=1)])
        sources.table(2, "far", "the cache that is there is used", ranges=2)
        sources.near.start()
        sources.table(3, "near", "the preferred one takes its place, and what differs has changed",
                      ranges=3)
        sources.near.process.kill()
        sources.logged("cache near: connection closed by the cache", "it is killed")
        sources.logged("cache near: its data are no longer used: they expired",
                       "its data count until they expire")
        sources.table(2, "far", "then the other cache counts", ranges=3)
        sources.near.start()
        sources.table(3, "near", "until the preferred one is back", ranges=3)
        check("routes are not validated" not in sources.log(), "there was a table all the time")


def expiry():
    """The only cache hangs: no table, said once, and never a wrong one."""
    with Lab("rpki-expiry") as lab:
        sources = Sources(lab)
        sources.near.start()
        sources.start(caches=[cache(sources.near, 10, expire_interval=_SHORT, retry_interval=1)])
        sources.table(3, "near", "a table", ranges=2)
        sources.near.process.signal(signal.SIGSTOP)
        sources.logged("cache near: its data are no longer used: they expired", "it hangs")
        sources.logged("rpki: no table", "everything has changed")
        sources.logged(r"\berror\b.*no source has data any more: routes are not validated",
                       "an error says what that means")
        sources.near.process.signal(signal.SIGCONT)
        sources.table(3, "near", "it goes on")
        check(sources.log().count("routes are not validated") == 1, "one error")


def delta():
    """A cache whose VRPs change sends what changed, also over a restart of the connection."""
    with Lab("rpki-delta") as lab:
        sources = Sources(lab)
        sources.near.start()
        sources.start(caches=[cache(sources.near, 10)])
        sources.table(3, "near", "a table", ranges=2)
        sources.near.serve(*_NEAR, "203.0.113.0/24 64499")
        sources.logged("cache near: 4 VRPs", "the cache notifies of a change")
        sources.table(4, "near", "one range has changed", ranges=1)
        sources.near.serve(*_NEAR[1:], "203.0.113.0/24 64499")
        sources.table(3, "near", "a withdrawal", ranges=1)
        sources.node.run(["ss", "-K", "dport", "=", "3323"])
        sources.logged("cache near: .*(reset|closed|abort)", "the connection is cut")
        sources.logged("cache near: synchronised again", "it comes back")
        sources.near.serve(*_NEAR[1:])
        sources.table(2, "near", "with the data of before, and goes on from there", ranges=1)


def files():
    """JSON files stand in for caches; they are watched, and bad ones are refused at their place."""
    with Lab("rpki-files") as lab:
        sources = Sources(lab)
        vrps, slurm = sources.path("vrps.json"), sources.path("slurm.json")
        sources.start(files=["vrps.json"], slurm=["slurm.json"])
        sources.logged("error rpki: file .*vrps.json: No such file", "a start without the file")
        config = sources.path("ternd.yml")
        said = _check_only(config)
        check(f"warning: rpki: {vrps}: No such file" in said and
              f"warning: rpki: {slurm}: No such file" in said, "--check warns of that")
        write_json(vrps, roas(*_NEAR))
        sources.table(3, ".*vrps.json", "the file comes", ranges=2)
        write_json(slurm, _slurm({"prefix": "192.0.2.0/24"},
                                 {"prefix": "10.0.0.0/8", "asn": 64496}))
        sources.logged("local exceptions .*: 1 filters, 1 assertions", "exceptions come")
        sources.table(3, ".*vrps.json", "one VRP goes and one comes", ranges=2)
        write_json(slurm, {"slurmVersion": 2})
        sources.logged(r"error rpki: local exceptions .*slurm.json: .*; its last good content",
                       "bad exceptions are refused")
        with open(vrps, "w", encoding="utf-8") as out:
            out.write('{"roas": [\n  {"prefix": }\n')
        sources.logged(r"error rpki: file .*vrps.json:2: .*; its last good content counts",
                       "so is a bad file, with its line")
        write_json(vrps, roas(*_FAR))
        sources.table(2, ".*vrps.json", "a good one counts, with the exceptions of before")
        write_json(slurm, _slurm())
        sources.table(2, ".*vrps.json", "no exceptions", ranges=2)
        check(_check_only(config) == "", "--check has nothing to say")
        sources.near.start()
        sources.reload(files=["vrps.json"], caches=[cache(sources.near, 100)])
        sources.table(3, "near", "a cache goes before a file")


def _check_only(config):
    """Standard error of ternd --check, which finds no error in the configuration."""
    done = subprocess.run([program("ternd"), "--check", config], text=True, check=False,
                          capture_output=True, timeout=20)
    check(done.returncode == 0, "the configuration is good")
    return done.stderr


def _slurm(prefix_filter=None, assertion=None):
    return {"slurmVersion": 1,
            "validationOutputFilters": {"prefixFilters": [prefix_filter] if prefix_filter else [],
                                        "bgpsecFilters": []},
            "locallyAddedAssertions": {"prefixAssertions": [assertion] if assertion else [],
                                       "bgpsecAssertions": []}}


def reload():
    """A reload adds and removes caches; those that stay keep their connection and data."""
    with Lab("rpki-reload") as lab:
        sources = Sources(lab)
        sources.near.start()
        sources.far.start()
        sources.start()
        said = sources.reload(caches=[cache(sources.far, 20)])
        check("caches.127.0.0.1: added" in said, "the reload tells of the cache")
        sources.table(2, "far", "a first cache, by a reload", ranges=2)
        sources.reload(caches=[cache(sources.near, 10), cache(sources.far, 20)])
        sources.table(3, "near", "a second one")
        sources.reload(caches=[cache(sources.near, 30), cache(sources.far, 20)])
        sources.table(2, "far", "another order")
        sources.reload(caches=[cache(sources.near, 30, refresh_interval=100)])
        sources.table(3, "near", "one less")
        _no_connection(sources, 3324, "the connection of the one that is gone is closed")
        check(sources.log().count("cache near: stopped -> connecting") == 1
              and sources.log().count("cache near: waiting -> connecting") == 0,
              "the other one kept its connection")
        sources.reload(caches=[cache(sources.far, 20)])
        sources.table(2, "far", "another cache in the place of the only one", ranges=3)
        check("rpki: no table" not in sources.log(), "whose data count until the other has some")
        sources.reload()
        sources.logged("rpki: no table", "none")
        _no_connection(sources, 3323, "all are closed")
        check("no source" not in sources.log(), "and nobody complains")
        check(sources.tern.stop() == 0, "ternd ends well")


def aspa():
    """StayRTR's ASPA PDU of version 2 is of an older draft: version 1 then, without ASPAs."""
    with Lab("rpki-aspa") as lab:
        sources = Sources(lab)
        authorizations = [{"customer_asid": 64496, "expires": 4102444800, "providers": [64497]}]
        write_json(sources.near.file, {**roas(*_NEAR), "provider_authorizations": {
            "ipv4": authorizations, "ipv6": authorizations}})
        sources.near.start()
        sources.start(caches=[cache(sources.near, 10)])
        sources.logged("cache near: .*; version 1 is next", "the PDU is refused")
        sources.logged("cache near: 3 VRPs, 0 ASPAs, serial 0, version 1", "the VRPs count")
        check("version 2" not in sources.log(), "they came in version 1 only")


def md5():
    """RFC 2385: with another key there is no connection; a reload with the right one suffices."""
    with Lab("rpki-md5") as lab:
        sources = Sources(lab)
        sources.node.start([sys.executable, __file__, "--cache", "3325", "a-good-key"],
                           log="cache.log")
        sources.tern.write("key", "another\n")
        settings = {"address": "127.0.0.1", "port": 3325, "name": "keyed", "retry_interval": 1,
                    "md5_password_file": "key"}
        sources.start(caches=[settings])
        sources.logged("cache keyed: stopped -> connecting", "an attempt")
        wait_until(lambda: _refused_segments(sources), 20, "fails with another key")
        check("cache keyed: connecting -> querying" not in sources.log(), "without a connection")
        sources.tern.write("key", "a-good-key\n")
        sources.reload(caches=[settings])
        sources.logged("cache keyed: 1 VRPs, 0 ASPAs, serial 7, version 1", "works with the key")
        sources.table(1, "keyed", "and there is a table", ranges=2)


def _refused_segments(sources):
    """Segments with a wrong key or none that the node has seen."""
    lines = sources.node.run(["cat", "/proc/net/netstat"]).splitlines()
    names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
    counters = dict(zip(names, values))
    return sum(int(counters[name]) for name in counters if name.startswith("TCPMD5"))


def keyed_cache(port, key):
    """Runs on the node: a cache of one VRP in version 1, whose clients have a key."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        peer = struct.pack("!HH4s120x", 0, 0, socket.inet_aton("127.0.0.1"))
        peer = struct.pack("=H", socket.AF_INET) + peer[2:]
        listener.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG,
                            peer + struct.pack("=BBHI80s", 0, 0, len(key), 0, key.encode()))
        while True:
            client, _ = listener.accept()
            with client:
                while query := client.recv(12):
                    if query[0] > 1:  # Error Report: Unsupported Protocol Version
                        client.sendall(struct.pack("!BBHIII", 1, 10, 4, 16, 0, 0))
                        break
                    client.sendall(struct.pack("!BBHI", 1, 3, 9, 8))
                    if query[1] == 2:
                        client.sendall(struct.pack("!BBHIBBBB4sI", 1, 4, 0, 20, 1, 24, 24, 0,
                                                   socket.inet_aton("192.0.2.0"), 64496))
                    client.sendall(struct.pack("!BBHIIIII", 1, 7, 9, 24, 7, 3600, 600, 7200))


def policy():
    """Routes of a real BIRD by policies that read the state, while the VRPs change."""
    with Bench("rpki-policy", Bird) as bench:
        near = StayRtr(bench.nodes["tern"], "near", 3323)
        near.serve(f"192.0.2.0/24 {PEER_AS}", f"198.51.100.0/24 {PEER_AS}")
        rpki = {"caches": [{"address": "127.0.0.1", "port": 3323, "name": "near",
                            "local_address": "127.0.0.2",
                            "refresh_interval": 1, "retry_interval": 1}]}
        policies = {"pass": {"terms": [
            {"match": {"rpki": ["invalid"]}, "reject": {"reason": "rpki-invalid"}},
            {"match": {"rpki": ["valid"]}, "set": {"add_communities": ["65000:1"]},
             "accept": {}},
            {"accept": {}}]}}
        bench.start(tern_sessions(), peer_sessions(), _feed_of_tern(),
                    [Route("192.0.2.0/24"), Route("198.51.100.0/24"), Route("203.0.113.0/24")],
                    extra={"rpki": rpki, "policies": policies})
        bench.up()
        bench.tern.sessions.append(_tern_of_feed())
        bench.tern.reconfigure()
        bench.up(FEED)
        bench.wait(lambda: len(_held(bench)) == 3, 30, "without a cache nothing is dropped")
        near.start()
        bench.wait(lambda: _states(bench) == {"192.0.2.0/24": "valid", "198.51.100.0/24": "valid",
                                              "203.0.113.0/24": "not-found"}, 30,
                   "a cache comes: the states are in show routes")
        check(any(line.startswith("127.0.0.1:3323 127.0.0.2:")
                  for line in bench.nodes["tern"].connections(3323)),
              "StayRTR sees the local_address of the cache")
        bench.wait(lambda: "65000:1" in _held(bench)["192.0.2.0/24"][0].communities, 30,
                   "and the policy reads them")
        near.serve(f"192.0.2.0/24 {PEER_AS}", "198.51.100.0/24 64500")
        bench.wait(lambda: set(_held(bench)) == {"192.0.2.0/24", "203.0.113.0/24"}, 30,
                   "the VRP of one route changes: BIRD hears that it is gone")
        rejected = bench.tern.raw_routes("rejected")
        check([r["reason"] for r in rejected] == ["rpki-invalid"], "with the policy's word")
        check("AS 64500" in bench.tern.ask("explain", "198.51.100.0/24"), "explain has the VRP")
        listed = bench.tern.ask("show", "routes", "all", "rpki", "invalid")
        check("198.51.100.0/24" in listed and "192.0.2.0" not in listed, "a list by state")
        check("near" in bench.tern.ask("show", "rpki"), "show rpki has the cache")
        answer = bench.tern.ask("show", "rpki", "198.51.100.0/24", "origin-as", str(PEER_AS))
        check("invalid" in answer, "and says what a route would be")
        near.process.kill()
        bench.tern.extra["rpki"] = {}
        bench.tern.reconfigure()
        bench.wait(lambda: len(_held(bench)) == 3, 30,
                   "no source is left: nothing is validated, and the route is back")


def community():
    """The state as a community between routers of an AS (RFC 8097), to BIRD and from it."""
    with Bench("rpki-community", Bird) as bench:
        near = StayRtr(bench.nodes["tern"], "near", 3323)
        near.serve(f"192.0.2.0/24 {FEED_AS}", "198.51.100.0/24 64500")
        rpki = {"caches": [{"address": "127.0.0.1", "port": 3323, "name": "near",
                            "refresh_interval": 1, "retry_interval": 1}]}
        invalid = Route("10.2.0.0/16", ext=frozenset({"generic:0x43000000:0x2"}))
        valid = Route("10.0.0.0/16", ext=frozenset({"generic:0x43000000:0x0"}))
        near.start()
        bench.start(tern_sessions(asn=TERN_AS, options={
                        "reject_rpki_invalid": True,
                        "rpki_community": {"send": True, "receive": True}}) + [_tern_of_feed()],
                    peer_sessions(), _feed_of_tern(), [invalid, valid],
                    [Route("192.0.2.0/24"), Route("198.51.100.0/24"), Route("203.0.113.0/24")],
                    peer_as=TERN_AS, extra={"rpki": rpki})
        bench.up()
        bench.up(FEED)
        bench.wait(lambda: _sent_states(bench) == {"192.0.2.0/24": 0, "198.51.100.0/24": 2,
                                                   "203.0.113.0/24": 1}, 30,
                   "BIRD in the same AS gets the state of each route")
        bench.wait(lambda: set(_held(bench)) == {"10.0.0.0/16", "10.2.0.0/16"}, 30,
                   "by VRPs that do not know them the routes of that BIRD are not invalid")
        check(not any(route.ext for routes in _held(bench).values() for route in routes),
              "and bring no state to another AS")
        near.serve(f"198.51.100.0/24 {FEED_AS}")
        bench.wait(lambda: _sent_states(bench) == {"192.0.2.0/24": 1, "198.51.100.0/24": 0,
                                                   "203.0.113.0/24": 1}, 30,
                   "VRPs change: BIRD gets the states that changed")
        near.process.kill()
        bench.tern.extra["rpki"] = {}
        bench.tern.reconfigure()
        bench.wait(lambda: set(_sent_states(bench).values()) == {None}, 30,
                   "without a source no route has a state")
        bench.wait(lambda: set(_held(bench)) == {"10.0.0.0/16"}, 30,
                   "and the state that BIRD sends counts: the invalid route is rejected")
        rejected = bench.tern.raw_routes("rejected")
        check([(r["prefix"], r["reason"], r["rpki"]) for r in rejected] ==
              [("10.2.0.0/16", "rpki-invalid", "invalid")], "as rpki-invalid")


def _sent_states(bench):
    """The number of the state that each route of the feed has at the BIRD of ternd's own AS."""
    states = {}
    for prefix, (route,) in bench.peer.routes(TERN).items():
        found = {int(value, 16) for value in route.ext}
        states[prefix] = max(found) & 0xFF if found else None
    return states


def _feed_of_tern():
    return [Session(TERN, TERN_AS, FEED, families=("ipv4", "ipv6"))]


def _tern_of_feed():
    return Session(FEED, FEED_AS, TERN, families=("ipv4", "ipv6"))


def _held(bench):
    """The routes that the BIRD at the other end has from ternd."""
    return bench.feed.routes(TERN)


def _states(bench):
    return {r["prefix"]: r["rpki"] for r in bench.tern.raw_routes("best")}


def _no_connection(sources, port, what):
    wait_until(lambda: not sources.node.connections(port), 10, what)
    check(True, what)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--cache"]:
        keyed_cache(int(sys.argv[2]), sys.argv[3])
    main({f.__name__: f for f in (preference, expiry, delta, files, reload, aspa, md5, policy,
                                  community)})
