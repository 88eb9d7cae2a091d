"""What the processes of a daemon use: memory and processor time, summed; what its namespace
sent again."""

import os
import re

_TICKS = os.sysconf("SC_CLK_TCK")


def _fields(path):
    try:
        with open(path, encoding="utf-8") as text:
            return dict(line.split(":", 1) for line in text if ":" in line)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return {}


def memory(pids):
    """Octets: "peak" and "rss" as the sum over processes, "pss" with shared pages counted once."""
    total = {"peak": 0, "rss": 0, "pss": 0}
    for pid in pids:
        status, rollup = _fields(f"/proc/{pid}/status"), _fields(f"/proc/{pid}/smaps_rollup")
        for name, fields, key in (("peak", status, "VmHWM"), ("rss", status, "VmRSS"),
                                  ("pss", rollup, "Pss")):
            total[name] += int(fields.get(key, "0 kB").split()[0]) * 1024
    return total


def retransmissions(node):
    """TCP segments that the namespace of a node has sent again."""
    lines = node.run(["cat", "/proc/net/snmp"]).splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index("RetransSegs")])


def kernel_prefixes(node):
    """IPv4 prefixes in the main routing table of a node, and its own addresses: the kernel keeps both
    in one trie, and shows this trie once for each of the two tables."""
    text = node.run(["cat", "/proc/net/fib_triestat"])
    main = re.search(r"^Main:.*?Prefixes:\s+(\d+)", text, re.M | re.S)
    return int(main.group(1)) if main else 0


def processor_seconds(pids):
    """In user and in kernel mode, by all threads."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS
