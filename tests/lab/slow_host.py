"""A host that answers Echo Requests (RFC 792) as late as a file says, in milliseconds; with an
empty file the host does not answer. Takes the place of the kernel's own answers, so that a lab
needs no netem.

Usage: slow_host.py FILE"""

import select
import socket
import struct
import sys
import time

_REPLY, _REQUEST = 0, 8


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def reply_to(packet):
    """The Echo Reply to an IPv4 packet; None if the packet is no Echo Request of an even length."""
    message = packet[(packet[0] & 15) * 4:]
    if len(message) < 8 or len(message) % 2 or message[0] != _REQUEST:
        return None
    reply = bytes([_REPLY, 0, 0, 0]) + message[4:]
    return reply[:2] + struct.pack("!H", checksum(reply)) + reply[4:]


def delay(path):
    with open(path, encoding="utf-8") as file:
        text = file.read().strip()
    return float(text) / 1000 if text else None


def main(path):
    with open("/proc/sys/net/ipv4/icmp_echo_ignore_all", "w", encoding="utf-8") as kernel:
        kernel.write("1")
    icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    waiting = []  # (time, address, reply), in order where the delay does not change
    while True:
        due = min((entry[0] for entry in waiting), default=None)
        timeout = None if due is None else max(due - time.monotonic(), 0)
        if select.select([icmp], [], [], timeout)[0]:
            packet, (address, _) = icmp.recvfrom(2048)
            reply, late = reply_to(packet), delay(path)
            if reply and late is not None:
                waiting.append((time.monotonic() + late, address, reply))
        now = time.monotonic()
        for entry in [entry for entry in waiting if entry[0] <= now]:
            waiting.remove(entry)
            icmp.sendto(entry[2], (entry[1], 0))


if __name__ == "__main__":
    main(sys.argv[1])
