#!/usr/bin/env python3
"""ternd and FRR's bgpd 8.4, alone (no zebra).

Not shown: IPv6 next hops with a link-local address besides the global one, for bgpd needs zebra to
know the interface and withdraws such routes."""

from bench import main
from lab.frr import Frr
from topics import Topics

if __name__ == "__main__":
    topics = Topics(Frr, link_local=False, default_med=0, end_of_rib_first=True)
    main({**topics.all(), "multicast": topics.multicast})
