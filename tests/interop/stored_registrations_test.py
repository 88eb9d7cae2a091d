#!/usr/bin/env python3
"""Registrations by command, in a database: a customer is guarded at once and after each kind of
restart, beside a process that holds the database, and on a full disk. A registration is
accepted or refused by route objects and by the addresses of sessions."""

import os
import sqlite3
import subprocess

from bench import (FEED, FEED_AS, PEER, PEER_AS, TERN, TERN_AS, Bench, Route, Session, check, fill,
                   main)
from lab.bird import Bird
from lab.tern import Tern
from registrations_test import CUSTOMER, INSIDE, OTHER, quarantined


def _commanded(bench):
    """ternd without registrations, its customer and a hijacker with routes for the prefix."""
    client = {"route_server_client": True}
    bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                      [Session(PEER, PEER_AS, TERN, options={"name": "hijacker"}),
                       Session(FEED, FEED_AS, TERN, options={"name": "customer", **client})])
    bench.tern.extra["registrations"] = {"allow_reserved": True}
    bench.tern.start()
    bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                      [Route(CUSTOMER)]).start()
    bench.up(FEED)
    bench.peer = bench.peer_kind(bench.nodes["peer"], PEER_AS, PEER,
                                 [Session(TERN, TERN_AS, PEER)],
                                 [Route(CUSTOMER), Route(INSIDE), Route(OTHER)]).start()
    bench.up(PEER)
    bench.wait(lambda: set(bench.feed.routes(TERN)) >= {INSIDE, OTHER}, 30,
               "without registrations, the customer gets what the hijacker announces")


def _guarded(bench):
    return quarantined(bench) == {CUSTOMER: "other-origin", INSIDE: "more-specific"}


def command():
    """A registration by command guards at once, and survives kill -9 of ternd and a restart."""
    with Bench("registrations-command", Bird) as bench:
        _commanded(bench)
        said = bench.tern.ask("registration", "add", CUSTOMER, "origin", str(FEED_AS), "owner",
                              "tenant-a", "notes", "of the bench")
        check(f"{CUSTOMER} added" in said, "a registration is added by command")
        bench.wait(lambda: _guarded(bench), 20, "and the routes of the hijacker are quarantined")
        bench.wait(lambda: set(bench.feed.routes(TERN)) == {OTHER}, 20,
                   "the customer loses the hijacker's more-specific")

        status, out, _ = bench.tern.try_ask("registration", "add", INSIDE, "origin", str(PEER_AS))
        check(status == 1 and f"overlaps {CUSTOMER}, which is stored" in out,
              "an overlap is refused with its reason")
        exported = bench.tern.ask("registration", "export")

        bench.tern.kill()
        bench.tern.start()
        bench.up(FEED)
        bench.up(PEER)
        bench.wait(lambda: _guarded(bench), 30, "after kill -9 and a restart the guard is there")
        check(not {CUSTOMER, INSIDE} & set(bench.feed.routes(TERN)),
              "and the customer hears of no suspicious route")
        check(bench.tern.ask("registration", "export") == exported, "the export is the same")

        bench.tern.ask("registration", "set", CUSTOMER, "origin", str(FEED_AS), str(PEER_AS),
                       "max-length", "25")
        bench.wait(lambda: not quarantined(bench), 20, "a change lets the hijacker's routes in")
        bench.tern.ask("registration", "remove", CUSTOMER)
        copy = bench.tern.write("export.csv", exported)
        check("would be added" in bench.tern.ask("registration", "import", copy, "check"),
              "an import says what would happen")
        bench.tern.ask("registration", "import", copy)
        bench.wait(lambda: _guarded(bench), 20, "the imported export guards")
        check(bench.tern.ask("registration", "export") == exported, "and is the same again")
        log = bench.tern.ask_json("registration", "log", CUSTOMER)
        check(len(log) == 4 and "uid 0" in log[0]["user"], "the log has who did what")


