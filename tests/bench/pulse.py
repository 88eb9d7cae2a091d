"""Measures the stalls of the daemon's loop: asks for its version over and over, one turn each."""

import socket
import struct
import threading
import time

_VERSION = b"\x0a\x00"  # Request { version {} } of bgpd/api/control.proto


class Pulse:
    """Within the block a thread asks; `longest()` is the longest wait for an answer since the last
    call, in seconds, and `answers` how many there were."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._longest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answers = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def longest(self):
        longest, self._longest = self._longest, 0.0
        return longest

    def _run(self):
        while not self._stop.is_set():
            begin = time.monotonic()
            self._socket.sendall(struct.pack(">I", len(_VERSION)) + _VERSION)
            self._receive(struct.unpack(">I", self._receive(4))[0])
            self._longest = max(self._longest, time.monotonic() - begin)
            self.answers += 1
            time.sleep(0.0005)

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise RuntimeError("the daemon closed the socket")
            data += more
        return data
