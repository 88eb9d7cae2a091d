#!/usr/bin/env python3
"""Holds every #include "..." of the house to the table in docs/ARCHITECTURE.md.

The table stands under the heading "## Includes": a folder, and the folders it may include. What a
folder includes of itself is its own business. The parts that are called pure (wire, fsm, rpki,
fib, pipeline, rib, policy) may in addition not reach for sockets, logs, threads, clocks or
generated messages.
A header that includes a heavy library is its folder's own: headers elsewhere do not include it, so
that what a folder is built on costs nobody else compile time.

Every source is named in a list of the build, because a test that nobody compiles never fails.

Usage: layering_test.py [ROOT]
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
HOUSE = ("rib", "policy", "conf", "exporter", "bgpd")
PURE = ("bgpd/wire", "bgpd/fsm", "bgpd/rpki", "bgpd/fib", "bgpd/pipeline", "rib", "policy")
EVERYTHING = "everything"

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
IMPURE_INCLUDE = re.compile(
    r"^(boost/asio|boost/beast|spdlog|prometheus|google/protobuf|iostream$|thread$|mutex$)"
    r"|\.pb\.h$")
CLOCK = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime"
                   r"|gettimeofday)\b")
HEAVY_INCLUDE = re.compile(r"^(boost/asio|boost/beast|prometheus)")
PROTOBUF = re.compile(r"^google/protobuf|\.pb\.h$")
SPEAKS_PROTOBUF = ("conf", "bgpd/api", "bgpd/daemon", "bgpd/ctl")  # their messages are Protobuf


def table():
    """Folder -> set of folders it may include, as the table says."""
    text = (ROOT / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    section = re.search(r"^## Includes$(.*?)(?=^## |\Z)", text, re.M | re.S)
    if section is None:
        raise AssertionError("docs/ARCHITECTURE.md has no section '## Includes'")
    rows = {}
    for line in section.group(1).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        folder = re.fullmatch(r"`([\w/]+)`", cells[0])
        if not line.lstrip().startswith("|") or folder is None:
            continue
        allowed = set(re.findall(r"`([\w/]+)`", cells[1]))
        if EVERYTHING in cells[1]:
            allowed.add(EVERYTHING)
        rows[folder.group(1)] = allowed
    return rows


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def folder_of(path, folders):
    """The most specific folder of the table that holds the path."""
    holding = [folder for folder in folders if inside(path, folder)]
    return max(holding, key=len) if holding else None


def sources():
    for top in HOUSE:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(ROOT).as_posix()


def includes(path):
    """(line number, name, quoted) of every include of a file."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def is_pure(path):
    return any(inside(path, folder) for folder in PURE)


def direction_faults(rows):
    for path in sources():
        home = folder_of(path, rows)
        if home is None:
            yield f"{path}: its folder has no row in the table"
            continue
        allowed = rows[home] | {home}
        for number, name, quoted in includes(path):
            target = folder_of(name, rows)
            if target is None:
                if quoted and name.split("/")[0] in HOUSE:
                    yield f"{path}:{number}: {name} is in no folder of the table"
                elif quoted:
                    yield f'{path}:{number}: "{name}" is not a path from the top of the tree'
            elif EVERYTHING not in allowed and target not in allowed:
                yield f"{path}:{number}: {home} may not include {target} ({name})"


def purity_faults():
    for path in filter(is_pure, sources()):
        for number, name, _ in includes(path):
            if IMPURE_INCLUDE.search(name):
                yield f"{path}:{number}: {name} has no place in the pure parts"
        text = (ROOT / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if CLOCK.search(line.split("//")[0]):
                yield f"{path}:{number}: time is an argument: {line.strip()}"


def header_faults(rows):
    """Headers of one folder that include another's header which includes a heavy library."""
    headers = {path: [name for _, name, _ in includes(path)]
               for path in sources() if path.endswith(".h")}

    def handed_on(header, seen):
        """The heavy libraries that come with a header, through headers of its folder and others."""
        if header in seen:
            return set()
        seen.add(header)
        found = {name for name in headers[header] if HEAVY_INCLUDE.search(name)}
        for name in headers[header]:
            if name in headers:
                found |= handed_on(name, seen)
        return found

    for path, names in headers.items():
        home = folder_of(path, rows)
        speaks = any(inside(path, folder) for folder in SPEAKS_PROTOBUF)
        for name in names:
            if PROTOBUF.search(name) and not speaks:
                yield f"{path}: a header must not hand on {name}"
            if name in headers and folder_of(name, rows) != home:
                for library in sorted(handed_on(name, set())):
                    yield f"{path}: {name} hands on {library}"


def unbuilt_sources():
    """Sources that no list of the build names, so that nobody compiles or runs them."""
    lists = [path.read_text(encoding="utf-8") for name in ("CMakeLists.txt", "*.cmake")
             for top in (*HOUSE, "tests", "fuzz", "cmake")
             for path in (ROOT / top).rglob(name)]
    named = set(re.findall(r"[\w.-]+\.cc\b", "\n".join(lists)))
    for top in (*HOUSE, "tests", "fuzz"):
        for path in sorted((ROOT / top).rglob("*.cc")):
            if path.name not in named:
                yield f"{path.relative_to(ROOT).as_posix()}: no CMakeLists.txt names it"


def circles(rows):
    """Folders from which the table's arrows lead back to themselves."""
    def reachable(start):
        seen, todo = set(), list(rows.get(start, ()))
        while todo:
            folder = todo.pop()
            if folder not in seen:
                seen.add(folder)
                todo.extend(rows.get(folder, ()))
        return seen
    return sorted(folder for folder in rows if folder in reachable(folder))


class Layering(unittest.TestCase):
    def assert_none(self, faults):
        faults = list(faults)
        self.assertFalse(faults, "\n" + "\n".join(faults))

    def test_table_has_every_folder(self):
        rows = table()
        for folder in ("rib/types", "rib/base", "rib", "policy", "conf", "exporter", "bgpd/wire",
                       "bgpd/fsm", "bgpd/pipeline", "bgpd/session", "bgpd/api", "bgpd/daemon",
                       "bgpd/ctl"):
            self.assertIn(folder, rows)
        for folder, allowed in rows.items():
            for other in allowed - {EVERYTHING}:
                self.assertIn(other, rows, f"row of {folder}")

    def test_table_has_no_circle(self):
        self.assertEqual(circles(table()), [])

    def test_nothing_below_includes_bgpd(self):
        for folder, allowed in table().items():
            if not inside(folder, "bgpd"):
                self.assertFalse([other for other in allowed if inside(other, "bgpd")], folder)

    def test_includes_follow_the_table(self):
        self.assert_none(direction_faults(table()))

    def test_pure_parts_are_pure(self):
        self.assert_none(purity_faults())

    def test_headers_keep_libraries_to_themselves(self):
        self.assert_none(header_faults(table()))

    def test_every_source_is_built(self):
        self.assert_none(unbuilt_sources())

    def test_there_is_something_to_look_at(self):
        files = list(sources())
        self.assertIn("rib/rib.h", files)
        self.assertTrue(any(name == "rib/rib.h" for _, name, _ in includes("rib/rib.cc")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
