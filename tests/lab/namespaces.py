"""Namespaces, and the Lab that owns them.

Names carry the pid of the lab, so several labs run side by side and a lab can sweep away what one
that was killed left behind. Addresses live inside namespaces and therefore repeat from lab to lab.
"""

import atexit
import os
import re
import shutil
import signal
import sys
import tempfile
import time

from lab.process import Process, run, tail, wait_until

_SYSCTLS = {
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/tcp_tw_reuse": "1",
    # A storm of connects must find room (listen backlogs are capped by it).
    "net/core/somaxconn": "16384",
    "net/ipv4/tcp_max_syn_backlog": "16384",
}


class NoNamespaces(Exception):
    """This user or this machine may not make network namespaces."""


class Node:
    """One namespace with its run directory and the processes started in it."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.namespace = f"{lab.prefix}-{name}"
        self.dir = os.path.join(lab.dir, name)
        os.mkdir(self.dir, 0o755)
        self.processes = []
        self._interfaces = 0
        run(["ip", "netns", "add", self.namespace])
        run(["ip", "-n", self.namespace, "link", "set", "lo", "up"])
        self.sysctl(_SYSCTLS)

    def enter(self, argv):
        # nsenter rather than `ip netns exec`: it mounts nothing and the pid is the program's own.
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--", *argv]

    def run(self, argv, timeout=30, check=True):
        return run(self.enter(argv), timeout, check)

    def start(self, argv, log="output.log", env=None):
        process = Process(self.enter(argv), os.path.join(self.dir, log), env=env, cwd=self.dir)
        self.processes.append(process)
        return process

    def lab_file(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def sysctl(self, values):
        script = "".join(f"[ -w /proc/sys/{key} ] && echo '{value}' > /proc/sys/{key};"
                         for key, value in values.items())
        self.run(["sh", "-c", script + "true"])

    def attach(self, lan, *addresses, link_local=True):
        """A leg into `lan` with these addresses ("10.0.0.1/24"). Returns the interface's name."""
        interface = f"eth{self._interfaces}"
        self._interfaces += 1
        lan.connect(self, interface, link_local)
        for address in addresses:
            self.add_address(interface, address)
        return interface

    def add_address(self, interface, address):
        nodad = ["nodad"] if ":" in address else []
        run(["ip", "-n", self.namespace, "address", "add", address, "dev", interface, *nodad])

    def connections(self, port=179, state="established"):
        """Addresses of the TCP connections from or to that port, "10.0.0.1:179 10.0.0.2:40312"."""
        output = self.run(["ss", "-Htn", "state", state, f"( sport = :{port} or dport = :{port} )"])
        return [" ".join(line.split()[-2:]) for line in output.splitlines() if line.strip()]

    def pids(self):
        output = run(["ip", "netns", "pids", self.namespace], check=False)
        return [int(word) for word in output.split() if word.isdigit()]

    def close(self):
        for process in reversed(self.processes):
            process.stop(timeout=5)
        # What forked away from its parent is ours too: nobody else lives in this namespace.
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + 3
            while (left := self.pids()) and time.monotonic() < end:
                for pid in left:
                    try:
                        os.kill(pid, number)
                    except ProcessLookupError:
                        pass
                time.sleep(0.05)
            if not left:
                break
        run(["ip", "netns", "delete", self.namespace], check=False)


