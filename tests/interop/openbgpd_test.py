#!/usr/bin/env python3
"""ternd and OpenBGPD 7.7.

Not shown, and the same between it and BIRD: an answer to our ROUTE-REFRESH, which it refuses as "AID
IPv4 unicast not negotiated" though it lists the family as negotiated; and a signed connection that it
accepts, for on Linux it signs only those that it makes. An AS path behind its own AS on its own
prefixes its configuration cannot express. The collision rounds are few because it refuses a second
quick reconnect for half a minute."""

from bench import main
from lab.openbgpd import OpenBgpd
from topics import Topics

if __name__ == "__main__":
    main(Topics(OpenBgpd, own_path=False, rounds=3, back_within=60, answers_refresh=False,
                md5_listens=False).all())
