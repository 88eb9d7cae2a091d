"""The lab: five PoPs over the world, with BIRD partners and FRR routers, fail and heal on a script.

places says who is where, expectation where traffic must leave, network builds it all in namespaces,
traffic sends datagrams to the users, script has the failures, play runs the script, and report and
drawing show what happened.
"""
