"""What Docker does for a container's network: an address of its own, and ports of the host that lead there."""

import ctypes
import os
import select
import socket
import subprocess
import threading

from harness.waiting import wait_until

HOST, CONTAINER = "172.29.0.1", "172.29.0.2"
_CLONE_NEWNET = 0x40000000


def leave_the_hosts_network():
    """From here on this process, and what it starts, has a network of its own: every port of it is free."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network of one's own: " + os.strerror(ctypes.get_errno()))
    _ip("link", "set", "lo", "up")


def connect_container(pid):
    """Joins the network of process `pid` to this one, in place of one that has ended."""
    wait_until(
        "the network of the container before is gone", lambda: "veth0" not in dict(socket.if_nameindex()).values()
    )
    _ip("link", "add", "veth0", "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    _ip("address", "add", f"{HOST}/24", "dev", "veth0")
    _ip("link", "set", "veth0", "up")
    inside = ["nsenter", "--net", "--target", str(pid), "ip"]
    for words in (
        ["link", "set", "lo", "up"],
        ["address", "add", f"{CONTAINER}/24", "dev", "eth0"],
        ["link", "set", "eth0", "up"],
    ):
        subprocess.run(inside + words, check=True, timeout=30)


def _ip(*words):
    subprocess.run(["ip", *words], check=True, timeout=30)


class PublishedPort:
    """compose.yaml's "ADDRESS:HOST_PORT:CONTAINER_PORT", as docker-proxy does it. Threads end with the process."""

    def __init__(self, text):
        address, port, self._inner = text.rsplit(":", 2)
        self._listener = socket.create_server((address, int(port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            outer, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(outer,), daemon=True).start()

    def _serve(self, outer):
        with outer:
            try:
                inner = socket.create_connection((CONTAINER, int(self._inner)), timeout=20)
            except OSError:
                return  # refused: Docker's proxy closes as well
            with inner:
                inner.settimeout(None)
                self._forward(outer, inner)

    @staticmethod
    def _forward(outer, inner):
        other = {outer: inner, inner: outer}
        while True:
            for ready in select.select([outer, inner], [], [])[0]:
                try:
                    data = ready.recv(1 << 16)
                    if not data:
                        return
                    other[ready].sendall(data)
                except OSError:
                    return