def locked():
    """A start beside a process that holds the database goes on, says so, and guards later."""
    with Bench("registrations-locked", Bird) as bench:
        _commanded(bench)
        bench.tern.ask("registration", "add", CUSTOMER, "origin", str(FEED_AS))
        bench.wait(lambda: _guarded(bench), 20, "a registration guards")
        path = bench.tern.ask_json("show", "registrations", "files")["stored"]["path"]
        bench.tern.stop()
        other = sqlite3.connect(path)
        try:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            bench.tern.start()
            bench.up(FEED)
            bench.up(PEER)
            check("locked" in bench.tern.ask("registration", "list"),
                  "a list says that the registrations could not be read")
            status, out, err = bench.tern.try_ask("registration", "add", OTHER, "origin",
                                                  str(PEER_AS))
            check(status == 1 and "locked" in out + err, "a write is refused")
        finally:
            other.close()
        bench.wait(lambda: _guarded(bench), 30, "when the other process ends, they guard")
        check("locked" not in bench.tern.ask("registration", "list"), "and the error is gone")


def disk():
    """A full disk refuses writes, and the guard stays, also over a restart."""
    with Bench("registrations-disk", Bird) as bench:
        state = os.path.join(bench.nodes["tern"].dir, "state")
        os.makedirs(state)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", state], check=True)
        try:
            _commanded(bench)
            bench.tern.ask("registration", "add", CUSTOMER, "origin", str(FEED_AS))
            bench.wait(lambda: _guarded(bench), 20, "a registration guards")
            fill(state)
            status, out, err = bench.tern.try_ask("registration", "add", OTHER, "origin",
                                                  str(PEER_AS), "notes", *["x" * 100] * 10)
            check(status == 1 and "full" in out + err, "a full disk refuses another one")
            check(_guarded(bench), "and the guard stays")
            (shown,) = bench.tern.ask_json("show", "registrations")
            check(shown["prefix"] == CUSTOMER, "nothing of the other one is there")
            stored = bench.tern.ask_json("show", "registrations", "files")["stored"]
            check(not stored.get("good") and "full" in stored["errors"][0], "the error is shown")

            # The end of ternd removes the files beside the database, which leaves room.
            bench.tern.stop()
            fill(state)
            bench.tern.start()
            bench.up(FEED)
            bench.up(PEER)
            bench.wait(lambda: _guarded(bench), 30, "after a restart on the full disk it guards")

            os.unlink(os.path.join(state, "full"))
            bench.tern.ask("registration", "add", OTHER, "origin", str(PEER_AS))
            stored = bench.tern.ask_json("show", "registrations", "files")["stored"]
            check(stored["good"] and int(stored["registrations"]) == 2, "with room all is well")
        finally:
            if bench.tern:
                bench.tern.stop()
            subprocess.run(["umount", "-l", state], check=True)


def _replace(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def _files(bench):
    shown = bench.tern.ask_json("show", "registrations", "files")
    return {os.path.basename(file["path"]): file for file in shown["irr"]}


def _object(prefix, origin):
    return f"% a registry\n\nmntner: X\n\nroute:  {prefix}\norigin: AS{origin} # a remark\n"


def _unmet(bench):
    """The reasons of each registration that would be refused if it were new."""
    shown = bench.tern.ask_json("show", "registrations", "unmet")
    return {one["prefix"]: " ".join(one["unmet"]) for one in shown}


def files():
    """A registration of a file that would be refused is in force, and is shown with its reasons."""
    with Bench("registrations-files", Bird) as bench:
        customer = Session(FEED, FEED_AS, TERN, options={"name": "customer"})
        bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN, [customer])
        path, lines = bench.tern.path("customers.csv"), bench.tern.path("ours.csv")
        _replace(path, f"prefix,owner,customer_as\n{CUSTOMER},tenant-a,{FEED_AS}\n")
        _replace(lines, f"{CUSTOMER},{PEER_AS}\n")
        bench.tern.extra["registrations"] = {"allow_reserved": True, "require": "irr-valid",
                                             "irr": [lines], "files": [path]}
        bench.tern.start()
        no_origin = f"AS {FEED_AS} is no origin in the IRR: "
        bench.wait(lambda: no_origin in _unmet(bench).get(CUSTOMER, ""), 20,
                   "a registration of a file without a route object is shown")
        check(len(bench.tern.ask_json("show", "registrations")) == 1, "and it is in force")
        _replace(lines, f"{CUSTOMER},{FEED_AS}\n")
        bench.wait(lambda: not _unmet(bench), 20, "until the route object comes")
        bench.tern.extra["registrations"]["session_address"] = "owned"
        bench.tern.reconfigure()
        bench.wait(lambda: f"the session address {FEED} of customer is not the customer's" in
                   _unmet(bench).get(CUSTOMER, ""), 20, "a reload compares the sessions")
        _replace(lines, f"{CUSTOMER},{FEED_AS}\n{FEED}/32,{FEED_AS}\n")
        bench.wait(lambda: not _unmet(bench), 20, "until their address is the customer's")


