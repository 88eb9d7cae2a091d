"""What every driver has in common: how a speaker is described, and what its tables look like.

A Speaker description is neutral; a driver turns it into its daemon's configuration. Whatever a
daemon prints becomes Route values, so that the tables of two different daemons compare with ==.
"""

import os
import re
import signal
import time
from dataclasses import dataclass, field

from lab.process import tail


@dataclass
class Session:
    """One neighbour as the speaker sees it."""
    neighbour: str                # its address
    asn: int                      # its AS number
    local: str                    # our address
    passive: bool = False
    families: tuple = ("ipv4",)   # of "ipv4", "ipv6", "ipv4 multicast", "ipv6 multicast"
    hold_time: int = 90           # seconds
    md5: str = ""
    ttl_security: bool = False    # RFC 5082, neighbour on the link
    port: int = 179               # of the neighbour
    options: dict = field(default_factory=dict)  # keys of the driver's own

    @property
    def over_ipv6(self):
        return ":" in self.neighbour


@dataclass(frozen=True)
class Route:
    """As received from a neighbour; or, given to a driver, as to be announced: then as_path is what
    stands behind the speaker's own AS, and an empty next_hop is the speaker's own address."""
    prefix: str
    as_path: str = ""             # "65001 64999 3333"
    next_hop: str = ""
    med: int = None
    local_pref: int = None
    origin: str = "igp"           # igp, egp, incomplete
    communities: frozenset = frozenset()   # "65001:100"
    large: frozenset = frozenset()         # "65001:1:2"
    ext: frozenset = frozenset()           # "rt:65001:100", "ro:65001:100"; others "0x" and 16 digits

    @property
    def ipv6(self):
        return ":" in self.prefix

    def difference(self, other, but=()):
        """Names of the fields in which two routes differ, with both values; for messages."""
        return [f"{name}: {getattr(self, name)!r} != {getattr(other, name)!r}"
                for name in self.__dataclass_fields__
                if name not in but and getattr(self, name) != getattr(other, name)]


def well_known(community):
    """Numbers of RFC 1997's names, because every daemon has its own spelling."""
    names = {"graceful-shutdown": "65535:0", "blackhole": "65535:666", "no-export": "65535:65281",
             "no-advertise": "65535:65282", "no-export-subconfed": "65535:65283",
             "local-as": "65535:65283", "no-peer": "65535:65284"}
    return names.get(community.lower().replace("_", "-"), community)


def extended(value):
    """Eight octets as a number -> "rt:65001:100" where RFC 4360 or 5668 has that form."""
    kind, subtype, rest = value >> 56, value >> 48 & 0xFF, value & (1 << 48) - 1
    name = {2: "rt", 3: "ro"}.get(subtype)
    if name and kind == 0:
        return f"{name}:{rest >> 32}:{rest & 0xFFFFFFFF}"
    if name and kind == 2:
        return f"{name}:{rest >> 16}:{rest & 0xFFFF}"
    if name and kind == 1:
        address = ".".join(str(rest >> shift & 0xFF) for shift in (40, 32, 24, 16))
        return f"{name}:{address}:{rest & 0xFFFF}"
    return f"0x{value:016x}"


def extended_text(text):
    """"RT:65001:100", "(rt, 65001, 100)", "target:65001:100" -> "rt:65001:100"."""
    words = re.split(r"[\s,:]+", text.strip("() "))
    name = {"target": "rt", "origin": "ro", "soo": "ro"}.get(words[0].lower(), words[0].lower())
    if name == "generic":
        return f"0x{int(words[1], 16):08x}{int(words[2], 16):08x}"
    return ":".join([name, *words[1:]])


class Daemon:
    """A daemon on a node. Subclasses say how it is configured, started and asked.

    `state` gives RFC 4271's name of a session's state, `routes` what a neighbour announced and the
    daemon accepted, per prefix."""

    kind = "daemon"

    def __init__(self, node, asn, router_id, sessions, routes=()):
        self.node = node
        self.asn = asn
        self.router_id = router_id
        self.sessions = list(sessions)
        self.announced = {route.prefix: route for route in routes}
        self.multicast = []  # routes to announce with SAFI 2, where the driver can
        self.process = None
        self.log = os.path.join(node.dir, f"{self.kind}.log")
        node.lab.daemons.append(self)

    # What a subclass provides.
    def configuration(self):
        raise NotImplementedError

    def launch(self):
        """Starts the program; returns its Process."""
        raise NotImplementedError

    def reconfigure(self):
        """Makes the running daemon take the present description."""
        raise NotImplementedError

    def state(self, neighbour):
        raise NotImplementedError

    def routes(self, neighbour, family="ipv4"):
        """{prefix: [Route]} as accepted from `neighbour`."""
        raise NotImplementedError

    def refresh(self, neighbour):
        """Asks the neighbour for its routes again (RFC 2918)."""
        raise NotImplementedError

    def reset(self, neighbour):
        """Ends the session; the daemon opens it anew."""
        raise NotImplementedError

    # What all have.
    def session(self, neighbour):
        return next(s for s in self.sessions if s.neighbour == neighbour)

    def path(self, name):
        return os.path.join(self.node.dir, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def start(self):
        self.process = self.launch()
        return self

    def alive(self):
        return self.process is not None and self.process.alive()

    def stop(self):
        """Ends it in its orderly way. Returns the exit status."""
        return self.process.stop() if self.process else None

    def kill(self):
        """Ends it without a word to its neighbours."""
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def restart(self):
        self.stop()
        return self.start()

    def pids(self):
        """Of the daemon with all processes that it forked."""
        return self.node.pids()

    def pause(self):
        """Hangs it: the kernel keeps its sockets and nobody reads or writes them."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def established(self, neighbour):
        return self.state(neighbour) == "Established"

    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
        self.reconfigure()

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            del self.announced[prefix]
        self.reconfigure()

    def prefixes(self, ipv6):
        return [route for route in self.announced.values() if route.ipv6 == ipv6]

    def describe(self):
        lines = [f"  {self.kind} in {self.node.name} (AS {self.asn}), "
                 f"{'running' if self.alive() else 'NOT running'}"]
        for session in self.sessions:
            try:
                lines.append(f"    {session.neighbour}: {self.state(session.neighbour)}")
            except Exception as error:  # one that does not answer is still to be described
                lines.append(f"    {session.neighbour}: {type(error).__name__}: {error}")
        for name in sorted({self.log, self.path("output.log")}):
            if os.path.exists(name) and os.path.getsize(name):
                lines.append(f"   end of {os.path.basename(name)}:\n{tail(name)}")
        return "\n".join(lines)


def settle(seconds):
    """For what can only be shown by its absence: nothing must happen for this long."""
    time.sleep(seconds)
