"""TCP doors from the machine into a namespace, so that a browser reaches a PoP's metrics.

Nothing of the machine's network is changed: a thread listens on 127.0.0.1 here and connects there,
for a socket belongs to the namespace its thread was in when it was made."""

import ctypes
import os
import socket
import threading

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace(name):
    """Takes the calling thread into a network namespace. The thread does not find its way back."""
    handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if _libc.setns(handle, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(handle)


class Forward:
    def __init__(self, namespace, target, port=0):
        """`target` is (address, port) inside; `port` is tried first outside, then any free one."""
        self._namespace = namespace
        self._target = target
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError:
            self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(16)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                outside, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(outside,), daemon=True).start()

    def _serve(self, outside):
        with outside:
            try:
                inside = self._connect()
            except OSError:
                return
            with inside:
                back = threading.Thread(target=_copy, args=(inside, outside), daemon=True)
                back.start()
                _copy(outside, inside)
                back.join()

    def _connect(self):
        enter_namespace(self._namespace)  # this thread lives for one connection
        return socket.create_connection(self._target, timeout=5)


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
