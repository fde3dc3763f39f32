"""A viewer of a stream: a plain socket, both framings of viewing.md, and the frames as they came."""

import hashlib
import re
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.waiting import PATIENCE_SECONDS

_READ_BYTES = 1 << 18


def parse_headers(block):
    """Names in lower case."""
    headers = {}
    for line in block.split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers[name.strip().lower().decode()] = value.strip().decode()
    return headers


def boundary_of(content_type):
    assert content_type.startswith("multipart/x-mixed-replace"), content_type
    return re.search(r'boundary="?([^";]+)"?', content_type).group(1)


class Multipart:
    """Takes bytes as they come, gives whole parts: a part with Content-Length ends there, one without at the next
    boundary."""

    def __init__(self, boundary):
        self._delimiter = b"--" + boundary.encode()
        self._buffer = bytearray()
        self._headers = None
        self._searched = 0

    def feed(self, data):
        self._buffer += data
        while (part := self._next_part()) is not None:
            yield part

    def _next_part(self):
        if self._headers is None and not self._read_headers():
            return None
        length = self._headers.get("content-length")
        end = int(length) if length is not None else self._find(b"\r\n" + self._delimiter)
        if end < 0 or end > len(self._buffer):
            return None
        body = bytes(memoryview(self._buffer)[:end])
        headers, self._headers = self._headers, None
        self._drop(end)
        return headers, body

    def _read_headers(self):
        start = self._find(self._delimiter, remember=False)
        end = -1 if start < 0 else self._buffer.find(b"\r\n\r\n", start)
        if end < 0:
            return False
        between = bytes(self._buffer[:start])
        assert between.strip() == b"", f"something stands between two parts: {between[:80]!r}"
        self._headers = parse_headers(bytes(self._buffer[start + len(self._delimiter) + 2 : end]))
        self._drop(end + 4)
        return True

    def _find(self, wanted, remember=True):
        found = self._buffer.find(wanted, self._searched if remember else 0)
        if remember:
            self._searched = max(0, len(self._buffer) - len(wanted))
        return found

    def _drop(self, count):
        del self._buffer[:count]
        self._searched = 0


class Chunks:
    """Takes a body in chunks as it comes (RFC 9112, 7.1), gives what is in them; `whole` when the last one has come."""

    def __init__(self):
        self._buffer = bytearray()
        self.whole = False

    def feed(self, data):
        self._buffer += data
        while (end := self._buffer.find(b"\r\n")) >= 0 and not self.whole:
            size = int(self._buffer[:end], 16)
            if len(self._buffer) < end + 2 + size + 2:
                return
            assert self._buffer[end + 2 + size : end + 4 + size] == b"\r\n", "a chunk ends with a line"
            yield bytes(self._buffer[end + 2 : end + 2 + size])
            del self._buffer[: end + 4 + size]
            self.whole = size == 0


class Stream:
    """One connection. Iterating gives (part headers, body) until the server closes; socket.timeout after `patience`."""

    def __init__(self, url, patience=PATIENCE_SECONDS):
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=patience)
        self.connected_at = time.monotonic()
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        self._has_end = None if "link=" in target else "until=" in target  # a link may have one, and may not
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: {address.netloc}\r\nUser-Agent: test\r\n\r\n".encode())
        head, _, self._rest = self._read_head().partition(b"\r\n\r\n")
        status_line, _, fields = head.partition(b"\r\n")
        self.status = int(status_line.split()[1])
        self.headers = parse_headers(fields)

    def _read_head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._socket.recv(_READ_BYTES)
            if not more:
                raise ConnectionResetError(f"closed before the end of the headers: {data!r}")
            data += more
        return data

    def __iter__(self):
        assert self.status == 200, f"status {self.status}: {self._rest!r}"
        parts = Multipart(boundary_of(self.headers["content-type"]))
        for data in self._body():
            yield from parts.feed(data)

    def _body(self):
        chunked = self.headers.get("transfer-encoding") == "chunked"
        assert self._has_end in (None, chunked), (
            "a stream without an end needs no chunks, and old clients do not read them"
        )
        chunks = Chunks()
        data = self._rest
        while True:
            yield from chunks.feed(data) if chunked else [data]
            data = self._socket.recv(_READ_BYTES)
            if not data:
                assert chunks.whole or not chunked, "it was cut off"
                return

    def take(self, count):
        parts = []
        for part in self:
            parts.append(part)
            if len(parts) == count:
                break
        return parts

    def close(self):
        self._socket.close()

    def interrupt(self):
        """Makes a read under way in another thread return."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def digest(body):
    return hashlib.sha1(body).hexdigest()


@dataclass(frozen=True)
class Seen:
    """A whole frame as a viewer got it."""

    digest: str
    at: float  # time.monotonic()
    connection: int
    connected_at: float


class Viewer:
    """Watches on a thread of its own, and connects again as soon as it can when the connection breaks."""

    def __init__(self, url, patience=PATIENCE_SECONDS):
        self.url = url
        self._patience = patience
        self._seen = []
        self.error = None
        self._stream = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        connection = 0
        try:
            while not self._stopping.is_set():
                try:
                    with Stream(self.url, self._patience) as stream:
                        self._stream = stream
                        # 503 is a stream that is being stopped: its worker is going, and another one comes.
                        for _, body in stream if stream.status != 503 else ():
                            self._seen.append(Seen(digest(body), time.monotonic(), connection, stream.connected_at))
                except OSError:
                    pass
                connection += 1
                self._stopping.wait(0.01)
        except Exception as error:  # shown to whoever asks next: a thread's own traceback would be lost
            self.error = error

    @property
    def seen(self):
        if self.error is not None:
            raise self.error
        return self._seen

    def digests(self):
        return [seen.digest for seen in list(self.seen)]

    def stop(self):
        self._stopping.set()
        if self._stream is not None:
            self._stream.interrupt()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the viewer did not stop"
        return self.seen

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self._stopping.set()
