#!/usr/bin/env python3
"""ternd and ExaBGP 4.2. Its IPv6 routes name their next hop: "self" on a session over IPv4 would be an
IPv4 address, of which ternd rightly ends the session (RFC 7606 section 7.11)."""

from bench import main
from lab.exabgp import ExaBgp
from topics import Topics

if __name__ == "__main__":
    main(Topics(ExaBgp, explicit_next_hop=True).all())
