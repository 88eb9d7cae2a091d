#!/usr/bin/env python3
"""ternd and ExaBGP 4.2."""

from bench import main
from lab.exabgp import ExaBgp
from topics import Topics

if __name__ == "__main__":
    main(Topics(ExaBgp).all())
