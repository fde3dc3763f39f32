"""What the benches in Python have in common: how they are asked, what a process takes, and what ./dev bench is told."""

import argparse
import contextlib
import json
import os
import re
import selectors
import socket
import statistics
import time
from pathlib import Path

from harness.worker import children_of


def is_quick(name):
    """Whether the command line asks for little, to see that the bench works: NAME [--quick]."""
    options = argparse.ArgumentParser(prog=name)
    options.add_argument("--quick", action="store_true", help="small and short: to see that it works")
    return options.parse_args().quick


def _with_children(pid):
    """A worker is its keeper's child."""
    return (pid, *children_of(pid))


def cpu_seconds(pid):
    """Of a process and its children, of threads that are and that were."""
    # As clock_getcpuclockid(3) makes a clock's number of a process's.
    return sum(time.clock_gettime((~each << 3) | 2) for each in _with_children(pid))


def rss_mb(pid):
    """Of a process and its children."""
    statuses = [Path(f"/proc/{each}/status").read_text() for each in _with_children(pid)]
    return sum(int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) for status in statuses) / 1024


def listens(port):
    """Whether somebody does, on 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def report(what, beside, unit, ours, theirs, more_is_better, aim=0.0):
    """One pair of one run, as report.h has it: `ours` and `theirs` are the figures of its rounds, compared round by round,
    since a machine's pace drifts. Prints it, and appends it to the file that BENCH_REPORT names."""
    ratios = [our / their if more_is_better else their / our for our, their in zip(ours, theirs, strict=True)]
    pair = {
        "what": what,
        "beside": beside,
        "unit": unit,
        "ours": statistics.median(ours),
        "theirs": statistics.median(theirs),
        "ratio": statistics.median(ratios),
        "aim": aim,
    }
    print(
        f"{what}: {pair['ours']:.4g} {unit}, {beside}: {pair['theirs']:.4g}; {pair['ratio']:.2f} times better",
        flush=True,
    )
    if file := os.environ.get("BENCH_REPORT"):
        with open(file, "a") as lines:
            lines.write(json.dumps(pair) + "\n")


class PartCounter:
    """Many viewers of one multipart stream on one thread, each on a connection of its own: how many pictures began for each.
    What is between two heads is read and dropped, so that it costs little beside the server, and takes any framing."""

    _HEAD = b"content-type: image/"

    def __init__(self, port, path, viewers):
        self.parts = [0] * viewers
        self._tails = [b""] * viewers
        self._selector = selectors.DefaultSelector()
        for viewer in range(viewers):
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, viewer)

    def count(self, seconds, until=lambda: False):
        """For so long, until the condition holds, or until nobody is connected any more."""
        end = time.monotonic() + seconds
        while self._selector.get_map() and not until() and (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                read = key.fileobj.recv(1 << 18)
                if read:
                    seen = self._tails[key.data] + read.lower()
                    self.parts[key.data] += seen.count(self._HEAD)
                    self._tails[key.data] = seen[1 - len(self._HEAD) :]
                else:
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
