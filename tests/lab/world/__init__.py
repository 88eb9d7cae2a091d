"""The lab: five PoPs over the world, BIRD partners and FRR routers, failing and healing on a script.

places says who is where, expectation where traffic must leave, network builds it all in namespaces,
traffic sends datagrams to the users, script has the failures, play runs the script, and report and
drawing show what happened.
"""
