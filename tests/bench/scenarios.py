"""The named scenarios. Each is a function of a Run, which gives it a fresh daemon and a fresh
tern-load, and returns its figures; "seconds" is the one that ratios are made of.

Times start with the first byte that tern-load sends (or the first connection it opens, or closes),
and end when the last session that must hold something holds all of it and exactly it; "settled" is
when the last UPDATE came."""

import contextlib
import os
import subprocess
import time

import targets
from generator import Failure, Generator
from monitor import Monitor
from pulse import Pulse
from targets import Plan
from usage import kernel_prefixes, memory, processor_seconds, retransmissions

_READERS = 10


class Run:
    """One target in one scenario, once. `scale` is of the tables; `options` go to tern-load."""

    def __init__(self, network, target, load_program, scale, options, timeout):
        self.network = network
        self.target = target
        self.load_program = load_program
        self.scale = scale
        self.options = options
        self.timeout = timeout

    def scaled(self, count, least=1):
        return max(least, round(count * self.scale))

    @property
    def ipv6(self):
        return float(self.options.get("ipv6_share", 0)) > 0

    @property
    def who(self):
        """Whose tables must be full where senders have prefixes in common."""
        return "receivers" if self.target.hides_paths else "all"

    @contextlib.contextmanager
    def started(self, sessions, plan=None, **options):
        """The daemon and the generator, connected to nothing yet."""
        plan = plan or Plan(sessions, ipv6=self.ipv6)
        try:
            self.target.start(self.network.daemon, plan)
            with Generator(self.load_program, self.network.generator, sessions,
                           **{**self.options, **options}) as generator:
                yield generator
        finally:
            self.target.stop()

    @contextlib.contextmanager
    def measured(self, figures):
        """Adds what the daemon used within the block, and what it holds at its end."""
        before = processor_seconds(self.target.pids())
        yield
        figures["cpu"] = processor_seconds(self.target.pids()) - before
        figures.update(memory(self.target.pids()))


def _figures(answer, headline="seconds"):
    return {"seconds": answer[headline], "held": answer["seconds"], "settled": answer["settled"],
            "load_cpu": answer["load_cpu"], "announced": answer["announced"],
            "updates": answer["updates"], "octets": answer["octets"]}


def _converge(run, generator, sessions, who, headline="seconds"):
    """All connect, then all announce, until everybody holds everything."""
    figures = {}
    generator.connect(0, sessions, run.target.at_once)
    with run.measured(figures):
        generator.announce(0, sessions)
        figures.update(_figures(generator.wait("held", 0, sessions, who, run.timeout), headline))
    return figures


def full_table(run):
    """10 × 1 M: ten neighbours with the same prefixes, everyone gets the best of the others, one
    more only receives. The time is that of the last UPDATE: until then better paths come."""
    with run.started(11, senders=10, prefixes=run.scaled(1_000_000), same=True) as generator:
        return _converge(run, generator, 11, run.who, "settled")


VRPS = 723_521  # as there were in July 2025


def _write_vrps(run, generator, moved=0):
    """Has the daemon read as many VRPs, of which `moved` differ from those of an earlier call."""
    path = run.target.path(targets.VRPS)
    before = run.target.changes_of_vrps()
    generator.ask("vrps", run.scaled(VRPS), moved, path + ".new")
    os.replace(path + ".new", path)
    return before


def _validates(run, before):
    _wait_until(run, lambda: run.target.changes_of_vrps() != before, "VRPs")


def edge(run):
    """full_table with senders whose tags say where users are, origins validated by 723,521 VRPs,
    and a policy that reads the state. The loss is the time beyond that of the same without."""
    return _beside_alone(run, Plan(11, ipv6=run.ipv6, edge=True))


