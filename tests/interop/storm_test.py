#!/usr/bin/env python3
"""A thousand neighbours connect at once, as after a restart of a route server: every session comes
up without help, and stays up while ten of them send what they have."""

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


if __name__ == "__main__":
    if sys.argv[1:] == ["--storm"]:
        storm()
    main({"thousand": thousand})
