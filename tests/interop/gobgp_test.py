#!/usr/bin/env python3
"""ternd and GoBGP 3.10.

Not shown: the extended community "route origin", which its command line does not give to a route; a
ROUTE-REFRESH of its own, for its soft reset works from what it remembers.
It stays idle for half a minute after a reset of its own and for five seconds after that of another,
so the collision rounds are few and ternd's resets begin them."""

from bench import main
from lab.gobgp import GoBgp
from topics import Topics

if __name__ == "__main__":
    main(Topics(GoBgp, route_origin=False, rounds=2, back_within=45, connects_within=20,
                reset_command=False, explicit_next_hop=True, asks_refresh=False).all())