def _beside_alone(run, plan):
    """full_table with tags without and with a plan: the figures of the latter, and its loss."""
    options = {"senders": 10, "prefixes": run.scaled(1_000_000), "same": True, "tag": True,
               "own_origins": plan.registered}
    with run.started(11, **options) as generator:
        alone = _converge(run, generator, 11, run.who, "settled")
    with run.started(11, plan, **options) as generator:
        _validates(run, _write_vrps(run, generator))
        if plan.registered:
            _register(run, generator, 10)
        figures = _converge(run, generator, 11, run.who, "settled")
    figures["alone"] = alone["seconds"]
    figures["loss"] = figures["seconds"] / alone["seconds"] - 1
    figures["alone_rss"] = alone["rss"]
    return figures


def vrp_delta(run):
    """A thousand of the VRPs of `edge` change, with its routes in the table. The time is that from
    the first best path that changes to the last; the stall is the longest of the loop. Then they
    change back under churn of 10 k/s, whose latency is measured before and meanwhile."""
    figures = {}
    moved = run.scaled(1000)
    with run.started(11, Plan(11, ipv6=run.ipv6, edge=True), senders=10, same=True, tag=True,
                     best_sender=True, prefixes=run.scaled(1_000_000)) as generator:
        _validates(run, _write_vrps(run, generator))
        _converge(run, generator, 11, run.who, "settled")
        with Pulse(run.target.socket()) as pulse, \
                Monitor(run.target.monitor(), run.target.path("monitor.log")) as monitor:
            pulse.longest()
            with run.measured(figures):
                _validates(run, _write_vrps(run, generator, moved))
                # Some prefixes have other VRPs that give them the same state.
                figures["seconds"], figures["changes"] = monitor.span(moved * 4 // 5, run.timeout)
            figures["stall"] = pulse.longest()
        generator.ask("churn", "start", 0, 10_000)
        generator.ask("run", 3)
        calm = generator.ask("churn", "report")
        before = _write_vrps(run, generator)
        generator.ask("run", 5)
        busy = generator.ask("churn", "stop")
        if run.target.changes_of_vrps() == before:
            raise Failure("the VRPs did not change back under churn")
    figures["calm_p99_us"] = calm["latency_us"]["p99"]
    figures["p99_us"] = busy["latency_us"]["p99"]
    figures["lost"] = busy["lost"]
    return figures


REGISTERED = 100_000


def _register(run, generator, preferred):
    """Has the daemon read registrations of as many prefixes with ten partners, the first of them
    sessions 0 to `preferred` in turn. Returns how many the tables have."""
    path = run.target.path(targets.REGISTRATIONS)
    count = generator.ask("registrations", run.scaled(REGISTERED), 10, preferred,
                          path + ".new")["all"]
    os.replace(path + ".new", path)
    _wait_until(run, lambda: run.target.registered() == count, f"{count} registrations")
    return count


def _wait_until(run, holds, what):
    end = time.monotonic() + run.timeout
    while not holds():
        if time.monotonic() > end:
            raise Failure(f"no {what} in {run.timeout} s")
        time.sleep(0.1)


def service(run):
    """`edge` with 100,000 of the prefixes registered, ten partners each in an order of their own:
    their routes are pinned, the guard looks at them, and they have states and events. The loss is
    the time beyond that of the tables alone."""
    return _beside_alone(run, Plan(11, ipv6=run.ipv6, edge=True, registered=True))


def service_storm(run):
    """The tables of `service`, and an eleventh neighbor that is no partner announces them, too: the
    guard quarantines 100,000 routes at once. The latency is that of churn of 10 k/s of another
    neighbor, before and meanwhile."""
    figures = {}
    plan = Plan(12, ipv6=run.ipv6, edge=True, registered=True)
    with run.started(12, plan, senders=11, same=True, tag=True, best_sender=True,
                     own_origins=True, prefixes=run.scaled(1_000_000)) as generator:
        _validates(run, _write_vrps(run, generator))
        count = _register(run, generator, 1)  # churn is of their first choice
        generator.connect(0, 12, run.target.at_once)
        generator.announce(0, 10)
        generator.wait("held", 0, 12, run.who, run.timeout)
        generator.ask("churn", "start", 0, 10_000)
        generator.ask("run", 3)
        calm = generator.ask("churn", "report")
        with Pulse(run.target.socket()) as pulse, run.measured(figures):
            pulse.longest()
            generator.announce(10, 11)
            generator.ask("run", max(2, round(20 * run.scale)))
            figures["stall"] = pulse.longest()
        busy = generator.ask("churn", "stop")
        _wait_until(run, lambda: run.target.quarantined() == count, f"{count} in quarantine")
    figures["seconds"] = busy["latency_us"]["p99"] * 1e-6
    figures["calm_p99_us"] = calm["latency_us"]["p99"]
    figures["p99_us"] = busy["latency_us"]["p99"]
    figures["lost"] = busy["lost"]
    return figures


def fan_out(run):
    """1 × 100 k to 200."""
    with run.started(201, senders=1, prefixes=run.scaled(100_000)) as generator:
        return _converge(run, generator, 201, "all")


def ixp(run):
    """300 × 400, all to all."""
    with run.started(300, senders=300, prefixes=run.scaled(400)) as generator:
        return _converge(run, generator, 300, run.who if "overlap" in run.options else "all")


def ixp_policy(run):
    """The same; a fifth of the routes with control communities, path hiding mitigated."""
    plan = Plan(300, ipv6=run.ipv6, control=True)
    with run.started(300, plan, senders=300, prefixes=run.scaled(400),
                     control_share=0.2) as generator:
        return _converge(run, generator, 300, "all")


def _churn(run, rate):
    duration = max(2, round(10 * run.scale))
    figures = {}
    with run.started(2, Plan(2, ipv6=run.ipv6, relay=True), senders=1,
                     prefixes=run.scaled(100_000)) as generator:
        _converge(run, generator, 2, "all")
        time.sleep(2)
        with run.measured(figures):
            generator.ask("churn", "start", 0, rate)
            generator.ask("run", duration)
            answer = generator.ask("churn", "stop")
    latency = answer["latency_us"]
    figures.update({"seconds": latency["p99"] * 1e-6, "lost": answer["lost"],
                    "superseded": answer["superseded"], "sent": answer["sent"],
                    "load_cpu": answer["load_cpu"], "sent_in": answer["seconds"],
                    "lateness_p99_us": answer["send_lateness_us"]["p99"],
                    **{f"{name}_us": value for name, value in latency.items()}})
    return figures


def churn_10k(run):
    """Single updates at 10 k/s on a table of 100 k; from send to receipt. The row "wire" is
    tern-load in the daemon's place, which hands them on unread."""
    return _churn(run, 10_000)


def churn_50k(run):
    """The same at 50 k/s."""
    return _churn(run, 50_000)


def flap(run):
    """Ten neighbours with 200 k prefixes: the one that is best everywhere is lost, and back."""
    figures = {}
    with run.started(11, senders=10, prefixes=run.scaled(200_000), same=True, tag=True,
                     best_sender=True) as generator:
        generator.ask("watch", "64900:0")
        generator.connect(0, 11, run.target.at_once)
        generator.announce(0, 11)
        generator.wait("marked", 1, 11, "all", run.timeout)
        with run.measured(figures):
            generator.ask("close", 0, 1)
            lost = generator.wait("unmarked", 1, 11, run.who, run.timeout)
            time.sleep(1)
            generator.connect(0, 1, 1)
            generator.announce(0, 1)
            back = generator.wait("marked", 1, 11, "all", run.timeout)
    figures.update({"seconds": lost["seconds"], "away": lost["seconds"], "back": back["seconds"],
                    "load_cpu": lost["load_cpu"] + back["load_cpu"]})
    return figures


def _join(run, count):
    figures = {}
    sessions = 2 + count
    with run.started(sessions, senders=1, prefixes=run.scaled(1_000_000)) as generator:
        _converge(run, generator, 2, "all")
        time.sleep(2)
        with run.measured(figures):
            up = generator.connect(2, sessions, run.target.at_once)
            figures.update(_figures(generator.wait("held", 2, sessions, "all", run.timeout)))
    figures["up"] = up["seconds"]
    return figures


def join_1(run):
    """A late client of a table of 1 M; from its connect until it holds the table."""
    return _join(run, 1)


def join_200(run):
    """200 late clients at once. The row "wire" is tern-load in the daemon's place, which only
    copies ready bytes."""
    return _join(run, 200)


def reload(run):
    """Import and export policy of all of 300 clients change under churn of 200/s. The time is that
    of the last route with both changes; the stall is the longest that a client heard of no
    update."""
    figures = {}
    with run.started(300, Plan(300, ipv6=run.ipv6, marks=True), senders=300,
                     prefixes=run.scaled(400)) as generator:
        generator.ask("watch", "64901:2", "64902:2")
        _converge(run, generator, 300, "all")
        generator.ask("churn", "start", 0, 200)
        generator.ask("run", 3)
        calm = generator.ask("churn", "report")
        with run.measured(figures):
            generator.ask("clock")
            # the churn goes on: it never gets quiet
            generator.tell("wait", "marked", 0, 300, "all", run.timeout, 0)
            run.target.reload()
            done = generator.waited("marked", run.timeout)
        stalled = generator.ask("churn", "report")
        last = generator.ask("churn", "stop")
    figures.update({"seconds": done["seconds"], "stall": stalled["gap_us"]["max"] * 1e-6,
                    "stall_p50": stalled["gap_us"]["p50"] * 1e-6,
                    "calm_max": calm["gap_us"]["max"] * 1e-6, "lost": last["lost"],
                    "announced": done["announced"] - calm["announced"],
                    "superseded": last["superseded"], "load_cpu": done["load_cpu"]})
    return figures


def reload_sets(run):
    """800 members with 1.4 M entries of prefix sets between them: one prefix of one member's set
    changes, four times. Measures the longest reload, the longest stall of the loop in a reload or a
    check, and the memory after the last reload and after the first."""
    count = run.scaled(800, 20)
    figures = {}
    plan = Plan(count, ipv6=True, entries=run.scaled(1_400_000))
    with run.started(count, plan, senders=1, prefixes=100) as generator:
        generator.connect(0, count, run.target.at_once)
        with Pulse(run.target.socket()) as pulse:
            begin = time.monotonic()
            run.target.check()
            figures["check"] = time.monotonic() - begin
            times = []
            for number in range(4):
                run.target.change()
                begin = time.monotonic()
                run.target.apply()
                times.append(time.monotonic() - begin)
                if number == 0:
                    time.sleep(2)  # ternd frees the replaced sets
                    figures["first_rss"] = memory(run.target.pids())["rss"]
            time.sleep(2)
            figures["stall"] = pulse.longest()
        figures.update(memory(run.target.pids()))
    figures["seconds"] = max(times)
    figures["growth"] = figures["rss"] / figures["first_rss"] - 1
    return figures


def _moved(run, plan, prefixes, move, **options):
    """Two neighbors with the same prefixes. move(True) moves the best paths of all of them from the
    first to the second, and move(False) back. Measures until the client has the last of them, and
    the longest stall of the loop meanwhile."""
    figures = {}
    with run.started(3, plan, senders=2, prefixes=run.scaled(prefixes), same=True, tag=True,
                     **options) as generator:
        generator.ask("watch", "64900:0")
        generator.connect(0, 3, run.target.at_once)
        generator.announce(0, 2)
        generator.wait("marked", 2, 3, "all", run.timeout)
        with run.measured(figures), Pulse(run.target.socket()) as pulse:
            for name, goal, away in (("away", "unmarked", True), ("back", "marked", False)):
                time.sleep(1)
                pulse.longest()
                generator.ask("clock")
                generator.tell("wait", goal, 2, 3, "all", run.timeout, 0)
                move(away)
                figures[name] = generator.waited(goal, run.timeout)["seconds"]
                figures["stall"] = max(pulse.longest(), figures.get("stall", 0))
    figures["seconds"] = max(figures["away"], figures["back"])
    return figures


def cost_shift(run):
    """Two neighbors with the same 100 k prefixes: one cost changes, and the best paths of all
    prefixes move from the first to the second, and back. Measures until the client has the last of
    them, and the longest stall of the loop meanwhile."""
    if not hasattr(run.target, "measure"):
        raise NotImplementedError("it has no costs")
    return _moved(run, Plan(3, ipv6=run.ipv6, places=True), 100_000,
                  lambda away: run.target.measure(50 if away else 5))  # milliseconds


def nexthop_down(run):
    """Two neighbors with the same 1 M prefixes: the next hop of the best paths is lost, and comes
    back. Measures until the client has the last of the other neighbor's paths, and the longest
    stall of the loop meanwhile."""
    if not hasattr(run.target, "lose_next_hop"):
        raise NotImplementedError("it resolves no next hops")
    return _moved(run, Plan(3, ipv6=run.ipv6, next_hops=True), 1_000_000,
                  lambda away: run.target.lose_next_hop(0, away), best_sender=True)


def readers(run):
    """full_table without and with 10 clients that list the whole table in a loop; they take only
    the processor time that nobody else wants. The time is the one with readers."""
    alone = full_table(run)
    argv = run.target.listing()
    if argv is None:
        raise NotImplementedError("nothing lists its table")
    with run.started(11, senders=10, prefixes=run.scaled(1_000_000), same=True) as generator:
        with _listing(argv) as listed:
            figures = _converge(run, generator, 11, run.who, "settled")
            figures["listings"] = listed()
    figures["alone"] = alone["seconds"]
    figures["loss"] = figures["seconds"] / alone["seconds"] - 1
    return figures


@contextlib.contextmanager
def _listing(argv):
    """Ten loops of a command. Gives a function that counts how many listings have ended."""
    def idle():
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    loop = 'while :; do "$@" >/dev/null 2>&1; echo; done'
    loops = [subprocess.Popen(["sh", "-c", loop, "sh", *argv], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, preexec_fn=idle, start_new_session=True)
             for _ in range(_READERS)]
    for process in loops:
        os.set_blocking(process.stdout.fileno(), False)

    def ended():
        return sum(len(process.stdout.read() or b"") for process in loops)

    try:
        yield ended
    finally:
        for process in loops:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)  # a session of its own: the loop and its client
            process.wait()
            process.stdout.close()


