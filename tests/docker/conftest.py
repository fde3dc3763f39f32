import os
import platform
import signal
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

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


@pytest.fixture(scope="session")
def container(image, compose, tmp_path_factory):
    """The image's own command, started as its user; reached by the ports that compose.yaml publishes and nothing else."""
    leave_the_hosts_network()
    log_file = tmp_path_factory.mktemp("container") / "log"
    with log_file.open("wb") as log:
        process = image.start(log)

    def log_text():
        return log_file.read_text(errors="replace")

    def started():
        assert process.poll() is None, f"the container ended with {process.returncode}:\n{log_text()}"
        return first_child(process)

    try:
        pid = wait_until("the container's first process is there", started, 60)
        wait_until("the worker listens", lambda: started() and "listening on" in log_text(), 60)
        connect_container(pid)
        for port in compose["ports"]:
            PublishedPort(port)
        rest = Rest("http://127.0.0.1:8083")
        wait_until("the worker is healthy", lambda: started() and rest.is_healthy(), 60)
        yield SimpleNamespace(process=process, pid=pid, rest=rest, log=log_text)
        print(f"--- log of the container:\n{log_text()}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
