"""Clients that begin something and do not go on: each connection of theirs ends by itself, soon, in REST and in a sink, by
HTTP and by HTTPS, and costs nobody who waits for something the answer."""

import contextlib
import socket
import ssl
from pathlib import Path

import pytest
import requests
from harness.footage import pattern
from harness.waiting import wait_until
from test_https import certify, secure_worker

HEAD = b"GET /connectors HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = BODY + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n"
SMALL_BUFFER = 4096
ESTABLISHED = "01"


def client_hello():
    """What a client sends first: the beginning of TLS's handshake."""
    context = ssl.create_default_context()
    outgoing = ssl.MemoryBIO()
    begun = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        begun.do_handshake()
    return outgoing.read()


class Slow:
    """A connection that sends `first`, then each of the bytes `drip` one by one for as long as it is asked whether it has
    ended, and reads what it is told to."""

    def __init__(self, port, first=b"", drip=b"", tls=False, reads=True):
        raw = socket.socket()
        if not reads:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        raw.connect(("127.0.0.1", port))
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            raw.settimeout(60)
            raw = context.wrap_socket(raw)
        self._socket, self._drip, self._reads = raw, drip, reads
        self._ports = port, raw.getsockname()[1]
        self._socket.sendall(first)
        self._socket.setblocking(False)

    def has_ended(self):
        if not self._reads:
            return not self._is_held()
        try:
            if self._drip:
                self._socket.send(self._drip[:1])
                self._drip = self._drip[1:] + self._drip[:1]
            while self._socket.recv(65536):
                pass
            return True
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:
            return True

    def _is_held(self):
        """Whether the worker still has its end. With a full window not even a reset is taken at this one."""
        ends = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        wanted = [f"0100007F:{port:04X}" for port in self._ports] + [ESTABLISHED]
        return wanted in ends

    def close(self):
        self._socket.close()


@pytest.fixture(params=["http", "https"])
def listening(request, new_worker, new_sink, video_source, tmp_path):
    """A worker that answers so, and the ports at which it does."""
    certificate = certify(tmp_path)
    worker = secure_worker(new_worker, certificate) if request.param == "https" else new_worker()
    worker.start()
    worker.rest.run("video", video_source(pattern(60), "door"))
    sink = new_sink("door")
    worker.rest.run("screen", sink.config)
    worker.answers = lambda: all(
        requests.get(url, verify=certificate[0], timeout=60).ok
        for url in (worker.rest.url, f"{request.param}://127.0.0.1:{sink.port}/status")
    )
    return worker, {"rest": worker.port, "sink": sink.port}, request.param == "https"


@contextlib.contextmanager
def ending(slow):
    """Ends only what would never come by itself."""
    try:
        yield slow
    finally:
        for each in slow.values():
            each.close()


def test_who_begins_and_does_not_go_on_is_hung_up_on(listening):
    worker, ports, tls = listening
    hello = client_hello()
    # What TLS's own handshake is made of, or what would be: sent as it is.
    raw = {
        "says nothing": (b"", b""),
        "half a hello": (hello[: len(hello) // 2], b""),
        "a whole hello": (hello, b""),
        "a hello byte by byte, or empty lines": (hello[:1], hello[1:60]) if tls else (b"\r\n", b"\r\n"),
    }
    # What comes by the connection, once there is one.
    sent = {"a handshake and nothing more": (b"", b""), "a head that never ends": (HEAD + b"X: ", b"x")}
    with_bodies = {
        "a body that never ends": (BODY + b"Content-Length: 1000000\r\n\r\n", b"x"),
        "chunks": (CHUNKED, b"x"),
    }
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(ending({}))
        for place, port in ports.items():
            for what, (first, drip) in raw.items():
                slow[place, what] = Slow(port, first, drip)
            for what, (first, drip) in (sent | with_bodies).items():
                slow[place, what] = Slow(port, first, drip, tls)
        assert worker.answers()
        for (place, what), each in slow.items():
            wait_until(f"{place} hangs up on {what}", each.has_ended)
    assert worker.answers()


def test_who_never_takes_his_answer_is_hung_up_on(listening):
    worker, ports, tls = listening
    wants = {"rest": b"GET /openapi.yaml", "sink": b"GET /?from=earliest&pace=unpaced"}
    with ending({}) as slow:
        for place, port in ports.items():
            ask = wants[place] + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
            slow[place] = Slow(port, ask * 100 if place == "rest" else ask, tls=tls, reads=False)
        assert worker.answers()
        for place, each in slow.items():
            wait_until(f"{place} hangs up on who takes nothing", each.has_ended)
    assert worker.answers()