def sessions(run):
    """1000 neighbours connect at the same moment; then each announces 10 prefixes."""
    count = run.scaled(1000)
    figures = {}
    with run.started(count, senders=count, prefixes=10) as generator:
        with run.measured(figures):
            up = generator.connect(0, count, count, timeout=max(60, run.timeout / 5))
        generator.announce(0, count)
        held = generator.wait("held", 0, count, "all", run.timeout)
    figures.update({"seconds": up["seconds"], "load_cpu": up["load_cpu"],
                    "refused": up["lost_sessions"], "tables": held["seconds"]})
    return figures


def _cold_start(run, members, at_once, prefixes, delay=0, **options):
    figures = {}
    plan = Plan(members, ipv6=run.ipv6, relay=True, keep=True, delay=delay)
    with run.started(members, plan, senders=members, prefixes=run.scaled(prefixes),
                     **options) as generator:
        before = retransmissions(run.network.daemon)
        with run.measured(figures):
            generator.start(0, members, min(at_once, run.target.at_once))
            answer = generator.wait("held", 0, members, run.who, run.timeout)
        figures.update(_figures(answer))
        figures["retransmitted"] = retransmissions(run.network.daemon) - before
        figures.update(generator.ask("handshakes"))
    figures.update({"half": answer["half"], "due": answer["due"],
                    "sent_of_due": answer["announced"] / answer["due"]})
    return figures


