"""A worker in a clean root: started as often as wanted, on the same data."""

import os
import signal

from clean_root import first_child
from harness.rest import Rest
from harness.waiting import wait_until


class Started:
    """`launch(log)` starts it. Its first process is one of a process namespace, so that its end takes the others with it."""

    def __init__(self, launch, log_file):
        self._launch = launch
        self._log_file = log_file
        self._starts = 0
        self.process = None
        self.rest = Rest("http://127.0.0.1:8083")

    def log(self):
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    def start(self):
        """Also behind its end."""
        self._starts += 1
        with self._log_file.open("ab") as log:
            self.process = self._launch(log)
        self.pid = wait_until("the worker's process is there", self._first_child, 60)
        wait_until("the worker listens", lambda: self._first_child() and self._listens(), 60)

    def await_health(self):
        wait_until("the worker is healthy", lambda: self._first_child() and self.rest.is_healthy(), 60)

    def stop(self, seconds):
        """As systemd and Docker do. Returns the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        if self.process is None or self.process.poll() is not None:
            return
        # What made the namespace would leave those in it behind.
        if child := first_child(self.process):
            os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def _listens(self):
        return self.log().count("listening on") >= self._starts

    def _first_child(self):
        code = self.process.poll()
        assert code is None, f"the worker ended with {code}:\n{self.log()}"
        return first_child(self.process)
