"""The table of results, with ratios, and the bars of the issue that are held against them."""

import json
import os
import platform
import statistics
import subprocess

# Scenario -> figure -> bar, on two cores with the generator on them, at full scale.
BARS = {
    "full_table": {"seconds": 2.2, "peak": 400e6},
    "edge": {"loss": 0.12},
    "vrp_delta": {"seconds": 0.05},
    "service": {"loss": 0.15},
    "fan_out": {"seconds": 0.4, "peak": 51e6},
    "ixp": {"seconds": 0.9, "peak": 52e6},
    "churn_10k": {"p50_us": 45, "p99_us": 150, "p99.9_us": 500, "lost": 0},
    "churn_50k": {"p50_us": 45, "p99_us": 150, "p99.9_us": 500, "lost": 0},
    "join_1": {"seconds": 0.3},
    "reload": {"seconds": 1.0, "stall": 0.1},
    "reload_sets": {"check": 3.0, "stall": 0.010, "growth": 0.15},
    "cost_shift": {"away": 1.0, "back": 1.0, "stall": 0.020},
    "readers": {"loss": 0.05},
    "sessions": {"seconds": 1.0},
    "cold_start_300_4": {"sent_of_due": 1.02, "handshake_p50_us": 5000},
    "cold_start_300": {"sent_of_due": 1.02},
    "cold_start_700_4": {"sent_of_due": 1.02, "handshake_p50_us": 5000, "peak": 150e6},
    "cold_start_700": {"sent_of_due": 1.02, "peak": 150e6},
    "cold_start_delay": {"sent_of_due": 1.02},
}
# Scenario -> figure -> (the factor, of what): "bird" and "wire" are rows of the same scenario.
RELATIVE_BARS = {
    "ixp_policy": {"seconds": (1.5, "ixp"), "peak": (2.0, "ixp")},
    "flap": {"away": (1 / 8, "bird"), "back": (1 / 8, "bird")},
    "join_200": {"seconds": (3.0, "wire")},
    "cold_start_700": {"seconds": (1.3, "wire")},
    "cold_start_700_4": {"seconds": (1.3, "wire")},
}
_COLUMNS = ("seconds", "half", "held", "settled", "lost", "away", "back", "p50_us", "p99_us",
            "p99.9_us", "max_us", "superseded", "stall", "stall_p50", "calm_max", "up", "tables",
            "refused", "alone", "loss", "alone_rss", "changes", "calm_p99_us", "listings", "check",
            "growth", "first_rss", "peak", "rss", "pss", "cpu", "load_cpu", "due", "sent_of_due",
            "retransmitted", "handshake_p50_us", "handshake_p99_us")
_MEMORY = ("first_rss", "alone_rss", "peak", "rss", "pss")
_COUNTS = ("lost", "changes", "superseded", "refused", "listings", "due", "retransmitted")


def median(runs, figure):
    values = [run[figure] for run in runs if run.get(figure) is not None]
    return statistics.median(values) if values else None


def bars(results, scenario):
    """{figure: bar} of a scenario, as far as its measure is there."""
    found = dict(BARS.get(scenario, {}))
    for figure, (factor, other) in RELATIVE_BARS.get(scenario, {}).items():
        base = results.get("ixp", {}).get("tern") if other == "ixp" else \
            results[scenario].get(other)
        if base and median(base, figure) is not None:
            found[figure] = factor * median(base, figure)
    return found


def _text(figure, value):
    if value is None:
        return "-"
    if figure in _MEMORY:
        return f"{value / 1e6:.1f} MB"
    if figure in ("loss", "growth"):
        return f"{value * 100:.1f} %"
    if figure == "sent_of_due":
        return f"{value:.3f}"
    if figure.endswith("_us"):
        return f"{value:.1f} µs"
    return f"{value:.0f}" if figure in _COUNTS else f"{value:.3f} s"


def show(results, scenario, scale):
    """Prints one scenario: a line per target and figure, with the spread of its runs."""
    wanted = bars(results, scenario)
    targets = results[scenario]
    base = targets.get("bird")
    for name, runs in targets.items():
        if not any("seconds" in run for run in runs):
            print(f"  {name:9} {runs[-1].get('failed', 'not measured')}")
            continue
        failed = sum("failed" in run for run in runs)
        print(f"  {name:9} {len(runs) - failed} of {len(runs)} runs")
        for figure in _COLUMNS:
            value = median(runs, figure)
            repeated = figure in ("held", "settled") and value == median(runs, "seconds")
            if value is None or repeated:
                continue
            print(_line(figure, value, runs, base if name != "bird" else None,
                        wanted.get(figure) if name == "tern" and scale == 1 else None))


def _line(figure, value, runs, base, bar):
    line = f"    {figure:9} {_text(figure, value):>12}"
    values = sorted(run[figure] for run in runs if run.get(figure) is not None)
    if len(values) > 1:
        line += f"  ({_text(figure, values[0])} to {_text(figure, values[-1])})"
    other = median(base, figure) if base else None
    if other and value and figure != "loss":
        line += f"  {value / other:.3f} of bird"
    if bar is not None:
        line += f"  bar {_text(figure, bar)}: {'held' if value <= bar else 'MISSED'}"
    return line


def summary(results):
    """The headline of each scenario, targets side by side."""
    names = list(dict.fromkeys(name for targets in results.values() for name in targets))
    print("\nseconds" + "".join(f"{name:>20}" for name in names))
    for scenario, targets in results.items():
        cells = []
        for name in names:
            value, peak = (median(targets.get(name, []), f) for f in ("seconds", "peak"))
            text = "-" if value is None else f"{value:.4g}"
            cells.append(text + (f", {peak / 1e6:.0f} MB" if peak else ""))
        print(f"{scenario:11}" + "".join(f"{cell:>20}" for cell in cells))


def write_json(path, results, arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(["git", "-C", here, "describe", "--always", "--dirty"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"commit": commit.strip(), "machine": platform.platform(),
                   "arguments": vars(arguments), "bars": BARS, "results": results}, out, indent=1)
        out.write("\n")