def cold_start_300_4(run):
    """The members of an exchange come up after a restart, four handshakes at a time, each with its
    table: 300 × 400. From the first connect until the last member holds everything. The row "wire"
    is tern-load in the daemon's place, which hands on the same octets unread."""
    return _cold_start(run, 300, 4, 400)


def cold_start_300(run):
    """The same, all members at once."""
    return _cold_start(run, 300, 300, 400)


def cold_start_700_4(run):
    """700 × 572, four handshakes at a time."""
    return _cold_start(run, 700, 4, 572)


def cold_start_700(run):
    """700 × 572, all at once."""
    return _cold_start(run, 700, 700, 572)


def cold_start_same(run):
    """300 × 400, all at once; half of the prefixes come from two members."""
    return _cold_start(run, 300, 300, 400, overlap=0.5)


def cold_start_delay(run):
    """300 × 400, all at once; announcements wait for all tables (startup_delay)."""
    return _cold_start(run, 300, 300, 400, delay=60)


def kernel_1m(run):
    """A neighbour's 1 M prefixes into the kernel's routing table, and out again when it leaves:
    from the first octet until the kernel has all of them. The stall is the longest of the loop."""
    figures = {}
    count = run.scaled(1_000_000)
    node = run.network.daemon
    empty = kernel_prefixes(node)
    plan = Plan(2, ipv6=run.ipv6, kernel=True)
    with run.started(2, plan, senders=1, prefixes=count) as generator:
        generator.connect(0, 2, run.target.at_once)
        with contextlib.ExitStack() as stack:
            pulse = None
            if run.target.socket():
                pulse = stack.enter_context(Pulse(run.target.socket()))
            with run.measured(figures):
                begin = time.monotonic()
                generator.announce(0, 2)
                figures["held"] = generator.wait("held", 0, 2, "all", run.timeout)["seconds"]
                _wait_for_prefixes(node, empty + count, run.timeout)
                figures["seconds"] = time.monotonic() - begin
            begin = time.monotonic()
            generator.ask("close", 0, 1)
            _wait_for_prefixes(node, empty, run.timeout)
            figures["back"] = time.monotonic() - begin
            if pulse:
                figures["stall"] = pulse.longest()
    return figures


