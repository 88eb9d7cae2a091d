#!/usr/bin/env python3
"""The lab as a user starts it: the script of failures and healings with its table and its map, and
the network in the background. No namespace and no process is left behind."""

import json
import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

from bench import check, main
from lab.namespaces import require_namespaces
from lab.world.expectation import Condition
from lab.world.places import METROS, POPS, SITES
from lab.world.script import SCRIPT
from lab.world.watch import DOWN
from started import left_behind, start

_SVG = "{http://www.w3.org/2000/svg}"


def play():
    require_namespaces()
    with tempfile.TemporaryDirectory() as folder:
        lab = start("lab.world.play", "--out", folder, "--pause", "0")
        output = lab.communicate(timeout=170)[0]
        print(output)
        check(lab.returncode == 0, "exit status 0: every step came out as the script expects")
        check(left_behind(lab.pid) == [], "no namespace, no folder and no process is left")
        with open(os.path.join(folder, "lab.json"), encoding="utf-8") as file:
            course = json.load(file)
        _check_course(course, output)
        _check_map(os.path.join(folder, "lab.svg"), course)


def _check_course(course, output):
    check([taken["title"] for taken in course] == [step.title for step in SCRIPT],
          "lab.json has every step")
    condition = Condition()
    for step, taken in zip(SCRIPT, course):
        step.note(condition)
        wanted = condition.exits()
        found = {metro: {exit_ for exit_ in exits.values() if exit_ != DOWN}
                 for metro, exits in taken["exits"].items()}
        check(found == {metro: {exit_} for metro, exit_ in wanted.items()},
              f"{step.title}: the exits are those of the lowest cost")
        for move in taken["moves"]:
            line = re.search(rf"^  {METROS[move['metro']].title} +\S+/24 .*{move['took']:.1f} s",
                             output, re.MULTILINE)
            check(line is not None, f"the table has {move['metro']}")
    check(all(taken["outage"] < 10 for taken in course), "no way was lost for ten seconds")
    check("exit-moved" in output and "hijack" in output, "events say why")


def _check_map(path, course):
    root = ElementTree.parse(path).getroot()
    check(root.tag == f"{_SVG}svg", "the map is XML, and SVG")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    outside = re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)[^\"')\s]+", text)
    check(not outside and "<script" not in text, "the map needs nothing from elsewhere")
    steps = [group for group in root.iter(f"{_SVG}g") if group.get("class") == "step"]
    check(len(steps) == len(course), f"the map has {len(course)} steps")
    for group, taken in zip(steps, course):
        drawn = {path.get("id") for path in group.iter(f"{_SVG}path")
                 if path.get("class", "").startswith("exit ")}
        wanted = {f"exit-{taken['number']}-{metro}-{exit_}"
                  for metro, exits in taken["exits"].items()
                  for exit_ in exits.values() if exit_ in POPS}
        check(drawn == wanted, f"step {taken['number']}: each exit is drawn")


def background():
    require_namespaces()
    with tempfile.TemporaryDirectory() as folder:
        def run(word):
            lab = start("lab.background", word, TERN_LAB=folder)
            output = lab.communicate(timeout=170)[0]
            print(output)
            return lab.returncode, output

        check(run("status")[0] == 1, "nothing runs yet")
        try:
            check(run("up")[0] == 0, "the lab is up")
            status, output = run("status")
            check(status == 0 and all(site in output for site in SITES), "status has each router")
            commands = re.findall(r"^  (\S+ --socket \S+ show egress) ", output, re.MULTILINE)
            check(len(commands) == len(POPS), "and a command for each PoP")
            for command in commands:
                shown = subprocess.run(command.split(), text=True, capture_output=True, timeout=30)
                check("Exits in use" in shown.stdout, f"{command} answers")
            with open(os.path.join(folder, "pid"), encoding="ascii") as file:
                pid = int(file.read())
            check("up already" in run("up")[1], "a second one does not start")
        finally:
            ended = run("down")
        check(ended[0] == 0 and "is down" in ended[1], "the lab is down")
        check(left_behind(pid) == [], "no namespace, no folder and no process is left")
        check(os.listdir(folder) == ["log"], "no socket and no configuration is left")


if __name__ == "__main__":
    main({f.__name__: f for f in (play, background)})
