"""Waiting for something to become true, with a deadline and a reason."""

import time

POLL_SECONDS = 0.02
# Ends what would never come; a busy machine takes its time, and what comes is taken at once.
PATIENCE_SECONDS = 120.0


def wait_until(what, condition, seconds=PATIENCE_SECONDS):
    """Returns the first truthy result of condition(); fails saying what it waited for."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}; last result: {result!r}")
        time.sleep(POLL_SECONDS)


def wait_until_still(what, value, still=2.0, seconds=PATIENCE_SECONDS):
    """Returns value() once it has not changed for `still` seconds."""
    last, since = value(), time.monotonic()

    def stands():
        nonlocal last, since
        now = value()
        if now != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since >= still

    wait_until(f"{what} stands still", stands, seconds)
    return last
