"""A laboratory of real BGP daemons in network namespaces: for the demo and the interop tests.

Lab makes nodes (one namespace each) and LANs between them and takes everything down again, however
the program ends. A driver per daemon (bird, frr, openbgpd, gobgp, exabgp, tern) turns the same
description of a speaker into that daemon's configuration and its tables into the same Routes.
"""