def _wait_for_prefixes(node, count, timeout):
    end = time.monotonic() + timeout
    while (now := kernel_prefixes(node)) != count:
        if time.monotonic() > end:
            raise Failure(f"the kernel has {now} prefixes in place of {count}")
        time.sleep(0.2)


ALL = {function.__name__: function for function in (
    full_table, edge, vrp_delta, service, service_storm, fan_out, ixp, ixp_policy, churn_10k,
    churn_50k, flap, join_1, join_200, reload, reload_sets, cost_shift, nexthop_down, readers,
    sessions, cold_start_300_4, cold_start_300, cold_start_700_4, cold_start_700, cold_start_same,
    cold_start_delay, kernel_1m)}
# Names for several of them.
GROUPS = {"cold_start": tuple(name for name in ALL if name.startswith("cold_start_"))}
# Without a name on the command line: what takes about ten minutes with BIRD.
USUAL = ("full_table", "fan_out", "ixp", "churn_10k", "churn_50k", "flap", "join_1", "sessions")


def clients(name):
    """The most sessions that a scenario has."""
    if name.startswith("cold_start_"):
        return 700 if name.startswith("cold_start_700") else 300
    return {"kernel_1m": 2, "service_storm": 12, "fan_out": 201, "ixp": 300, "ixp_policy": 300,
            "reload": 300, "join_200": 202, "reload_sets": 800, "sessions": 1000}.get(name, 11)
