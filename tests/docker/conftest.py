import os
import platform
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))

from clean_root import REPOSITORY, needs_root
from image import ImageBuilder
from published_ports import PublishedPort, connect_container, leave_the_hosts_network
from started import Started


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


class Container(Started):
    """The image's own command, started as its user; reached by the ports that compose.yaml publishes and nothing else."""

    def start(self):
        super().start()
        connect_container(self.pid)


@pytest.fixture(scope="session")
def container(image, compose, tmp_path_factory):
    leave_the_hosts_network()
    container = Container(image.start, tmp_path_factory.mktemp("container") / "log")
    try:
        container.start()
        for port in compose["ports"]:
            PublishedPort(port)
        container.await_health()
        yield container
        print(f"--- log of the container:\n{container.log()}")
    finally:
        container.kill()
