"""How late this machine runs what is due. A promise in milliseconds is kept by the code; what a busy machine adds to it is
measured beside it, so that the promise is checked with its own number everywhere, and to the letter on an idle machine."""

import bisect
import threading
import time

_TICK_SECONDS = 0.005
_SHORTEST = 0.001  # less than this is how exact a sleep is


class Lateness:
    """A thread that wants to run every 5 ms and notes by how much it came too late."""

    def __init__(self):
        self._ends = []
        self._late = []
        threading.Thread(target=self._watch, name="lateness", daemon=True).start()

    def _watch(self):
        while True:
            due = time.monotonic() + _TICK_SECONDS
            time.sleep(_TICK_SECONDS)
            now = time.monotonic()
            if now - due > _SHORTEST:
                self._late.append(now - due)
                self._ends.append(now)

    def between(self, begin, end):
        """The seconds of this span in which a thread was due and did not run."""
        first = bisect.bisect_left(self._ends, begin)
        last = bisect.bisect_right(self._ends, end)
        # One that was late at `end` tells so only afterwards.
        return sum(self._late[first:last + 1])


_lateness = Lateness()


def lateness_between(begin, end):
    return _lateness.between(begin, end)
