#!/usr/bin/env python3
"""tern-replay, our own speaker, on both sides of ternd: one announces, one counts what it is told."""

import json
import os
import signal

from bench import check, main

from lab.namespaces import Lab
from lab.process import tail, wait_until
from lab.speaker import Session
from lab.tern import Tern, program

_TERN, _SOURCE, _SINK = "10.0.0.1", "10.0.0.2", "10.0.0.3"
_SOURCE_AS, _SINK_AS = 4_200_000_002, 65003
_ROUTES = """\
# prefix next-hop as-path communities
203.0.113.0/25   10.0.0.2 4200000002,64999 64999:1,64999:2:3,rt:64999:4 med=7
203.0.113.128/25 10.0.0.2 4200000002,64999 64999:1,64999:2:3,rt:64999:4 med=7
198.51.100.0/24  10.0.0.2 4200000002 - origin=incomplete
2001:db8:1::/48  2001:db8::2 4200000002 -
"""


class _Replay:
    def __init__(self, node, local, asn, *words):
        self.report_file = os.path.join(node.dir, "report.json")
        self.ready_file = os.path.join(node.dir, "ready")
        self.log = os.path.join(node.dir, "tern-replay.log")
        self.process = node.start(
            [program("tern-replay"), "--local", local, "--asn", str(asn), "--peer", f"{_TERN}:179",
             "--report", self.report_file, "--wait-file", self.ready_file, *words],
            log="tern-replay.log")

    def report(self):
        """Of the one session, as it is now."""
        if os.path.exists(self.report_file):
            os.remove(self.report_file)
        self.process.signal(signal.SIGUSR1)
        wait_until(lambda: os.path.exists(self.report_file), 10, "a report", interval=0.01)
        with open(self.report_file, encoding="utf-8") as report:
            return json.load(report)["sessions"][0]

    def held(self):
        families = self.report()["families"]
        return families["ipv4-unicast"]["held"], families["ipv6-unicast"]["held"]


def relay():
    with Lab("replay") as lab:
        lan = lab.lan()
        nodes = {}
        for name, address in (("tern", _TERN), ("source", _SOURCE), ("sink", _SINK)):
            nodes[name] = lab.node(name)
            nodes[name].attach(lan, f"{address}/24", f"2001:db8::{address[-1]}/64")
        families = ("ipv4", "ipv6")
        tern = Tern(nodes["tern"], 65001, _TERN, [
            Session(_SOURCE, _SOURCE_AS, _TERN, passive=True, families=families),
            Session(_SINK, _SINK_AS, _TERN, passive=True, families=families)])
        routes = nodes["source"].lab_file("routes.txt", _ROUTES)
        sink = _Replay(nodes["sink"], _SINK, _SINK_AS, "--sink")
        source = _Replay(nodes["source"], _SOURCE, _SOURCE_AS, "--routes", routes)
        tern.start()  # last: both have to try again

        # Before that a signal that asks for a report might end them.
        lab.wait(lambda: all(os.path.exists(end.ready_file) for end in (source, sink)), 30,
                 "both have said everything")
        lab.wait(lambda: sink.held() == (3, 1), 30, "the sink holds what the source announced")
        found = tern.routes(_SOURCE)["203.0.113.0/25"][0]
        check(found.as_path == "4200000002 64999" and found.next_hop == _SOURCE
              and found.med == 7 and found.origin == "igp", "path, next hop, MED, origin arrive")
        check((found.communities, found.large, found.ext)
              == ({"64999:1"}, {"64999:2:3"}, {"rt:64999:4"}), "and communities of all kinds")
        lab.wait(lambda: sink.report()["families"]["ipv6-unicast"]["end_of_rib"], 10,
                 "the sink heard End-of-RIB")

        lab.wait(lambda: all(f["end_of_rib"] for f in tern.neighbour(_SOURCE)["families"]), 10,
                 "ternd has counted all that the source says")
        said = tern.neighbour(_SOURCE)["messages_in"]["UPDATE"]
        tern.refresh(_SOURCE)
        lab.wait(lambda: tern.neighbour(_SOURCE)["messages_in"]["UPDATE"] == 2 * said, 10,
                 "the source says all of it again when asked to")
        tern.restart()
        # The sink itself may not have noticed yet.
        lab.wait(lambda: tern.established(_SOURCE) and tern.established(_SINK), 30,
                 "both connect again")
        lab.wait(lambda: sink.held() == (3, 1), 30, "and holds the same once more")

        check(source.process.stop() == 0, "the source ends with exit status 0 on SIGTERM")
        lab.wait(lambda: "Administrative Shutdown" in tern.neighbour(_SOURCE)["last_error"], 10,
                 "its Cease is heard")
        lab.wait(lambda: sink.held() == (0, 0), 30, "its routes are withdrawn from the sink")
        report = sink.report()
        check(report["withdrawn"] >= 4, f"the sink counted the withdrawals: {report}")
        check(sink.process.stop() == 0, "the sink ends with exit status 0 on SIGTERM")
        check("down:" in tail(sink.log), "and its log tells of the restart")


if __name__ == "__main__":
    main({"relay": relay})
