"""A real worker process. It dies with the test's process, whatever ends that."""

import contextlib
import ctypes
import fcntl
import os
import random
import re
import select
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness.lateness import LATENESS
from harness.rest import Rest
from harness.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("FRAMESPOOL_BUILD", ROOT / "build" / "release"))
BINARY = BUILD / "bin" / "framespool"
PLUGINS = f"{BUILD / 'plugins'},{BUILD / 'plugins-templates'}"  # what the tests' workers have
BAD_PLUGINS = BUILD / "test-plugins"

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def children_of(pid):
    """The processes that it has started and that have not ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def await_end_of(pid):
    """Of a process that is not a child of this one."""
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            assert select.select([process], [], [], PATIENCE_SECONDS)[0], f"process {pid} does not end"
        finally:
            os.close(process)


def clean_environment(**more):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FRAMESPOOL_")}
    return environment | more


_PORTS = Path(tempfile.gettempdir()) / f"framespool-test-ports-{os.getuid()}"
_ours = []  # files, locked as long as this process lives: another test of this machine's is given none of these ports


def free_port():
    """One that stays free while nobody listens there: below those that the kernel gives to whoever connects. A viewer that
    connects again and again to a port of that range may be given that port, and then is connected to itself. Kafka nodes
    (start-kafka.sh) and the page's tests (admin-ui/e2e/worker.ts) have ranges of their own."""
    _PORTS.mkdir(exist_ok=True)
    while True:
        port = random.randint(15000, 21999)
        file = open(_PORTS / str(port), "w")
        with contextlib.suppress(OSError), socket.socket() as probe:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _ours.append(file)
            return port
        file.close()


class Worker:
    """start(), then stop() or kill(), as often as wanted: always on the same data, on the same REST port."""

    def __init__(self, folder, properties=None, binary=BINARY):
        self.binary = binary
        self.data = folder / "data"
        self.log_file = folder / "worker.log"
        self.properties_file = folder / "worker.properties"
        self.port = free_port()
        self.rest = Rest(f"http://127.0.0.1:{self.port}")
        self.process = None  # the one that was started: the worker's keeper
        self.may_crash = False  # else a worker that was started again is a failure of the test
        settings = {
            "listeners": self.rest.url,
            "data.dir": str(self.data),
            "plugin.path": PLUGINS,
        } | (properties or {})
        self.properties_file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def start(self, *arguments, ready=True):
        """`arguments`: files of connectors, options."""
        assert self.process is None, "the worker runs already"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "worker", self.properties_file, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                preexec_fn=die_with_parent,
            )
        LATENESS.watch(self.process.pid)
        if ready:
            wait_until("the worker is healthy", self._is_ready)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"the worker ended with {self.process.returncode}:\n{self.log()}"
        return self.rest.is_healthy()

    @property
    def pid(self):
        """The worker's own process: the child of its keeper."""
        return wait_until("the worker's process is there", lambda: children_of(self.process.pid))[0]

    def stop(self):
        """As systemd would. Returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self):
        return self._end(signal.SIGKILL)

    def _end(self, how):
        if self.process is None:
            return None
        process, self.process = self.process, None
        workers = children_of(process.pid)
        process.send_signal(how)
        try:
            code = process.wait(PATIENCE_SECONDS)
            # The kernel takes a worker with its keeper, but a moment later.
            for worker in workers:
                await_end_of(worker)
            return code
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"the worker did not end within {PATIENCE_SECONDS} s of {how.name}:\n{self.log()}"
            ) from None

    def crashed(self):
        return any(words in self.log() for words in ("has ended the worker", "the worker was ended by"))

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def listening_urls(log):
    return re.findall(r"listening on (http://\S+)", log)
