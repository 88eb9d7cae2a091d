#!/usr/bin/env python3
"""Members of an exchange with prefix sets of their own, IPv4 and IPv6, as route servers get them
from the registries. Equal arguments give equal sets. As a program: prints a whole configuration."""

import argparse
import random
import sys

FIRST_ASN = 4_200_000_000


def sizes(members, entries, seed=1):
    """The number of prefixes in the two sets of each member: a few members have tens of thousands,
    most members some hundreds."""
    weights = [1 / (rank + 3) for rank in range(members)]
    random.Random(seed).shuffle(weights)
    unit = entries / sum(weights)
    return [max(3, round(unit * weight)) for weight in weights]


def name(number):
    return f"member-{number}"


def _v4(number, index):
    return f"{1 + number % 99}.{index // 256 % 256}.{index % 256}.0/24"


def _v6(number, index):
    return (f"2a{number // 256:02x}:{number % 256:x}:{index // 65536:x}:{index % 65536:x}::/64"
            " le 128")


def sets(members, entries, changed=None):
    """Lines of `prefix_sets`, a prefix a line, and of a policy for each member that accepts the
    prefixes of its sets. The member `changed` has one prefix more."""
    lines = ["prefix_sets:"]
    for number, size in enumerate(sizes(members, entries)):
        for version, prefix, share in ((4, _v4, size - size // 3), (6, _v6, size // 3)):
            lines += [f"  {name(number)}-v{version}:", "    prefixes:"]
            step = 3 + number % 5
            lines += [f"      - {prefix(number, index * step)}" for index in range(share)]
            if number == changed and version == 4:
                lines.append("      - 198.18.0.0/15")
    lines.append("policies:")
    for number in range(members):
        of_member = f"{name(number)}-v4, {name(number)}-v6"
        lines += [f"  {name(number)}:", "    terms:",
                  f"      - {{ match: {{ prefix_sets: [{of_member}] }}, accept: {{}} }}",
                  "      - { reject: { reason: not-registered } }"]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=800)
    parser.add_argument("--entries", type=int, default=1_400_000)
    parser.add_argument("--changed", type=int, metavar="MEMBER")
    options = parser.parse_args()
    lines = ["router: { asn: 64512, id: 10.0.0.1, listen: ['127.0.0.1:1790'] }"]
    lines += sets(options.members, options.entries, options.changed)
    lines += ["  all:", "    terms:", "      - accept: {}", "groups:", "  members:",
              "    route_server_client: true", "    families: [ipv4-unicast, ipv6-unicast]",
              "    passive: true", "    export: [all]", "peers:"]
    for number in range(options.members):
        lines += [f"  - address: 10.1.{number // 250}.{1 + number % 250}",
                  f"    asn: {FIRST_ASN + number}", "    group: members",
                  f"    import: [{name(number)}]"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
