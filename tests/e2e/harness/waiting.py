"""Waiting for something to become true, with a deadline and a reason."""

import time

POLL_SECONDS = 0.02


def wait_until(what, condition, seconds=20.0):
    """Returns the first truthy result of condition(); fails saying what it waited for."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}; last result: {result!r}")
        time.sleep(POLL_SECONDS)


def wait_until_still(what, value, still=2.0, seconds=60.0):
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
