#!/usr/bin/env python3
"""A thousand neighbours connect at once, as after a restart of a route server: every session comes
up without help, and stays up while ten of them send what they have.

Members are taken out of the configuration and put back, listed and by a dynamic range, renumbered and
changed, with reloads as fast as they are answered, while these members connect, announce and leave:
the daemon lives, and in the end the neighbors are those of the last file."""

import os
import random
import selectors
import socket
import struct
import sys
import time

from bench import TERN, check, main

from lab.crowd import address, gather
from lab.namespaces import Lab
from lab.speaker import Session
from lab.tern import Tern

_COUNT = 1000
_ROUTER = "10.0.0.9"
_TERN_AS = 65000
_FIRST_AS = 100_001  # of four octets
_HOLD = 90
_MARKER = b"\xff" * 16
_MEMBERS = 24
_STORM_SECONDS = 20


def _message(kind, body=b""):
    return _MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def _open(number):
    four_octet = struct.pack("!BBI", 65, 4, _FIRST_AS + number)
    ipv4 = struct.pack("!BBHBB", 1, 4, 1, 0, 1)
    capabilities = four_octet + ipv4
    parameters = struct.pack("!BB", 2, len(capabilities)) + capabilities
    identifier = socket.inet_aton(address(number))
    return _message(1, struct.pack("!BHH4sB", 4, 23456, _HOLD, identifier, len(parameters))
                    + parameters)


