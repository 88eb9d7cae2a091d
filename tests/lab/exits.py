"""How many prefixes leave at which PoP, by the metro of their users, as tables of the demo."""

from lab.prefixes import METROS
from lab.table import print_table
from lab.topology import POPS


def known_prefixes(egress):
    return int(egress["untagged_prefixes"]) + \
        sum(int(cell["prefixes"]) for row in egress["rows"] for cell in row["cells"])


def counts(egress):
    """metro -> PoP -> prefixes."""
    return {row["metro"]: {cell["pop"]: int(cell["prefixes"]) for cell in row["cells"]}
            for row in egress["rows"]}


def sum_of(row):
    return sum(row.values())


def print_counts(before, after):
    pops = list(POPS)
    rows, sums = [], [[0, 0] for _ in pops]
    for metro in METROS:
        old, new = before.get(metro, {}), after.get(metro, {})
        cells = []
        for pop, both in zip(pops, sums):
            a, b = old.get(pop, 0), new.get(pop, 0)
            both[0] += a
            both[1] += b
            cells.append(_change(a, b))
        rows.append([metro, *cells, "moved" if old != new else ""])
    rows.append(["all", *(_change(a, b) for a, b in sums), ""])
    print_table(["users in", *(f"leave at {pop}" for pop in pops), ""], rows,
                right=range(1, len(pops) + 1))


def _change(before, after):
    return str(before) if before == after else f"{before} -> {after}"
