"""A reverse proxy that serves one port below a path, as nginx's `location /hall/ { proxy_pass http://…/; }` does."""

import re
import socket
import threading


class PathProxy:
    """`strays` are the requests that came for another path: what a page asks for that does not know where it is."""

    def __init__(self, port, path):
        self.target, self.path, self.strays = port, path, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}{path}/"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True, name="path-proxy").start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True, name="path-proxy").start()

    def _serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(65536)
                if not more:
                    return
                head += more
            method, target, rest = head.split(b" ", 2)
            if not target.startswith(self.path.encode() + b"/"):
                self.strays.append(target.decode())
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.target)) as sink:
                rest = re.sub(rb"\r\nHost: [^\r]*", b"\r\nHost: 127.0.0.1:%d" % self.target, rest, flags=re.I)
                sink.sendall(b" ".join([method, target[len(self.path) :], rest]))
                threading.Thread(target=_watch_end, args=(client, sink), daemon=True, name="path-proxy").start()
                while more := sink.recv(65536):
                    try:
                        client.sendall(more)
                    except OSError:
                        return


def _watch_end(client, sink):
    """A viewer that goes takes its connection to the sink with it."""
    try:
        while client.recv(4096):
            pass
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