def _update(number):
    """One prefix of its own, 100.x.y.0/24."""
    path = struct.pack("!BBI", 2, 1, _FIRST_AS + number)
    attributes = (bytes([0x40, 1, 1, 0]) + bytes([0x40, 2, len(path)]) + path
                  + bytes([0x40, 3, 4]) + socket.inet_aton(address(number)))
    prefix = bytes([24, 100, number // 250, number % 250])
    return _message(2, struct.pack("!HH", 0, len(attributes)) + attributes + prefix)


class _Client:
    def __init__(self, number):
        self.number = number
        self.received = b""
        self.established = False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((address(number), 0))
        self.socket.connect_ex((TERN, 179))
        self.greeted = False

    def writable(self):
        self.greeted = True
        self.socket.sendall(_open(self.number))

    def readable(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"{address(self.number)}: closed by ternd")
        self.received += data
        while len(self.received) >= 19:
            length, kind = struct.unpack("!HB", self.received[16:19])
            if len(self.received) < length:
                return
            body, self.received = self.received[19:length], self.received[length:]
            if kind == 1:
                self.socket.sendall(_message(4))
            elif kind == 4:
                self.established = True
            elif kind == 3:
                raise ConnectionError(f"{address(self.number)}: NOTIFICATION {body[:2].hex()}")


def storm():
    """Runs in the neighbours' namespace: all connect at once, say when all are up, send a route
    each, and keep the sessions until standard input closes."""
    selector = selectors.DefaultSelector()
    clients = [_Client(number) for number in range(_COUNT)]
    begin = time.monotonic()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
    announced = False
    while True:
        for key, events in selector.select(1):
            client = key.data
            if events & selectors.EVENT_WRITE and not client.greeted:
                client.writable()
                selector.modify(client.socket, selectors.EVENT_READ, client)
            if events & selectors.EVENT_READ:
                client.readable()
        up = sum(client.established for client in clients)
        if up == _COUNT and not announced:
            announced = True
            print(f"all {_COUNT} up after {time.monotonic() - begin:.2f} s", flush=True)
            for client in clients[:10]:
                client.socket.sendall(_update(client.number))
        elif not announced and time.monotonic() - begin > 60:
            sys.exit(f"only {up} of {_COUNT} up after a minute")


def thousand():
    with Lab("storm") as lab:
        lan = lab.lan()
        tern_node, client_node = lab.node("tern"), lab.node("clients")
        tern_node.attach(lan, f"{TERN}/24")
        client_node.attach(lan, f"{_ROUTER}/24")
        gather(client_node, _COUNT, tern_node, _ROUTER)
        sessions = [Session(address(number), _FIRST_AS + number, TERN, passive=True, hold_time=_HOLD)
                    for number in range(_COUNT)]
        tern = Tern(tern_node, _TERN_AS, TERN, sessions, {"log": {"level": "info"}}).start()
        lab.wait(lambda: tern.try_ask("status")[0] == 0, 30, "ternd answers, and so listens")
        clients = client_node.start([sys.executable, __file__, "--storm"], log="storm.log")

        def established():
            return [n for n in tern.ask_json("show", "neighbors") if n["state"] == "Established"]

        lab.wait(lambda: len(established()) == _COUNT or not clients.alive(), 90,
                 f"{_COUNT} sessions are Established")
        up = established()
        check(len(up) == _COUNT, f"{_COUNT} of {_COUNT} sessions came up")
        check(all(int(n["flaps"]) == 0 for n in up), "none needed a second attempt")

        def advertised():
            return sum(int(family["advertised"])
                       for n in tern.ask_json("show", "neighbors") for family in n["families"])

        lab.wait(lambda: advertised() == 10 * (_COUNT - 1), 30,
                 "ten routes reach everyone but who sent them")
        check(len(established()) == _COUNT, "all sessions stay up")
        with open(client_node.dir + "/storm.log", encoding="utf-8") as log:
            print("  " + log.read().strip())


class _Member:
    """Connects again and again, announces its prefix when it is up, and leaves after a moment; from
    `calm` on it stays."""

    def __init__(self, number, selector):
        self.number = number
        self.selector = selector
        self.socket = None
        self.next = 0.0
        self.received = b""
        self.established = False

    def turn(self, now, calm):
        if self.socket is None and now >= self.next:
            self._connect(now)
        elif self.socket is not None and not calm and now >= self.next:
            self._leave(now)

    def _connect(self, now):
        self.received, self.established = b"", False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((address(self.number), 0))
        self.socket.connect_ex((TERN, 179))
        self.selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)
        self.next = now + random.uniform(0, 1)

    def _leave(self, now):
        self.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None
        self.next = now + random.uniform(0, 0.2)

    def event(self, events, now):
        try:
            if events & selectors.EVENT_WRITE:
                self.socket.sendall(_open(self.number) + _message(4))
                self.selector.modify(self.socket, selectors.EVENT_READ, self)
            if events & selectors.EVENT_READ:
                self._hear()
        except OSError:  # closed, refused or not answered
            self._leave(now)

    def _hear(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError
        self.received += data
        while len(self.received) >= 19:
            length, kind = struct.unpack("!HB", self.received[16:19])
            if len(self.received) < length:
                return
            self.received = self.received[length:]
            if kind == 4 and not self.established:
                self.established = True
                self.socket.sendall(_update(self.number))
            elif kind == 4:
                self.socket.sendall(_message(4))


def members(calm):
    """Runs in the members' namespace until it is ended; they become calm when the file exists."""
    selector = selectors.DefaultSelector()
    everybody = [_Member(number, selector) for number in range(_MEMBERS)]
    while True:
        now = time.monotonic()
        stay = os.path.exists(calm)
        for member in everybody:
            member.turn(now, stay)
        for key, events in selector.select(0.02):
            key.data.event(events, now)


def _some_of(sessions):
    """A configuration of some members: which are listed, by what names, and whether the rest may come
    from a range."""
    listed = random.sample(sessions, random.randrange(len(sessions) + 1))
    for session in listed:
        session.options["connect_retry"] = random.choice([5, 7])
    for number, session in enumerate(random.sample(listed, min(3, len(listed)))):
        session.options["name"] = f"wanderer-{number}"
    ranges = [{"prefix": "10.1.0.0/24", "group": "neighbours"}] if random.random() < 0.5 else []
    return listed, ranges


def reload():
    seed = random.randrange(1 << 32)
    random.seed(seed)
    print(f"  seed {seed}")
    with Lab("storm-reload") as lab:
        lan = lab.lan()
        tern_node, member_node = lab.node("tern"), lab.node("members")
        tern_node.attach(lan, f"{TERN}/24")
        member_node.attach(lan, f"{_ROUTER}/24")
        gather(member_node, _MEMBERS, tern_node, _ROUTER)

        def sessions():
            return [Session(address(number), _FIRST_AS + number, TERN, passive=True, hold_time=_HOLD)
                    for number in range(_MEMBERS)]

        router = {"asn": _TERN_AS, "id": TERN, "listen": [f"{TERN}:179"]}
        # Undamped: members that leave all the time may come back at once.
        group = {"import": ["pass"], "export": ["pass"], "idle_hold": 1, "damp_oscillations": False}
        tern = Tern(tern_node, _TERN_AS, TERN, sessions(),
                    {"log": {"level": "info"}, "router": router,
                     "groups": {"neighbours": group}}).start()
        lab.wait(lambda: tern.try_ask("status")[0] == 0, 30, "ternd answers, and so listens")
        calm = member_node.dir + "/calm"
        member_node.start([sys.executable, __file__, "--members", calm], log="members.log")
        reloads = 0
        end = time.monotonic() + _STORM_SECONDS
        while time.monotonic() < end and tern.alive():
            tern.sessions, tern.extra["dynamic_peers"] = _some_of(sessions())
            tern.reconfigure("--yes")  # most members may go
            reloads += 1
        check(tern.alive(), f"the daemon lives after {reloads} reloads")

        tern.sessions, tern.extra["dynamic_peers"] = sessions(), []
        tern.reconfigure()
        member_node.lab_file("calm", "")

        def all_up():
            neighbors = tern.ask_json("show", "neighbors")
            return (len(neighbors) == _MEMBERS and
                    all(n["state"] == "Established" and
                        sum(int(f["advertised"]) for f in n["families"]) == _MEMBERS - 1
                        for n in neighbors))

        lab.wait(all_up, 60, "every member is up and hears of every other")
        check(tern.stop() == 0, "the daemon ends in order")


if __name__ == "__main__":
    if sys.argv[1:] == ["--storm"]:
        storm()
    if sys.argv[1:2] == ["--members"]:
        members(sys.argv[2])
    main({"thousand": thousand, "reload": reload})
