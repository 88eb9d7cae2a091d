#!/usr/bin/env python3
"""Is a program hardened as cmake/tern.cmake asks for?

hardening_test.py PROGRAM    prints the missing protections, and exits with 1

The test reads the linked file, so it also notices a flag that did not reach the linker, and a
library that was built without hardening.
"""

import re
import subprocess
import sys


def _readelf(*words):
    return subprocess.run(["readelf", "--wide", *words], text=True, capture_output=True,
                          check=True).stdout


def faults(program):
    """Texts; none when all is well."""
    header, segments = _readelf("-h", program), _readelf("-l", program)
    dynamic, symbols = _readelf("-d", program), _readelf("--dyn-syms", program)
    if not re.search(r"Type:\s+DYN", header) or "(FLAGS_1)" not in dynamic or "PIE" not in dynamic:
        yield "it is at a fixed address (PIE)"
    if "GNU_RELRO" not in segments:
        yield "tables of the dynamic linker stay writable (RELRO)"
    if not re.search(r"\(FLAGS(_1)?\).*\bNOW\b", dynamic):
        yield "functions are bound late, so their table stays writable (BIND_NOW)"
    if not re.search(r"GNU_STACK.* RW ", segments):
        yield "the stack can be executed"
    if any(re.search(r"LOAD.*\bRWE\b", line) for line in segments.splitlines()):
        yield "a segment can be written and executed"
    if "__stack_chk_fail" not in symbols:
        yield "no function has a canary (-fstack-protector-strong)"
    if not re.search(r"__\w+_chk\b(?<!__stack_chk)", symbols):
        yield "no call of the C library is fortified (_FORTIFY_SOURCE)"
    if "X86-64" in header and not _begins_with_landing_pad(program):
        yield "jumps may land anywhere (-fcf-protection)"


def _begins_with_landing_pad(program):
    """Whether main() begins with ENDBR64. The entry point belongs to the C library and proves
    nothing."""
    for line in _readelf("--syms", program).splitlines():
        if match := re.match(r"\s*\d+: ([0-9a-f]+)\s+\d+ FUNC\s+\w+\s+\w+\s+\d+ main$", line):
            address = int(match.group(1), 16)
            text = subprocess.run(["objdump", "-d", f"--start-address={address}",
                                   f"--stop-address={address + 4}", program], text=True,
                                  capture_output=True, check=True).stdout
            return "endbr64" in text
    return True  # a stripped program has no main to look at


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(faults(sys.argv[1]))
    for fault in found:
        print(f"{sys.argv[1]}: {fault}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