def irr():
    """A registration needs a route object, and its partner's session an address of the owner."""
    with Bench("registrations-irr", Bird) as bench:
        bench.tern = Tern(bench.nodes["tern"], TERN_AS, TERN,
                          [Session(FEED, FEED_AS, TERN, options={"name": "customer"})])
        database, lines = bench.tern.path("radb.db"), bench.tern.path("ours.csv")
        bench.tern.extra["registrations"] = {
            "allow_reserved": True, "require": "irr-valid", "session_address": "owned",
            "irr": [database, lines]}
        bench.tern.start()
        bench.feed = Bird(bench.nodes["feed"], FEED_AS, FEED, [Session(TERN, TERN_AS, FEED)],
                          [Route(CUSTOMER)]).start()
        bench.up(FEED)

        def said(*more):
            status, out, err = bench.tern.try_ask(
                "registration", "add", CUSTOMER, "origin", str(FEED_AS), "owner", "tenant-a", *more)
            return status, out + err

        def refused(*reasons):
            status, text = said("check")
            return status == 1 and all(reason in text for reason in reasons)

        no_origin = f"AS {FEED_AS} is no origin in the IRR: "
        not_owned = f"the session address {FEED} of customer is not the customer's"
        check(refused(no_origin + "there are no route objects"), "without files it is refused")
        _replace(database, _object(CUSTOMER, PEER_AS))
        other = no_origin + f"the route object {CUSTOMER} AS{PEER_AS} covers it"
        bench.wait(lambda: refused(other), 20, "an object of another AS does not help")
        _replace(database, _object(CUSTOMER, FEED_AS))
        bench.wait(lambda: refused(not_owned), 20,
                   "with a route object, the address of the session is missing")
        check(said()[0] == 1, "and without 'check' it is refused, too")
        check(bench.tern.ask_json("show", "registrations") == [], "nothing is registered")

        _replace(lines, f"# sessions\n{FEED}/32,{FEED_AS}\nhello\n")
        bench.wait(lambda: said("check")[0] == 0, 20, "a line of CSV authorizes the address")
        files = _files(bench)
        check(files["radb.db"]["state"] == "good" and int(files["radb.db"]["objects"]) == 1,
              "the listing has the database")
        check(int(files["ours.csv"]["left_out"]) == 1 and ":3:1: expected" in
              files["ours.csv"]["error"], "and the place of a line that is wrong")

        _replace(database, "<html>\n")
        bench.wait(lambda: _files(bench)["radb.db"]["state"] == "stale", 20,
                   "a page of an error is bad")
        bench.wait(lambda: "bad-file" in bench.tern.ask("events", "open"), 20, "which is an event")
        check(said()[0] == 0, "its last good content counts")
        (shown,) = bench.tern.ask_json("show", "registrations")
        check(shown["prefix"] == CUSTOMER, "the prefix is registered")
        os.unlink(lines)
        os.unlink(database)
        bench.wait(lambda: {file["state"] for file in _files(bench).values()} == {"stale"}, 20,
                   "files that are gone keep their content")


if __name__ == "__main__":
    main({"command": command, "locked": locked, "disk": disk, "irr": irr, "files": files})
