"""tern-load as a value in Python: each method is a command of load/commands.h."""

import json
import os
import subprocess

from lab import crowd
from lab.process import prepare_child, tail
from network import DAEMON


class Failure(AssertionError):
    """A run that did not end as it should; the next one may."""


class Generator:
    """A context manager. `options` are those of tern-load without their dashes: {"senders": 10,
    "same": True}. With listen it is the daemon, in the daemon's namespace."""

    def __init__(self, program, node, sessions, **options):
        argv = [program, "--target", DAEMON, "--local", crowd.FIRST, "--sessions", str(sessions)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is not False and value is not None:
                argv += [flag] if value is True else [flag, str(value)]
        self._log = os.path.join(node.dir, "tern-load.log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                node.enter(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, start_new_session=True, preexec_fn=prepare_child)
        self.answer()  # once all tables are encoded

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def tell(self, *words):
        """Gives a command; answer() waits for what it says."""
        try:
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self.answer()

    def answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise Failure(f"tern-load ended:\n{tail(self._log)}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"tern-load: {answer['error']}")
        return answer

    def ask(self, *words):
        self.tell(*words)
        return self.answer()

    def connect(self, first, last, at_once, timeout=60):
        answer = self.ask("connect", first, last, at_once, timeout)
        if not answer["reached"]:
            raise Failure(f"{answer['established']} of {last - first} sessions up in {timeout} s")
        return answer

    def announce(self, first, last):
        self.ask("announce", first, last)

    def start(self, first, last, at_once):
        """Each session announces as soon as it is up; wait() is to follow at once."""
        self.ask("start", first, last, at_once)

    def wait(self, goal, first, last, who, timeout, quiet=1.5):
        self.tell("wait", goal, first, last, who, timeout, quiet)
        return self.waited(goal, timeout)

    def waited(self, goal, timeout):
        answer = self.answer()
        if not answer["reached"]:
            raise Failure(f"not {goal} in {timeout} s: {answer['missing_sessions']} sessions wait, "
                          f"{answer['held']} prefixes held, {answer['leaked']} of them not to "
                          f"be; {answer['foreign']} came that no table can have")
        return answer
