"""Hundreds of neighbours in one namespace. Their addresses stand behind one address of the link,
because the kernel's neighbour table is small (gc_thresh3) and one for all namespaces; the daemon
still sees each by its own."""

FIRST = "10.1.0.1"
_ALL = "10.1.0.0/16"


def address(number):
    """250 neighbours to 256 addresses, as session_address() of bench/load/options.h."""
    return f"10.1.{number // 250}.{1 + number % 250}"


def gather(node, count, daemon, router):
    """Gives `node` the addresses of `count` neighbours; the node `daemon` finds them by way of
    `router`, an address of `node`."""
    daemon.run(["ip", "route", "add", _ALL, "via", router])
    batch = "".join(f"address add {address(number)}/32 dev lo\n" for number in range(count))
    node.run(["ip", "-batch", node.lab_file("addresses", batch)])
