#!/usr/bin/env python3
"""ternd and BIRD 2. Everything of topics.py; BIRD has no part in this that it does not support."""

from bench import main
from lab.bird import Bird
from topics import Topics

if __name__ == "__main__":
    topics = Topics(Bird)
    main({**topics.all(), "multicast": topics.multicast})
