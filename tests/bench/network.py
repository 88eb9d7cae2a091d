"""Two namespaces joined by a veth pair: the daemon in one, tern-load with all its addresses in the
other. The daemon sees the sessions (lab/crowd.py) in a connected network."""

from lab import crowd
from lab.process import run

DAEMON, GENERATOR = "10.0.0.1", "10.0.0.2"

# Windows that a table fits into; BGP sessions of route servers are tuned like this.
_BUFFERS = {"net/ipv4/tcp_rmem": "4096 131072 33554432", "net/ipv4/tcp_wmem": "4096 65536 33554432",
            "net/ipv4/ip_local_port_range": "1024 65535"}


class Network:
    def __init__(self, lab, sessions):
        self.lab = lab
        self.daemon, self.generator = lab.node("dut"), lab.node("load")
        run(["ip", "link", "add", "veth", "netns", self.daemon.namespace, "type", "veth",
             "peer", "name", "veth", "netns", self.generator.namespace])
        for node in (self.daemon, self.generator):
            node.sysctl(_BUFFERS)
            node.sysctl({"net/ipv6/conf/veth/accept_dad": "0"})
            run(["ip", "-n", node.namespace, "link", "set", "veth", "txqueuelen", "10000", "up"])
        self.daemon.add_address("veth", f"{DAEMON}/8")
        self.daemon.add_address("veth", "fd00::1/64")
        self.generator.add_address("veth", f"{GENERATOR}/24")
        crowd.gather(self.generator, sessions, self.daemon, GENERATOR)
