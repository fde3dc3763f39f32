import os
import platform
import signal
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))

from clean_root import REPOSITORY, first_child, needs_root
from harness.rest import Rest
from harness.waiting import wait_until
from image import ImageBuilder
from published_ports import PublishedPort, connect_container, leave_the_hosts_network


def pytest_addoption(parser):
    parser.addoption(
        "--build-stage",
        action="store_true",
        help="carry out the stage that compiles as well, instead of taking build/release for it",
    )


@pytest.fixture(scope="session")
def compose():
    """The one service of compose.yaml."""
    services = yaml.safe_load((REPOSITORY / "docker/compose.yaml").read_text())["services"]
    assert list(services) == ["framespool"]
    return services["framespool"]


@pytest.fixture(scope="session")
def image(request):
    needs_root()
    whole = request.config.getoption("--build-stage")
    # What was built here runs on the Debian of here; the Dockerfile's own is taken where all is built.
    debian = "12" if whole else platform.freedesktop_os_release()["VERSION_ID"]
    with tempfile.TemporaryDirectory(
        prefix="framespool-docker.", dir=os.environ.get("TMPDIR", "/var/tmp"), ignore_cleanup_errors=True
    ) as folder:
        yield ImageBuilder(folder, debian, whole).build()


class Container:
    """The image's own command, started as its user; reached by the ports that compose.yaml publishes and nothing else."""

    def __init__(self, image, log_file):
        self._image = image
        self._log_file = log_file
        self._starts = 0
        self.process = None
        self.rest = Rest("http://127.0.0.1:8083")

    def log(self):
        return self._log_file.read_text(errors="replace")

    def start(self):
        """Also behind its end: as `docker start` does, on the same data."""
        self._starts += 1
        with self._log_file.open("ab") as log:
            self.process = self._image.start(log)
        self.pid = wait_until("the container's first process is there", self._first_child, 60)
        wait_until("the worker listens", lambda: self._first_child() and self._listens(), 60)
        connect_container(self.pid)

    def await_health(self):
        wait_until("the worker is healthy", lambda: self._first_child() and self.rest.is_healthy(), 60)

    def kill(self):
        if self.process is None or self.process.poll() is not None:
            return
        # The first process of a container takes the others with it; what made the container would leave them behind.
        if child := first_child(self.process):
            os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def _listens(self):
        return self.log().count("listening on") >= self._starts

    def _first_child(self):
        code = self.process.poll()
        assert code is None, f"the container ended with {code}:\n{self.log()}"
        return first_child(self.process)


@pytest.fixture(scope="session")
def container(image, compose, tmp_path_factory):
    leave_the_hosts_network()
    container = Container(image, tmp_path_factory.mktemp("container") / "log")
    try:
        container.start()
        for port in compose["ports"]:
            PublishedPort(port)
        container.await_health()
        yield container
        print(f"--- log of the container:\n{container.log()}")
    finally:
        container.kill()
