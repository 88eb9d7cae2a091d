#!/usr/bin/env python3
"""ternd and OpenBGPD 7.7.

Not shown: an AS path behind its own AS on its own prefixes, which its configuration cannot express;
and more than a few collisions, for it refuses a second quick reconnect for half a minute."""

from bench import main
from lab.openbgpd import OpenBgpd
from topics import Topics

if __name__ == "__main__":
    main(Topics(OpenBgpd, own_path=False, rounds=3, back_within=60).all())
