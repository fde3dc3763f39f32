"""How late this machine runs what is due. A promise in milliseconds is kept by the code; what a busy machine adds to it is
measured beside it, so that the promise is checked with its own number everywhere, and to the letter on an idle machine."""

import bisect
import os
import threading
import time

_TICK_SECONDS = 0.005
_TICKS_PER_LOOK = 8
_SHORTEST = 0.001  # less than this is how exact a sleep is


def _children_of(pid):
    """Of a worker's keeper, the worker."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


class _Spans:
    """Seconds that were lost, each known at a moment."""

    def __init__(self):
        self._moments = []
        self._seconds = []

    def add(self, moment, seconds):
        self._seconds.append(seconds)
        self._moments.append(moment)

    def between(self, begin, end):
        first = bisect.bisect_left(self._moments, begin)
        last = bisect.bisect_right(self._moments, end)
        # What was lost just before `end` is known only afterwards.
        return sum(self._seconds[first : last + 1])


class Lateness:
    """A thread that wants to run every 5 ms and notes by how much it came too late, and for how long the threads of watched
    processes waited for a CPU (/proc/PID/task/*/schedstat)."""

    def __init__(self):
        self._own = _Spans()
        self._watched = _Spans()
        self._waited = {}
        self._pids = set()
        threading.Thread(target=self._run, name="lateness", daemon=True).start()

    def watch(self, pid):
        self._pids.add(pid)

    def between(self, begin, end):
        """The seconds of this span for which somebody was due and did not run; the whole span at most."""
        return min(end - begin, self._own.between(begin, end) + self._watched.between(begin, end))

    def _run(self):
        tick = 0
        while True:
            due = time.monotonic() + _TICK_SECONDS
            time.sleep(_TICK_SECONDS)
            now = time.monotonic()
            if now - due > _SHORTEST:
                self._own.add(now, now - due)
            tick += 1
            if tick % _TICKS_PER_LOOK == 0:
                for pid in list(self._pids):
                    self._look(pid, now)
                    for child in _children_of(pid):
                        self._look(child, now)

    def _look(self, pid, now):
        waited = 0
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total = int(file.read().split()[1]) / 1e9
                waited += total - self._waited.get((pid, task), 0)
                self._waited[pid, task] = total
        except (OSError, IndexError):
            if not os.path.exists(f"/proc/{pid}"):
                self._pids.discard(pid)
        if waited > _SHORTEST:
            self._watched.add(now, waited)


LATENESS = Lateness()
