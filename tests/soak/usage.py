"""What a worker's process uses, looked at again and again."""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    pid: int
    rss_mb: float
    own_mb: float  # of it what is no file's: pages of the log that it reads are the kernel's to take back
    descriptors: int
    threads: int


def usage_of(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return Usage(
        pid,
        int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024,
        int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024,
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        int(re.search(r"Threads:\s+(\d+)", status).group(1)),
    )


class UsageLog:
    """Looks at the process that a worker is at that moment."""

    # More than that between the first and the last third of a time without kills is growth.
    MOST = {"own_mb": 16, "descriptors": 40, "threads": 20}

    def __init__(self, worker):
        self._worker = worker
        self._all = []
        self._calm = []

    def begin_again(self):
        """From here on the process stays the same."""
        self._calm = []

    def look(self):
        with contextlib.suppress(OSError, AttributeError, AssertionError):  # it is down
            found = usage_of(self._worker.pid)
            self._all.append(found)
            self._calm.append(found)

    def line(self):
        if not self._all:
            return "nothing yet"
        last = self._all[-1]
        return f"RSS {last.rss_mb:5.1f} MB, {last.own_mb:5.1f} no file's  descriptors {last.descriptors:4}  threads {last.threads:3}"

    def _thirds(self, what):
        values = [getattr(each, what) for each in self._calm]
        third = max(1, len(values) // 3)
        middle = sorted(values[:third])[third // 2] if values else 0
        return middle, sorted(values[-third:])[third // 2] if values else 0

    def summary(self):
        result = {"processes": len({each.pid for each in self._all})}
        for what in ["rss_mb", *self.MOST]:
            first, last = self._thirds(what)
            result[what] = {"first third": first, "last third": last, "most": max(getattr(e, what) for e in self._all)}
        return result

    def grows(self):
        return any(last - first > self.MOST[what] for what in self.MOST for first, last in [self._thirds(what)])
