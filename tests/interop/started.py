"""Programs of tests/lab as a user starts them, and what they leave behind."""

import os
import subprocess
import sys

_TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def start(module, *words, **environment):
    """The running program; its output, errors included, is a pipe of text."""
    return subprocess.Popen([sys.executable, "-u", "-m", module, *words], text=True,
                            env={**os.environ, "PYTHONPATH": _TESTS, **environment},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def left_behind(pid):
    """The namespaces, the folders and the processes of the lab of this process."""
    mark = f"tern{pid}-"
    names = [os.path.join(where, name) for where in ("/run/netns", "/tmp") if os.path.isdir(where)
             for name in os.listdir(where) if name.startswith(mark)]
    return names + [other for other, words in _commands() if mark in words]


def _commands():
    """The processes of the machine with their words."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", encoding="utf-8", errors="replace") as file:
                    yield int(name), file.read()
            except OSError:
                pass  # it has ended
