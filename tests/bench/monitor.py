"""Counts the changes that `ternctl monitor routes` shows, and when they come."""

import os
import signal
import subprocess
import threading
import time

from generator import Failure
from lab.process import prepare_child


class Monitor:
    """Within the block a thread reads what the command prints, a change a line."""

    def __init__(self, argv, log):
        self._log = open(log, "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=self._log,
                                         start_new_session=True, preexec_fn=prepare_child)
        self._times = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        time.sleep(1)  # the command has subscribed
        self._times.clear()
        return self

    def __exit__(self, *_):
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()
        self._log.close()

    def _run(self):
        for _ in self._process.stdout:
            self._times.append(time.monotonic())

    def span(self, least, timeout, quiet=1):
        """Waits for as many changes, and until none came for `quiet` seconds. Gives the time from
        the first to the last, and their number."""
        end = time.monotonic() + timeout
        while len(self._times) < least or time.monotonic() - self._times[-1] < quiet:
            if time.monotonic() > end:
                raise Failure(f"{len(self._times)} changes of {least} in {timeout} s")
            time.sleep(0.05)
        return self._times[-1] - self._times[0], len(self._times)
