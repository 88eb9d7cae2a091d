"""Processes of the lab: each has a log file, each is ended by its own pid and never by name."""

import ctypes
import os
import resource
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def prepare_child():
    """What a program of the lab does before it is executed."""
    # A lab that is killed outright must not leave daemons behind.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # A limit of 1 octet is too little for any core dump. With a limit of 0, the kernel would still
    # give the dump to a core_pattern that is a pipe.
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    most = 1 if hard == resource.RLIM_INFINITY else min(1, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, hard), hard))


class Process:
    """A started program. Its output goes to `log`; the program is in a session of its own, so that
    Ctrl-C reaches only the lab, which then ends its programs in order."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.argv = [str(a) for a in argv]
        self.log = log
        with open(log, "ab") as out:
            self._popen = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                cwd=cwd, env={**os.environ, **(env or {})}, start_new_session=True,
                preexec_fn=prepare_child)

    @property
    def pid(self):
        return self._popen.pid

    @property
    def exit_status(self):
        """None while it runs; negative: the signal that ended it."""
        return self._popen.poll()

    def alive(self):
        return self.exit_status is None

    def signal(self, number):
        if self.alive():
            self._popen.send_signal(number)

    def wait(self, timeout):
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, timeout=10):
        """SIGTERM, and SIGKILL for one that does not listen. Returns the exit status."""
        if self.alive():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            if self.wait(timeout) is None:
                self.kill()
        return self.exit_status

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait(10)


def run(argv, timeout=30, check=True):
    """Runs a short command and returns its output. RuntimeError with that output when it fails."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def tail(path, lines=25):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return "".join(f"    {line.rstrip()}\n" for line in log.readlines()[-lines:])
    except OSError as error:
        return f"    ({error})\n"


class WaitTimeout(AssertionError):
    pass


def wait_until(predicate, timeout, what, on_failure=None, interval=0.1):
    """Polls until `predicate` returns something true, and returns that. After `timeout` seconds it
    fails with `what` and the text that on_failure() makes: states of sessions and tails of logs."""
    end = time.monotonic() + timeout
    problem = None
    while True:
        try:
            result = predicate()
            problem = None
            if result:
                return result
        except (RuntimeError, OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
            problem = error  # a daemon that is starting has no control socket yet
        if time.monotonic() >= end:
            break
        time.sleep(interval)
    text = f"not within {timeout} s: {what}"
    if problem is not None:
        text += f"\n  last problem: {type(problem).__name__}: {problem}"
    if on_failure is not None:
        text += "\n" + on_failure()
    raise WaitTimeout(text)
