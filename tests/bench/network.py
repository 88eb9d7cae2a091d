"""Two namespaces joined by a veth pair: the daemon in one, tern-load with all its addresses in the
other. The sessions' addresses stand behind one address of the link, because the kernel's neighbour
table is small and one for all namespaces; the daemon still sees them in a connected network."""

from lab.process import run

DAEMON, GENERATOR = "10.0.0.1", "10.0.0.2"
FIRST_SESSION = "10.1.0.1"
_SESSIONS = "10.1.0.0/16"

# Windows that a table fits into; BGP sessions of route servers are tuned like this.
_BUFFERS = {"net/ipv4/tcp_rmem": "4096 131072 33554432", "net/ipv4/tcp_wmem": "4096 65536 33554432",
            "net/ipv4/ip_local_port_range": "1024 65535"}


def session_address(number):
    """As session_address() of load/options.h."""
    return f"10.1.{number // 250}.{1 + number % 250}"


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
        self.daemon.run(["ip", "route", "add", _SESSIONS, "via", GENERATOR])
        self.generator.add_address("veth", f"{GENERATOR}/24")
        batch = "".join(f"address add {session_address(n)}/32 dev lo\n" for n in range(sessions))
        self.generator.run(["ip", "-batch", self.generator.lab_file("addresses", batch)])
