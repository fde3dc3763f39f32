"""20,000 requests from a fixed seed, most of them wrong in some way, and after each hundred a good one."""

import json
import random
import socket

from harness.waiting import wait_until

SEED = 20261122
REQUESTS = 20_000
PATIENCE_SECONDS = 60

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "G\x00T", "", "PRI"]
SEGMENTS = [
    "connectors",
    "beat",
    "config",
    "status",
    "tasks",
    "0",
    "-1",
    "99999999999999999999",
    "restart",
    "pause",
    "resume",
    "stop",
    "offsets",
    "topics",
    "reset",
    "history",
    "connector-plugins",
    "HeartbeatSource",
    "validate",
    "admin",
    "loggers",
    "root",
    "health",
    "%00",
    "%",
    "%zz",
    "%2F",
    "..",
    ".",
    "",
    "a" * 300,
    "\u00fc",
    "worker",
    "logs",
    "events",
    "metrics",
    "openapi.yaml",
    "ui",
]
REAL_PATHS = [
    "/connectors",
    "/connectors/beat",
    "/connectors/beat/config",
    "/connectors/beat/status",
    "/connectors/beat/tasks/0/restart",
    "/connectors/beat/restart",
    "/connectors/beat/pause",
    "/connectors/beat/stop",
    "/connectors/beat/offsets",
    "/connectors/beat/topics",
    "/connectors/beat/history",
    "/connector-plugins/HeartbeatSource/config/validate",
    "/admin/loggers/herder",
    "/topics/beats",
    "/logs",
    "/metrics/history",
]
QUERIES = [
    "",
    "?expand=status",
    "?expand=info&expand=status",
    "?prune=true&dry_run=true",
    "?validate_only=true",
    "?includeTasks=True",
    "?limit=-1",
    "?limit=99999999999999999999",
    "?=",
    "?&&&",
    "?%",
    "?offsets=true",
    "?after=1&level=LOUD",
    "#x",
]
BODIES = [
    "{}",
    "[]",
    "null",
    "",
    "{",
    '{"name": "x", "config": {}}',
    '{"offsets": []}',
    '{"level": "INFO"}',
    "[" * 5000,
    '{"a": ' * 50,
    '{"name": "\\ud800", "config": {"connector.class": "HeartbeatSource", "topic": "\\u0000"}}',
    "\xff\xfe",
    "1e999",
    '{"offsets": [{"partition": {"a": 1e999}, "offset": {}}]}',
    '{"x": {"connector.class": "HeartbeatSource", "topic": 1}}',
    '{"connector.class": "HeartbeatSource", "topic": "beats", "rate": "1e309"}',
    '{"initial_offsets": 1}',
]
HEADERS = [
    "Accept: */*",
    "Accept: text/html",
    "Accept: ,;,",
    "Content-Type: text/plain",
    "Content-Type: application/merge-patch+json",
    "If-Match: *",
    'If-Match: "',
    "Expect: 100-continue",
    "Expect: tea",
    "Connection: close",
    "Connection: keep-alive, x",
    "X: " + "y" * 20_000,
    "X:\x00",
    " folded",
    "No colon",
    ": no name",
    "Host: a",
    "Content-Length: -1",
    "Content-Length: 0x10",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked",
    "Upgrade: h2c",
]


def chunked(random_, body):
    pieces = b""
    while body:
        size = random_.randint(1, len(body))
        pieces += f"{size:x}\r\n".encode() + body[:size] + b"\r\n"
        body = body[size:]
    return pieces + b"0\r\n\r\n"


def request(random_):
    """A request, mostly well-formed on the outside, sometimes with bytes of it changed, doubled or lost."""
    made_up = "/" + "/".join(random_.choice(SEGMENTS) for _ in range(random_.randint(0, 5)))
    path = random_.choice([made_up, random_.choice(REAL_PATHS)]) + random_.choice(QUERIES)
    body = random_.choice(BODIES).encode("latin-1")
    lines = [
        f"{random_.choice(METHODS[:7] * 4 + METHODS[7:])} {path} HTTP/{random_.choice(['1.1'] * 20 + ['1.0', '2.0', 'x'])}"
    ]
    if random_.random() < 0.97:
        lines.append("Host: localhost")
    lines += random_.sample(HEADERS, random_.choice([0, 0, 0, 0, 1, 2]))
    if body and random_.random() < 0.8:
        lines.append("Content-Type: application/json")
    if random_.random() < 0.2:
        lines.append("Transfer-Encoding: chunked")
        body = chunked(random_, body)
    elif body:
        lines.append(f"Content-Length: {len(body) + random_.choice([0] * 20 + [1, -1])}")
    data = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
    for _ in range(random_.choice([0] * 6 + [1, 3])):
        at, much = random_.randrange(len(data)), random_.randint(1, 8)
        change = random_.choice(["lose", "double", "noise"])
        middle = {"lose": b"", "double": data[at : at + much] * 2, "noise": random_.randbytes(much)}[change]
        data = data[:at] + middle + data[at + much :]
    return data * random_.choice([1] * 9 + [3])


def talk(port, data, random_):
    """Sends it as TCP may split it, then reads until the worker closes. Its whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as client:
        try:
            split = random_.choice([len(data), len(data), random_.randint(0, len(data))])
            client.sendall(data[:split])
            client.sendall(data[split:])
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while more := client.recv(65536):
                answer += more
            return answer
        except (ConnectionResetError, BrokenPipeError):
            return b""  # closed on what it does not want to hear


def assert_first_answer_is_sound(answer, sent):
    """It may be nothing at all: the worker closed. An error must be Connect's."""
    while answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
    if not answer:
        return 0
    head, _, rest = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status < 500 or status in (501, 503, 505), (sent, answer)
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    if status >= 400 and rest and not rest.startswith(b"HTTP/1.1 "):  # HEAD is answered without a body
        error = json.loads(rest[:length])
        assert error["error_code"] == status and error["message"], (sent, answer)
    return status


def test_the_worker_stands_twenty_thousand_requests(worker):
    random_ = random.Random(SEED)
    started = worker.pid
    beat = {"connector.class": "HeartbeatSource", "topic": "beats", "rate": "5"}
    worker.rest.run("beat", beat)
    statuses = {}
    for number in range(1, REQUESTS + 1):
        sent = request(random_)
        status = assert_first_answer_is_sound(talk(worker.port, sent, random_), sent)
        statuses[status] = statuses.get(status, 0) + 1
        if number % 100 == 0:
            assert worker.process.poll() is None and worker.pid == started, f"the worker ended at request {number}"
            assert worker.rest.call("GET", "/connectors?expand=status").status_code == 200
            # Some of the requests stopped or deleted it.
            worker.rest.put("beat", beat)
            worker.rest.answer("PUT", "/connectors/beat/resume")
    print("answers by status, 0 for a closed connection:", dict(sorted(statuses.items())))
    assert {200, 400, 404, 405} <= statuses.keys()
    worker.rest.wait_running("beat")
    wait_until("nothing is left of it all", lambda: worker.rest.is_healthy())