class Lan:
    """An Ethernet segment: a bridge in the switch namespace of the lab."""

    def __init__(self, lab, number):
        self._switch = lab.switch
        self._bridge = f"br{number}"
        self._ports = 0
        ip = ["ip", "-n", self._switch.namespace]
        run([*ip, "link", "add", self._bridge, "type", "bridge", "forward_delay", "0"])
        run([*ip, "link", "set", self._bridge, "up"])

    def connect(self, node, interface, link_local=True):
        port = f"{self._bridge}p{self._ports}"
        self._ports += 1
        ip = ["ip", "-n", self._switch.namespace]
        run([*ip, "link", "add", port, "type", "veth", "peer", "name", interface,
             "netns", node.namespace])
        run([*ip, "link", "set", port, "master", self._bridge, "up"])
        if not link_local:
            run(["ip", "-n", node.namespace, "link", "set", interface, "addrgenmode", "none"])
        run(["ip", "-n", node.namespace, "link", "set", interface, "up"])

    def unplug(self, number, out=True):
        """Takes the carrier from the node that was attached as this number, or gives it back."""
        run(["ip", "-n", self._switch.namespace, "link", "set", f"{self._bridge}p{number}",
             "down" if out else "up"])

    def split(self, apart=True):
        """Lets nothing pass between the nodes, who notice no more than that; or everything again."""
        for number in range(self._ports):
            run(["ip", "-n", self._switch.namespace, "link", "set", f"{self._bridge}p{number}",
                 "type", "bridge_slave", "isolated", "on" if apart else "off"])


class Lab:
    """Owner of nodes and LANs. Use as a context manager: everything is gone afterwards, also after
    Ctrl-C or SIGTERM. A failed lab keeps its logs and says where they are."""

    def __init__(self, name, keep_logs=False):
        self.name = name
        self.prefix = f"tern{os.getpid()}"
        self.nodes = []
        self.daemons = []
        self.switch = None
        self.dir = None
        self._keep_logs = keep_logs
        self._lans = 0
        self._closed = True

    def __enter__(self):
        require_namespaces()
        sweep()
        # Short: paths of unix sockets have 108 octets at most.
        self.dir = tempfile.mkdtemp(prefix=f"{self.prefix}-", dir="/tmp")
        os.chmod(self.dir, 0o755)  # daemons that give up root read their files here
        self._closed = False
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        self.switch = self.node("lan")
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit))
        self.close(keep_logs=failed)

    def node(self, name):
        node = Node(self, name)
        self.nodes.append(node)
        return node

    def lan(self):
        self._lans += 1
        return Lan(self, self._lans - 1)

    def wait(self, predicate, timeout, what):
        return wait_until(predicate, timeout, what, self.describe)

    def describe(self):
        """States of all sessions and the ends of all logs, for a message of failure."""
        return "\n".join(daemon.describe() for daemon in self.daemons)

    def close(self, keep_logs=False):
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        # A second Ctrl-C must not interrupt the clearing up.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for node in reversed(self.nodes):
                node.close()
        finally:
            signal.signal(signal.SIGINT, previous)
        if keep_logs or self._keep_logs:
            kept = f"/tmp/tern-lab-{self.name}-{os.getpid()}"  # a name that sweep() leaves alone
            shutil.move(self.dir, kept)
            print(f"logs and configurations are in {kept}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def _leave(number, _frame):
    sys.exit(128 + number)


def require_namespaces():
    """NoNamespaces, in words a user can act on, where a lab cannot be built."""
    for tool in ("ip", "nsenter"):
        if shutil.which(tool) is None:
            raise NoNamespaces(f"'{tool}' is not installed: apt-get install iproute2 util-linux")
    if os.geteuid() != 0:
        raise NoNamespaces("network namespaces need root: run this as root")
    probe = f"tern{os.getpid()}-probe"
    try:
        run(["ip", "netns", "add", probe])
    except RuntimeError as error:
        raise NoNamespaces(f"this machine does not let root make network namespaces: {error}") \
            from error
    run(["ip", "netns", "delete", probe], check=False)


def sweep():
    """Removes namespaces and directories of labs that were killed before they could do it."""
    ours = re.compile(r"^tern(\d+)-")
    for where in ("/run/netns", "/tmp"):
        for name in os.listdir(where) if os.path.isdir(where) else []:
            match = ours.match(name)
            if not match or os.path.exists(f"/proc/{match[1]}"):
                continue
            if where == "/tmp":
                shutil.rmtree(os.path.join(where, name), ignore_errors=True)
                continue
            for pid in run(["ip", "netns", "pids", name], check=False).split():
                if pid.isdigit():
                    try:
                        os.kill(int(pid), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            run(["ip", "netns", "delete", name], check=False)


__all__ = ["Lab", "Lan", "NoNamespaces", "Node", "require_namespaces", "sweep", "tail"]
