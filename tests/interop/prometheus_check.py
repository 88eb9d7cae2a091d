#!/usr/bin/env python3
"""Does a real Prometheus see what the dashboard and the alerts expect?

Starts Debian's prometheus on a free port of 127.0.0.1 with a scrape interval of a second, lets it scrape
one or more /metrics addresses of running daemons, and then asserts:

  * `promtool check metrics` has nothing to say about a scrape;
  * `promtool check rules` and `promtool test rules` pass, each alert has a case in which it fires
    and one in which it is silent, and the server has loaded every rule and evaluated it without an error;
  * every query of every panel and every template variable of exporter/dashboards/*.json returns data.

As a program:   prometheus_check.py http://127.0.0.1:9179/metrics [more URLs]
                prometheus_check.py --run PROGRAM    (PROGRAM prints the URL and lives until end of input)
As a module:    problems = prometheus_check.check([url, ...])   a list of texts, empty when all is well

Everything it starts it ends, and its files are in a temporary folder that goes with it.
"""

import argparse
import contextlib
import ctypes
import glob
import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DASHBOARDS = os.path.join(ROOT, "exporter", "dashboards")
ALERTS = os.path.join(ROOT, "exporter", "alerts")

# Panels whose query may rightly return nothing, by title. None: the queries are written so that a
# daemon without events still shows a zero.
MAY_BE_EMPTY = []

SCRAPES = 5  # a rate over the window below needs two; some more make quantiles steady
START_SECONDS = 30
DATA_SECONDS = 30


class PrometheusError(Exception):
    """Prometheus could not be started or asked."""


