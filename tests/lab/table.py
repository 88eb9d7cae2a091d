"""Text tables and progress for a terminal."""

import sys


def table(headings, rows, right=()):
    """Lines of a table; columns whose index is in `right` are aligned to the right."""
    cells = [list(map(str, headings))] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]

    def line(row):
        return "  " + "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths))).rstrip()

    return [line(cells[0]), "  " + "  ".join("-" * width for width in widths),
            *(line(row) for row in cells[1:])]


def print_table(headings, rows, right=()):
    print("\n".join(table(headings, rows, right)))


class Progress:
    """One line that changes in place on a terminal, and that is printed once elsewhere."""

    def __init__(self, what):
        self._what = what
        self._live = sys.stdout.isatty()
        self._last = None

    def show(self, text):
        if self._live and text != self._last:
            print(f"\r  {self._what}: {text}\033[K", end="", flush=True)
        self._last = text

    def done(self, text):
        print(f"\r  {self._what}: {text}\033[K" if self._live else f"  {self._what}: {text}")
