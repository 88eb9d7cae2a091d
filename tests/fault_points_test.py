#!/usr/bin/env python3
"""Are the fault points of rib/base/fault_point.h compiled into a program?

fault_points_test.py PROGRAM present|absent    exits with 1 where they are not as expected
"""

import subprocess
import sys


def present(program):
    symbols = subprocess.run(["nm", "--demangle", program], text=True, capture_output=True,
                             check=True).stdout
    return "tern::fault::happens(" in symbols


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("present", "absent"):
        sys.exit(__doc__)
    found = "present" if present(sys.argv[1]) else "absent"
    if found != sys.argv[2]:
        sys.exit(f"{sys.argv[1]}: fault points are {found}")


if __name__ == "__main__":
    main()
