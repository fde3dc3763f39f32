import os
import platform
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "docker"))

from clean_root import CleanRoot, needs_root
from debs import pack
from published_ports import leave_the_hosts_network
from service import Service


@pytest.fixture(scope="session")
def debs(tmp_path_factory):
    """The packages of this build by their names."""
    return pack(tmp_path_factory.mktemp("debs"))


@pytest.fixture(scope="session")
def root(debs):
    """A clean Debian that has both packages, as apt installs them."""
    needs_root()
    with tempfile.TemporaryDirectory(
        prefix="framespool-package.", dir=os.environ.get("TMPDIR", "/var/tmp"), ignore_cleanup_errors=True
    ) as folder:
        # What was built here runs on the Debian of here.
        root = CleanRoot.of_debian(platform.freedesktop_os_release()["VERSION_ID"], folder)
        for deb in debs.values():
            deb.copy_to(root)
        root.run(["apt-get", "update", "-q"])
        root.run(
            ["apt-get", "install", "--yes", "--no-install-recommends", *[deb.inside for deb in debs.values()]],
            environment={"DEBIAN_FRONTEND": "noninteractive"},
        )
        yield root


@pytest.fixture(scope="session")
def service(root, tmp_path_factory):
    leave_the_hosts_network()
    service = Service(root, tmp_path_factory.mktemp("service") / "log")
    try:
        service.start()
        service.await_health()
        yield service
        print(f"--- log of the service:\n{service.log()}")
    finally:
        service.kill()
