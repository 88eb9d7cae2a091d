"""StayRTR, an RPKI cache: serves the VRPs of a JSON file of the test's own."""

import json
import os
import shutil

from lab.process import Process


def write_json(path, value):
    """Replaces the file in one step."""
    fresh = f"{path}.new"
    with open(fresh, "w", encoding="utf-8") as out:
        json.dump(value, out)
    os.rename(fresh, path)


def roas(*vrps):
    """The file of VRPs given as "192.0.2.0/24 64496" or "192.0.2.0/24-25 64496". Without "expires":
    StayRTR leaves out what has expired."""
    entries = []
    for vrp in vrps:
        prefix, asn = vrp.split()
        prefix, _, longest = prefix.partition("-")
        entries.append({"prefix": prefix, "asn": int(asn), "ta": "test",
                        "maxLength": int(longest or prefix.split("/")[1])})
    return {"metadata": {}, "roas": entries}


class StayRtr:
    """A cache on a port of 127.0.0.1 of the node, which reads its file once a second."""

    def __init__(self, node, name, port):
        self.program = shutil.which("stayrtr")
        if self.program is None:
            raise FileNotFoundError("stayrtr is not installed")
        self.node, self.name, self.port = node, name, port
        self.file = os.path.join(node.dir, f"{name}.json")
        self.log = os.path.join(node.dir, f"{name}.log")
        self.process: Process = None

    def serve(self, *vrps):
        write_json(self.file, roas(*vrps))

    def start(self):
        self.process = self.node.start(
            [self.program, "-cache", self.file, "-bind", f"127.0.0.1:{self.port}",
             "-checktime=false", "-refresh", "1", "-metrics.addr", ""],
            log=f"{self.name}.log")
        return self
