"""Traffic of the lab: each core router sends datagrams to the users of each metro all the time, and
each partner's router answers those that reach it with its name. So a datagram that comes back says
where it left, and one that does not is lost.

A single thread of the lab sends and answers, with sockets that were made inside the namespaces."""

import selectors
import socket
import threading
import time
from dataclasses import dataclass

from lab.forward import enter_namespace

PORT = 4000
INTERVAL = 0.05  # seconds between two datagrams of a flow
_LATE = 6        # as many datagrams without an answer are a loss


@dataclass
class Flow:
    """From a PoP to the users of a metro."""
    site: str = None      # that answered last
    answered: int = -1    # the number of the last datagram that was answered
    most_lost: int = 0    # in a row, since the last mark


def socket_in(namespace, address):
    """A UDP socket with this address inside the namespace, which it never leaves."""
    made = []

    def make():
        enter_namespace(namespace)
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(address)
        one.setblocking(False)
        made.append(one)

    thread = threading.Thread(target=make)  # so that this thread stays where it is
    thread.start()
    thread.join()
    return made[0]


class Traffic:
    """sources: PoP -> (namespace, address). sites: site -> namespace. users: metro -> address."""

    def __init__(self, sources, sites, users):
        self._users = dict(users)
        self._lock = threading.Lock()
        self._flows = {(pop, metro): Flow() for pop in sources for metro in users}
        self._tick = 0    # the number of the datagrams that are sent next
        self._selector = selectors.DefaultSelector()
        self._sources = {}
        for pop, (namespace, address) in sources.items():
            one = self._sources[pop] = socket_in(namespace, (address, 0))
            self._selector.register(one, selectors.EVENT_READ, self._take)
        for site, namespace in sites.items():
            one = socket_in(namespace, ("0.0.0.0", PORT))
            self._selector.register(one, selectors.EVENT_READ,
                                    lambda here, name=site: self._answer(here, name))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._ended.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def mark(self):
        """Losses count from now on."""
        with self._lock:
            for flow in self._flows.values():
                flow.most_lost = 0
                if self._silent(flow) >= _LATE:
                    flow.answered = self._tick - 1

    def site(self, pop, metro):
        """The partner's router where the traffic leaves now; None: there are no answers."""
        with self._lock:
            flow = self._flows[pop, metro]
            return flow.site if self._silent(flow) < _LATE else None

    def outage(self, pop, metro):
        """The longest time without an answer since the mark, in seconds."""
        with self._lock:
            flow = self._flows[pop, metro]
            silent = self._silent(flow)
            return max(flow.most_lost, silent if silent >= _LATE else 0) * INTERVAL

    def _silent(self, flow):
        # The datagrams that were sent last may still be answered.
        return max(0, self._tick - 2 - flow.answered)

    def _run(self):
        due = time.monotonic()
        while not self._ended.is_set():
            now = time.monotonic()
            if now >= due:
                self._send()
                due = max(due + INTERVAL, now)
            for key, _ in self._selector.select(max(0, due - time.monotonic())):
                try:
                    key.data(key.fileobj)
                except OSError:
                    pass  # the link of this socket is cut

    def _send(self):
        for pop, here in self._sources.items():
            for metro, address in self._users.items():
                try:
                    here.sendto(f"{pop} {metro} {self._tick}".encode(), (address, PORT))
                except OSError:
                    pass  # lost, as its number will tell
        with self._lock:
            self._tick += 1

    @staticmethod
    def _answer(here, name):
        while True:
            data, source = here.recvfrom(128)
            here.sendto(data + b" " + name.encode(), source)

    def _take(self, here):
        while True:
            pop, metro, number, site = here.recv(128).decode().split()
            with self._lock:
                flow = self._flows[pop, metro]
                if int(number) > flow.answered:
                    flow.most_lost = max(flow.most_lost, int(number) - flow.answered - 1)
                    flow.answered, flow.site = int(number), site
