"""The course of the lab as text and as JSON."""

import json
from dataclasses import asdict

from lab.table import table
from lab.world.places import METROS, POPS

NO_EXIT = "no exit"


def exit_text(exit_):
    return exit_ or NO_EXIT


def seconds(value):
    return f"{value:.1f} s"


def step_lines(number, title, settled):
    """A table of the exits that moved; of the first step of all exits."""
    lines = [f"{number}. {title}"]
    moves = {move.metro: move for move in settled.moves}
    shown = moves or (METROS if number == 0 else {})
    if not shown:
        return [*lines, "", "  No exit moved, and no traffic was lost." if not settled.outage
                else f"  No exit moved. Traffic was lost for {outage_text(settled.outage)}."]
    rows = []
    for metro in shown:
        move = moves.get(metro)
        exits = [exit_text(settled.exits[metro][pop]) for pop in POPS]
        rows.append([METROS[metro].title, METROS[metro].prefix, *exits,
                     *([exit_text(move.before), seconds(move.took), lost_text(move)]
                       if move else [])])
    headings = ["users in", "prefix", *(f"at {pop}" for pop in POPS),
                *(["before", "took", "lost"] if moves else [])]
    return [*lines, "", *table(headings, rows)]


def lost_text(move):
    """For how long the users were not reached, where they could be before and after."""
    return outage_text(move.outage) if move.before and move.after else ""


def outage_text(value):
    return f"{value:.2f} s" if value else "none"


def summary_lines(course):
    rows = [[taken.number, taken.step.title, len(taken.settled.moves) or "-",
             seconds(taken.settled.took), outage_text(taken.settled.outage)]
            for taken in course[1:]]
    return table(["", "step", "exits moved", "last move after", "lost traffic"], rows,
                 right=(0, 2, 3, 4))


def course_json(course):
    return json.dumps([
        {"number": taken.number, "title": taken.step.title, "kind": taken.step.kind,
         "begin": round(taken.begin, 3), "end": round(taken.end, 3),
         "exits": taken.settled.exits, "moves": [asdict(move) for move in taken.settled.moves],
         "took": round(taken.settled.took, 3), "outage": round(taken.settled.outage, 3)}
        for taken in course], indent=1, ensure_ascii=False) + "\n"