class Prometheus:
    """A Prometheus server that scrapes `urls`, for a with statement."""

    def __init__(self, urls, rules=()):
        self.urls = urls
        self.rules = rules
        self.base = None
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tern-prometheus-"))
            self._write_config(folder)
            # The free port may be taken between our look and its bind: then once more.
            for _ in range(3):
                if self._start(folder):
                    return self
            raise PrometheusError("prometheus did not start:\n" + self._log(folder))
        except BaseException:
            self._stack.close()
            raise

    def __exit__(self, *_):
        self._stack.close()

    def _write_config(self, folder):
        targets = [urllib.parse.urlsplit(url) for url in self.urls]
        for target in targets:
            if target.scheme != "http" or target.path != "/metrics":
                raise PrometheusError(f"{target.geturl()}: expected http://ADDRESS:PORT/metrics")
        # JSON is YAML.
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": list(self.rules),
            "scrape_configs": [{
                "job_name": "tern",
                "static_configs": [{"targets": [target.netloc for target in targets]}],
            }],
        }
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            json.dump(config, file)

    def _start(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(os.path.join(folder, "log"), "wb") as log:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, preexec_fn=end_with_parent)
        self.base = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(self.base + "/-/ready", timeout=5):
                    self._stack.callback(end_process, process)
                    return True
            time.sleep(0.1)
        end_process(process)
        return False

    @staticmethod
    def _log(folder):
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def api(self, path, **parameters):
        """The data of an API answer; PrometheusError with the server's text otherwise."""
        url = f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=15) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as fault:
            raise PrometheusError(fault.read().decode(errors="replace")) from fault
        except OSError as fault:
            raise PrometheusError(f"{url}: {fault}") from fault

    def query(self, expression):
        """The samples of an instant query, as a list of (labels, value)."""
        data = self.api("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    def wait_for_scrapes(self, count=SCRAPES):
        """Returns when every target answered `count` scrapes; raises with the reason if one does not."""
        deadline = time.monotonic() + START_SECONDS + count
        while time.monotonic() < deadline:
            good = self.query('sum_over_time(up{job="tern"}[5m])')
            if len(good) == len(self.urls) and all(value >= count for _, value in good):
                return
            time.sleep(0.2)
        targets = self.api("targets")["activeTargets"]
        faults = [f'{target["scrapeUrl"]}: {target["health"]} {target["lastError"]}' for target in targets]
        raise PrometheusError("not scraped often enough: " + "; ".join(faults))


def end_with_parent():
    """In a child: the kernel ends it when this program is killed and cannot."""
    pr_set_pdeathsig = 1  # <sys/prctl.h>
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def end_process(process):
    """SIGTERM, and SIGKILL for what does not listen."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- the dashboard ---


def substitute(expression):
    """The expression with Grafana's variables replaced by what `All` of a short range would be."""
    values = {"__rate_interval": "5m", "__interval": "15s", "__range": "5m", "__interval_ms": "15000",
              "__range_s": "300", "instance": ".*", "peer": ".*"}

    def value(match):
        name = match.group(1) or match.group(2) or match.group(3)
        if name not in values:
            raise PrometheusError(f"unknown variable ${name} in: {expression}")
        return values[name]

    return re.sub(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]", value, expression)


def all_panels(panels):
    for panel in panels:
        yield panel
        yield from all_panels(panel.get("panels") or [])


def variable_query(definition):
    """The PromQL behind label_values(metric, label)."""
    match = re.fullmatch(r"label_values\((.*),\s*(\w+)\)", definition, re.S)
    if not match:
        raise PrometheusError(f"cannot read the template variable {definition}")
    return f"count by ({match.group(2)}) ({match.group(1)})"


def dashboard_queries(dashboard):
    """(where, expression, may be empty) for all that the dashboard asks."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield (f'variable {variable["name"]}', substitute(variable_query(variable["definition"])), False)
    for panel in all_panels(dashboard["panels"]):
        for target in panel.get("targets") or []:
            where = f'panel "{panel["title"]}" query {target["refId"]}'
            yield where, substitute(target["expr"]), panel["title"] in MAY_BE_EMPTY
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:  # shows events: there may be none
            yield f'annotation "{annotation["name"]}"', substitute(annotation["expr"]), True


def query_problem(server, expression, may_be_empty, strict):
    """Why the query is not answered as it should be, or None."""
    try:
        samples = server.query(expression)
    except PrometheusError as fault:
        return str(fault)
    if not samples and not may_be_empty:
        return "no data"
    if strict and samples and all(math.isnan(value) for _, value in samples):
        return "NaN only"
    return None


def layout_problems(dashboard):
    """Panels that overlap, leave the 24 columns, or share an id."""
    panels = list(all_panels(dashboard["panels"]))
    problems = []
    if len({panel["id"] for panel in panels}) != len(panels):
        problems.append("two panels have the same id")
    taken = {}
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > 24:
            problems.append(f'panel "{panel["title"]}" leaves the grid')
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((x, y), panel)
                if other is not panel:
                    problems.append(f'panels "{panel["title"]}" and "{other["title"]}" overlap')
                    return problems
    return problems


def check_dashboards(server, strict, log):
    problems = []
    files = sorted(glob.glob(os.path.join(DASHBOARDS, "*.json")))
    if not files:
        return [f"no dashboard in {DASHBOARDS}"]
    deadline = time.monotonic() + DATA_SECONDS
    for name in files:
        with open(name, encoding="utf-8") as file:
            dashboard = json.load(file)
        short = os.path.basename(name)
        problems += [f"{short}: {problem}" for problem in layout_problems(dashboard)]
        queries = list(dashboard_queries(dashboard))
        for where, expression, may_be_empty in queries:
            problem = query_problem(server, expression, may_be_empty, strict)
            # A counter that has moved once since the first scrape, or a session that is just coming up.
            while problem and time.monotonic() < deadline:
                time.sleep(0.5)
                problem = query_problem(server, expression, may_be_empty, strict)
            if problem:
                problems.append(f"{short}: {where}: {problem}: {expression}")
        log(f"{short}: {len(queries)} queries asked")
    return problems


# --- the alerts ---


def promtool(arguments, text=None):
    """Problems that promtool reports: it is silent and exits 0 when all is well."""
    result = subprocess.run(["promtool"] + arguments, input=text, cwd=ALERTS, timeout=300,
                            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = result.stdout.decode(errors="replace").strip()
    return result.returncode, output


def untested_alerts(rules_text, tests_text):
    """Alerts that lack a firing or a silent case."""
    problems = []
    cases = re.findall(r"alertname: (\w+)\s+exp_alerts:( \[\])?", tests_text)
    for alert in re.findall(r"^\s*- alert: (\w+)", rules_text, re.M):
        if (alert, "") not in cases:
            problems.append(f"{alert} has no test in which it fires")
        if (alert, " []") not in cases:
            problems.append(f"{alert} has no test in which it is silent")
    return problems


def rule_files():
    return sorted(name for name in glob.glob(os.path.join(ALERTS, "*.yml")) if not name.endswith("_test.yml"))


def check_rule_files(log):
    problems = []
    if not rule_files():
        return [f"no alert rules in {ALERTS}"]
    for rules in rule_files():
        tests = rules[:-len(".yml")] + "_test.yml"
        for arguments in (["check", "rules", rules], ["test", "rules", tests]):
            code, output = promtool(arguments)
            if code != 0:
                problems.append(f"promtool {' '.join(arguments)}:\n{output}")
        with open(rules, encoding="utf-8") as rules_file, open(tests, encoding="utf-8") as tests_file:
            problems += untested_alerts(rules_file.read(), tests_file.read())
        log(f"{os.path.basename(rules)}: checked and tested")
    return problems


def check_loaded_rules(server, log):
    """What the running server says about the rules, on real series."""
    deadline = time.monotonic() + DATA_SECONDS
    while True:
        rules = [rule for group in server.api("rules")["groups"] for rule in group["rules"]]
        if rules and all(rule["health"] != "unknown" for rule in rules) or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    if not rules:
        return ["prometheus loaded no rules"]
    log(f"{len(rules)} alert rules loaded, firing: "
        + (", ".join(sorted({rule["name"] for rule in rules if rule["state"] == "firing"})) or "none"))
    return [f'alert {rule["name"]}: {rule["health"]} {rule.get("lastError", "")}'
            for rule in rules if rule["health"] != "ok"]


def check_metrics(url):
    """promtool's opinion of names, types and help texts."""
    with urllib.request.urlopen(url, timeout=15) as answer:
        code, output = promtool(["check", "metrics"], answer.read())
    return [f"promtool check metrics of {url}:\n{output}"] if code != 0 or output else []


def check(urls, strict=False, log=print):
    """Runs all checks against running /metrics addresses; returns the problems as texts.

    strict: a query whose result is only NaN (a quantile of nothing) counts as no data."""
    missing = [program for program in ("prometheus", "promtool") if not shutil.which(program)]
    if missing:
        return [f"{' and '.join(missing)} not installed: apt-get install prometheus"]
    try:
        problems = check_rule_files(log)
        for url in urls:
            problems += check_metrics(url)
        with Prometheus(urls, rule_files()) as server:
            server.wait_for_scrapes()
            problems += check_dashboards(server, strict, log)
            problems += check_loaded_rules(server, log)
        return problems
    except (PrometheusError, OSError, subprocess.TimeoutExpired) as fault:
        return [str(fault)]


@contextlib.contextmanager
def serving(program):
    """Starts a program whose first line of output is its URL, and which ends with its input."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            end_process(process)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="*", help="http://ADDRESS:PORT/metrics")
    parser.add_argument("--run", help="a program to start; its first line of output is the URL")
    parser.add_argument("--strict", action="store_true", help="a result that is only NaN counts as no data")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        urls = list(arguments.urls)
        if arguments.run:
            urls.append(stack.enter_context(serving(arguments.run)))
        if not urls:
            parser.error("give a URL or --run")
        problems = check(urls, arguments.strict)
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    print("prometheus_check: " + (f"{len(problems)} problems" if problems else "all is well"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
