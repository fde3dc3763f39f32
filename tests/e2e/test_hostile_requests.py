"""20,000 requests that no honest client sends, to a sink: each is answered or hung up on, and the worker is afterwards what
it was before. (test_api_fuzz.py does the same to the REST API.)"""

import random
import re
import socket
import threading
from pathlib import Path

from harness import footage
from harness.mjpeg import Stream
from harness.waiting import PATIENCE_SECONDS
from harness.worker import ROOT

REQUESTS = 20_000
WARMING_UP = 4_000
CLIENTS = 4
MOST_GROWTH_MB = 24

CORPUS = [path.read_bytes() for path in sorted((ROOT / "tests" / "fuzz" / "corpus" / "http_request").iterdir())]
PATHS = "/ /status /snapshot /frames/0 /frames/1 /watch /video /clip /mux /thumbnail /live".split()
QUERIES = [
    "from=earliest&speed=1e308",
    "from=-9223372036854775808",
    "width=999999999",
    "width=-1&fps=0",
    "fps=nan&pace=unpaced",
    "start=0&end=99999999999999999999",
    "format=%00",
    "from=%ff%fe",
    "at=2999-01-01T00:00:00Z",
    "n=" + "9" * 400,
    "&".join(f"a{number}={number}" for number in range(300)),
    "connector=../../etc/passwd",
    "expand=status&expand=info&expand=" + "x" * 2000,
]
BODIES = [
    b"",
    b"{}",
    b"[" * 5000,
    b'{"name":null,"config":null}',
    b'{"name":"a/../b","config":{"connector.class":"\\u0000"}}',
    b'{"name":"' + b"n" * 9000 + b'","config":{"connector.class":"VideoFileSource"}}',
    b'{"connector.class":"MjpegHttpSink","topics.regex":"(a+)+$","http.port":"99999999999999999999"}',
    b'{"connector.class":"VideoFileSource","file":"/dev/zero","topic":".."}',
    b"\xff\xfe\x00",
    b'{"offsets":[{"partition":{},"offset":{"offset":1e999}}]}',
]
HEADERS = [
    b"Host: evil.example",
    b"Origin: https://evil.example",
    b"Content-Type: text/plain",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: -1",
    b"Transfer-Encoding: chunked, identity",
    b"Range: bytes=0-0,1-1,2-2,-9999999999",
    b"Last-Event-ID: " + b"9" * 100,
    b"Authorization: Basic " + b"A" * 3000,
    b"Expect: 200-ok",
    b"X: " + b"y" * 20000,
    b"If-Match: " + b'"' * 500,
    b"\x00: \x00",
]


def hostile(chance):
    """The bytes of a request."""
    if chance.random() < 0.3:
        bytes_ = bytearray(chance.choice(CORPUS))
        for _ in range(chance.randrange(1, 6)):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        return bytes(bytes_)
    method = chance.choice(
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "B\x01"]
    )
    path = chance.choice(PATHS)
    if chance.random() < 0.2:
        path += chance.choice(["/..", "/%2e%2e/%2e%2e/etc/passwd", "%00", "//", "/" + "x" * 3000, "/%zz", "\\"])
    if chance.random() < 0.6:
        path += "?" + chance.choice(QUERIES)
    headers = [b"Host: localhost"] + chance.sample(HEADERS, chance.randrange(0, 3))
    body = chance.choice(BODIES) if chance.random() < 0.5 else b""
    if body:
        headers.append(b"Content-Type: application/json")
        headers.append(b"Content-Length: " + str(len(body) + chance.choice([0, 0, 0, -1])).encode())
    head = f"{method} {path} HTTP/1.{chance.choice('1101')}\r\n".encode("latin-1")
    request = head + b"\r\n".join(headers) + b"\r\n\r\n" + body
    return request[: chance.randrange(1, len(request))] if chance.random() < 0.1 else request


def send(port, request, chance):
    """True when the server answered, or hung up."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        try:
            connection.sendall(request)
            if chance.random() < 0.3:
                return True  # gone before the answer
            # What is half a request never gets one: this says that no more comes.
            connection.shutdown(socket.SHUT_WR)
            connection.recv(64)  # a stream never ends
        except OSError as error:
            return not isinstance(error, TimeoutError)
        return True


def resident_mb(worker):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{worker.pid}/status").read_text()).group(1)) / 1024


def assault(port, count, seed):
    """How many were left without an answer."""
    left = []

    def attack(number):
        chance = random.Random(f"{seed}-{number}")
        for _ in range(count // CLIENTS):
            request = hostile(chance)
            if not send(port, request, chance):
                left.append(request)

    clients = [threading.Thread(target=attack, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return left


def test_20000_hostile_requests_cost_nothing_but_answers(new_worker, new_sink, video_source):
    worker = new_worker().start()
    sink = new_sink("frames")
    worker.rest.run("frames", sink.config)
    video = footage.pattern(300, width=160, height=90)
    worker.rest.run("video", video_source(video, "frames", pace="realtime", loop="true"))
    assert not assault(sink.port, WARMING_UP, "warming up")
    process, before = worker.pid, resident_mb(worker)
    assert not assault(sink.port, REQUESTS, "the assault")
    after = resident_mb(worker)
    print(f"RSS {before:.1f} MB before, {after:.1f} MB after {REQUESTS} hostile requests")
    assert worker.pid == process, "the worker was started again"
    assert after - before < MOST_GROWTH_MB
    for name in ("frames", "video"):
        worker.rest.wait_running(name)
    with Stream(sink.url) as stream:
        assert len(stream.take(10)) == 10, "a viewer sees nothing any more"
