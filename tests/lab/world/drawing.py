"""The course of the lab as one SVG: a map for each step, side by side, and the exit of each metro
over time below them. The file needs nothing from elsewhere, and is readable in light and dark."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lab.world.outline import COASTS
from lab.world.places import METROS, PARTNERS, POPS, SITES
from lab.world.report import NO_EXIT, exit_text, seconds

_COLUMNS = 3
_GAP = 20
_SCALE = 1.6                             # units for a degree
_WEST, _EAST = -132, 166                 # degrees that a map shows
_SOUTH, _NORTH = -46, 68
_MAP_WIDTH = round((_EAST - _WEST) * _SCALE)
_MAP_HEIGHT = round((_NORTH - _SOUTH) * _SCALE)
_TITLE_HEIGHT, _NOTES_HEIGHT = 22, 36    # of a panel, above and below its map
_PANEL_HEIGHT = _TITLE_HEIGHT + _MAP_HEIGHT + _NOTES_HEIGHT
_HEAD_HEIGHT = 74
_MOST_NOTES = 2
_ROW = 15                                # of the chart over time
_LABELS = 110
# Where the name of a metro stands, so that names do not overlap: left of the metro and so far
# below, or right of it and so far below. Other names are on the right, above.
_LEFT = {"london": -4, "santiago": -4, "cape-town": 10, "sydney": 10, "buenos-aires": 12}
_BELOW = {"jakarta": 16, "frankfurt": 16, "dallas": 14}

# Told apart also with impaired color vision (Okabe and Ito); the second is for a dark background.
_COLORS = {"ams": ("#0072b2", "#56b4e9"), "iad": ("#d55e00", "#ff7f2a"),
           "gru": ("#007a5a", "#1fc796"), "jnb": ("#b2578f", "#e08fc0"),
           "sin": ("#9a6b00", "#f0c030")}
_STYLE = """
text { font-family: system-ui, sans-serif; font-size: 11px; fill: #1c2329; }
.head { font-size: 18px; font-weight: 600; }
.title { font-size: 12.5px; font-weight: 600; }
.soft { fill: #5b6670; }
.small { font-size: 9px; }
.page { fill: #ffffff; }
.sea { fill: #f3f7fa; }
.land { fill: #e3e7ea; }
.grid { stroke: #d4dce2; stroke-width: 0.5; fill: none; }
.frame { stroke: #b9c4cc; fill: none; }
.link { stroke: #7d8890; stroke-width: 0.8; stroke-dasharray: 1.5 2; fill: none; }
.partner { fill: #7d8890; }
.cut { stroke: #c8102e; stroke-width: 1.6; stroke-dasharray: 4 3; fill: none; }
.bad { fill: #c8102e; }
.exit { stroke-width: 1.1; fill: none; }
.moved { stroke-width: 2.6; }
.was { stroke-width: 1.2; stroke-dasharray: 3 3; fill: none; opacity: 0.65; }
.drained { fill: none; stroke-width: 2.2; }
.lost { stroke: #c8102e; stroke-width: 2; fill: none; }
.mark { stroke: #5b6670; stroke-width: 0.7; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e9ed; }
.soft { fill: #a3aeb7; }
.page { fill: #14181b; }
.sea { fill: #1a2025; }
.land { fill: #2a3238; }
.grid { stroke: #333d45; }
.frame { stroke: #4a565f; }
.link { stroke: #8b969e; }
.partner { fill: #a3aeb7; }
.cut, .lost { stroke: #ff5c6c; }
.bad { fill: #ff5c6c; }
.mark { stroke: #a3aeb7; }
%s}
"""


def _style():
    def rules(index):
        return "".join(f".to-{pop} {{ stroke: {colors[index]}; }} "
                       f".at-{pop} {{ fill: {colors[index]}; }}\n"
                       for pop, colors in _COLORS.items())

    light, dark = _STYLE.split("@media", 1)
    return light + rules(0) + "@media" + dark % rules(1)


@dataclass(frozen=True)
class _Point:
    x: float
    y: float


def _project(longitude, latitude):
    return _Point(round((longitude - _WEST) * _SCALE, 1), round((_NORTH - latitude) * _SCALE, 1))


def _way(one, other):
    """Path data between two places, by the shorter way round the globe: over the edge of the map
    that is two lines, one at each edge."""
    lines = [(one.longitude, other.longitude)]
    apart = other.longitude - one.longitude
    if abs(apart) > 180:
        turn = 360 if apart < 0 else -360
        lines = [(one.longitude, other.longitude + turn), (one.longitude - turn, other.longitude)]
    data = []
    for begin, end in lines:
        a, b = _project(begin, one.latitude), _project(end, other.latitude)
        data.append(f"M{a.x} {a.y}L{b.x} {b.y}")
    return "".join(data)


def _agreed(exits):
    """The exit that all living PoPs use for a metro; None: there is none."""
    return next((exit_ for exit_ in exits.values() if exit_ in POPS), None)


def draw(course):
    """The SVG of a list of play.Taken."""
    rows = -(-len(course) // _COLUMNS)
    width = _GAP + _COLUMNS * (_MAP_WIDTH + _GAP)
    chart_top = _HEAD_HEIGHT + rows * (_PANEL_HEIGHT + _GAP)
    height = chart_top + _chart_height() + _GAP
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'width="{width}" height="{height}" role="img" aria-labelledby="name what">',
             '<title id="name">The lab over time</title>',
             f'<desc id="what">{len(course)} maps, one for each step: where the traffic of each '
             'metro leaves. Below them the exit of each metro over time.</desc>',
             f"<style>{_style()}</style>",
             "<defs>", f'<clipPath id="map"><rect width="{_MAP_WIDTH}" height="{_MAP_HEIGHT}"/>'
             "</clipPath>", *_background(), "</defs>",
             f'<rect class="page" width="{width}" height="{height}"/>', *_head()]
    for index, taken in enumerate(course):
        x = _GAP + index % _COLUMNS * (_MAP_WIDTH + _GAP)
        y = _HEAD_HEIGHT + index // _COLUMNS * (_PANEL_HEIGHT + _GAP)
        lines.append(f'<g class="step" id="step-{taken.number}" transform="translate({x} {y})">')
        lines += [*_panel(taken, course[index - 1] if index else None), "</g>"]
    lines += [f'<g transform="translate({_GAP} {chart_top})">',
              *_chart(course, width - 2 * _GAP), "</g>", "</svg>"]
    return "\n".join(lines) + "\n"


def _background():
    """The sea, the land and the graticule, drawn once and used by every map."""
    lines = ['<g id="world" clip-path="url(#map)">',
             f'<rect class="sea" width="{_MAP_WIDTH}" height="{_MAP_HEIGHT}"/>']
    for coast in COASTS:
        points = " ".join(f"{p.x},{p.y}" for p in (_project(*place) for place in coast))
        lines.append(f'<polygon class="land" points="{points}"/>')
    data = "".join(f"M{_project(degree, 0).x} 0V{_MAP_HEIGHT}" for degree in range(-120, _EAST, 30))
    data += "".join(f"M0 {_project(0, degree).y}H{_MAP_WIDTH}" for degree in range(-30, _NORTH, 30))
    return [*lines, f'<path class="grid" d="{data}"/>', "</g>"]


def _head():
    x = _GAP
    lines = [f'<text class="head" x="{_GAP}" y="30">Where traffic leaves, step by step</text>']
    for pop in POPS.values():
        lines += [f'<circle class="at-{pop.name}" cx="{x + 5}" cy="52" r="5"/>',
                  f'<text x="{x + 14}" y="56">{pop.name} ({escape(pop.title)})</text>']
        x += 140
    lines += [f'<rect class="partner" x="{x}" y="48" width="7" height="7"/>',
              f'<text x="{x + 13}" y="56">partner, with its links</text>',
              f'<path class="was mark" d="M{x + 150} 52h24"/>',
              f'<text x="{x + 180}" y="56">exit before</text>',
              f'<path class="cut" d="M{x + 260} 52h24"/>',
              f'<text x="{x + 290}" y="56">link cut</text>']
    return lines


def _panel(taken, before):
    lines = [f'<text class="title" y="13">{taken.number}. {escape(taken.step.title)}</text>',
             f'<g transform="translate(0 {_TITLE_HEIGHT})">', '<use href="#world"/>',
             '<g clip-path="url(#map)">', *_links(taken.condition), *_exits(taken, before),
             *_partners(), *_metros(taken), *_pops(taken.condition), "</g>",
             f'<rect class="frame" width="{_MAP_WIDTH}" height="{_MAP_HEIGHT}"/>', "</g>"]
    y = _TITLE_HEIGHT + _MAP_HEIGHT
    for note in _notes(taken):
        y += 15
        lines.append(f'<text class="soft" y="{y}">{escape(note)}</text>')
    return lines


def _notes(taken):
    if taken.number == 0:
        return [f"All exits as expected after {seconds(taken.settled.took)}."]
    moves = taken.settled.moves
    if not moves:
        hijacked = ", ".join(METROS[metro].title for _, metro in sorted(taken.condition.hijacks))
        return ["No exit moved." + (f" The routes for {hijacked} are quarantined."
                                    if hijacked else "")]
    notes = [f"{METROS[m.metro].title}: {exit_text(m.before)} → {exit_text(m.after)} "
             f"after {seconds(m.took)}" for m in moves]
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES - 1:] = [f"and {len(notes) - _MOST_NOTES + 1} more"]
    return notes


def _links(condition):
    lines = []
    for site in SITES.values():
        cut = site.name in condition.cut
        lines.append(f'<path class="{"cut" if cut else "link"}" d="{_way(site.partner, site.pop)}">'
                     f"<title>{escape(site.partner.title)} at {site.pop.name}"
                     f'{": cut" if cut else ""}</title></path>')
    for hijacker, metro in sorted(condition.hijacks):
        lines.append(f'<path class="cut" d="{_way(SITES[hijacker].partner, METROS[metro])}">'
                     f"<title>{hijacker} announces {METROS[metro].prefix}</title></path>")
    return lines


def _exits(taken, before):
    """A line from each metro to its exit. Its id names both: exit-STEP-METRO-POP."""
    lines = []
    moved = {move.metro: move for move in taken.settled.moves}
    for name, metro in METROS.items():
        exit_ = _agreed(taken.settled.exits[name])
        if name in moved and moved[name].before:
            was = moved[name].before
            lines.append(f'<path class="was to-{was}" d="{_way(metro, POPS[was])}"/>')
        if exit_ is None:
            continue
        title = f"{metro.title} leaves at {exit_}"
        lines.append(f'<path class="exit to-{exit_}{" moved" if name in moved else ""}" '
                     f'id="exit-{taken.number}-{name}-{exit_}" d="{_way(metro, POPS[exit_])}">'
                     f"<title>{escape(title)}</title></path>")
    return lines


def _partners():
    lines = []
    for partner in PARTNERS.values():
        at = _project(partner.longitude, partner.latitude)
        lines += [f'<rect class="partner" x="{at.x - 3.5}" y="{at.y - 3.5}" width="7" height="7"/>',
                  f'<text class="small soft" x="{at.x + 6}" y="{at.y + 3}">'
                  f"{escape(partner.title)}</text>"]
    return lines


def _metros(taken):
    lines = []
    named = {move.metro for move in taken.settled.moves} or set(METROS)
    for name, metro in METROS.items():
        at = _project(metro.longitude, metro.latitude)
        exit_ = _agreed(taken.settled.exits[name])
        kind = f"at-{exit_}" if exit_ else "bad"
        lines.append(f'<circle class="{kind}" cx="{at.x}" cy="{at.y}" r="2.6">'
                     f"<title>{escape(metro.title)}, {metro.prefix}: "
                     f"{exit_text(exit_)}</title></circle>")
        if name in named and (taken.number == 0 or taken.settled.moves):
            lines.append(_metro_name(metro, at))
    return lines


def _metro_name(metro, at):
    x, y, anchor = at.x + 4, at.y + _BELOW.get(metro.name, -4), "start"
    if metro.name in _LEFT:
        x, y, anchor = at.x - 4, at.y + _LEFT[metro.name], "end"
    return (f'<text class="small" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(metro.title)}</text>")


def _pops(condition):
    lines = []
    for pop in POPS.values():
        at = _project(pop.longitude, pop.latitude)
        if pop.name in condition.lost:
            lines.append(f'<path class="lost" d="M{at.x - 5} {at.y - 5}l10 10m0 -10l-10 10"/>')
        elif pop.name in condition.drained:
            lines.append(f'<circle class="drained to-{pop.name}" cx="{at.x}" cy="{at.y}" r="6"/>')
        else:
            lines.append(f'<circle class="at-{pop.name}" cx="{at.x}" cy="{at.y}" r="6"/>')
        state = " is lost" if pop.name in condition.lost else \
            " is drained" if pop.name in condition.drained else ""
        lines.append(f'<text class="title" x="{at.x + 8}" y="{at.y + 12}">{pop.name}{state}</text>')
    return lines


def _chart_height():
    return 30 + len(METROS) * _ROW + 22


def _chart(course, width):
    """A row for each metro, in the color of its exit; a red line while there is none."""
    end = max(course[-1].end, 1e-3)

    def x(at):
        return round(_LABELS + (width - _LABELS) * at / end, 1)

    bottom = 30 + len(METROS) * _ROW
    lines = ['<text class="title" y="12">The exit of each metro over time</text>']
    for row, (name, metro) in enumerate(METROS.items()):
        y = 30 + row * _ROW
        lines.append(f'<text x="0" y="{y + 10}">{escape(metro.title)}</text>')
        for begin, until, exit_ in _spans(course, name, end):
            tall, kind = (9, f"at-{exit_}") if exit_ else (2, "bad")
            lines.append(f'<rect class={quoteattr(kind)} x="{x(begin)}" y="{y + 6 - tall / 2}" '
                         f'width="{round(x(until) - x(begin), 1)}" height="{tall}">'
                         f"<title>{escape(metro.title)}: {exit_ or NO_EXIT}</title></rect>")
    for taken in course[1:]:
        at = x(taken.begin)
        lines += [f'<path class="mark" d="M{at} 26V{bottom}"/>',
                  f'<text class="small soft" x="{at}" y="24" text-anchor="middle">'
                  f"{taken.number}</text>"]
    lines.append(f'<text class="small soft" x="{_LABELS}" y="{bottom + 14}">0 s</text>')
    lines.append(f'<text class="small soft" x="{width}" y="{bottom + 14}" text-anchor="end">'
                 f"{end:.0f} s</text>")
    return lines


def _spans(course, metro, end):
    """(begin, until, exit) of a metro; an exit counts from when the last PoP has it."""
    since, exit_, found = 0.0, _agreed(course[0].settled.exits[metro]), []
    for taken in course[1:]:
        for move in taken.settled.moves:
            if move.metro == metro:
                found.append((since, taken.begin + move.took, exit_))
                since, exit_ = taken.begin + move.took, move.after
    return [*found, (since, end, exit_)]
