"""The packages in a clean Debian: installed, run as the unit says, upgraded, removed, purged. In the order of this file."""

import os
import re
import shutil
import stat
import subprocess

import pytest
from clean_root import REPOSITORY
from harness.mjpeg import Stream
from service import UNIT

DATA = "/var/lib/framespool"
PROPERTIES = "/etc/framespool/worker.properties"
STREAM = "http://127.0.0.1:5000/"
VIDEO = "video"
WANTED = "/etc/systemd/system/multi-user.target.wants/framespool.service"


def owner_of(root, inside):
    """USER:GROUP and mode, by the root's own names."""
    return root.run(["stat", "--format=%U:%G %a", inside]).strip()


def dpkg(root, *words):
    return root.run(["dpkg", *words], environment={"DEBIAN_FRONTEND": "noninteractive"})


def play(rest):
    rest.run(
        VIDEO,
        {
            "connector.class": "VideoFileSource",
            "file": "/usr/share/framespool/sample.mp4",
            "topic": "sample",
            "loop": "true",
        },
    )
    rest.run("browser", {"connector.class": "MjpegHttpSink", "topics": "sample", "http.port": "5000"})


def take(count):
    with Stream(STREAM) as stream:
        return [body for _, body in stream.take(count)]


def test_the_worker_has_a_user_a_folder_and_properties_of_its_own(root):
    assert owner_of(root, DATA) == "framespool:framespool 700"
    assert owner_of(root, PROPERTIES) == "root:framespool 640"
    assert os.path.lexists(root.path(WANTED)), "the unit is not started at boot"


def test_says_its_version(root):
    assert re.match(r"framespool \d+\.\d+\.\d+ \(\w+\)\n", root.run(["framespool", "--version"]))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_takes_the_unit_and_finds_it_well_shut(root):
    done = subprocess.run(
        ["systemd-analyze", f"--root={root.folder}", "--man=no", "--recursive-errors=no", "verify", UNIT],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    # Of 100; a unit without any of this has 96.
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", root.path(UNIT)],
        timeout=120,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def test_runs_without_rights_on_its_own_connectors_and_page(service):
    with open(f"/proc/{service.pid}/status") as status:
        assert "0" not in re.search(r"^Uid:\s+(\d+)\s+(\d+)", status.read(), re.MULTILINE).groups()
    classes = {plugin["class"] for plugin in service.rest.answer("GET", "/connector-plugins")}
    assert {"VideoFileSource", "MjpegHttpSink"} <= classes
    page = service.rest.call("GET", "/ui/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")


def test_plays_the_sample(service):
    play(service.rest)
    frames = take(10)
    assert all(body.startswith(b"\xff\xd8") for body in frames)
    assert len(set(frames)) > 1


def test_an_upgrade_keeps_data_and_properties(root, service, debs, tmp_path):
    play(service.rest)
    take(1)
    properties = root.path(PROPERTIES)
    properties.write_text(properties.read_text() + "worker.id=mine\n")
    newer = debs["framespool"].as_version("99.0-1", tmp_path)
    newer.copy_to(root)

    # As systemd would restart it: the package is there before the old one ends.
    dpkg(root, "--install", newer.inside)
    assert service.stop(service.grace) == 0, service.log()
    service.start()
    service.await_health()
    service.rest.wait_task(VIDEO, "RUNNING")
    assert service.rest.status(VIDEO)["connector"]["worker_id"] == "mine"
    assert f"{VIDEO}|task-0] goes on at frame" in service.log()
    assert take(3)
    assert owner_of(root, PROPERTIES) == "root:framespool 640"


def test_data_and_properties_outlive_the_package(root, service, debs):
    assert service.stop(service.grace) == 0, service.log()
    dpkg(root, "--remove", "framespool-dev", "framespool")
    assert not root.path("/usr/bin/framespool").exists()
    assert root.path(f"{DATA}/framespool.db").exists()
    assert "worker.id=mine" in root.path(PROPERTIES).read_text()

    dpkg(root, "--install", debs["framespool"].inside)
    service.start()
    service.await_health()
    service.rest.wait_task(VIDEO, "RUNNING")
    assert take(1)
    assert service.stop(service.grace) == 0, service.log()


def test_a_purge_keeps_the_data_when_nobody_has_said_otherwise(root, service):
    told = dpkg(root, "--purge", "framespool")
    assert not root.path(PROPERTIES).parent.exists()
    assert not os.path.lexists(root.path(WANTED))
    assert root.path(f"{DATA}/framespool.db").exists()
    assert owner_of(root, DATA).startswith("framespool:framespool")
    assert f"{DATA} and the user framespool stay" in told


def test_a_purge_removes_the_data_when_its_question_is_answered_with_yes(root, debs):
    dpkg(root, "--install", debs["framespool"].inside)
    assert stat.S_ISREG(root.path(f"{DATA}/framespool.db").stat().st_mode)
    answer = "echo framespool framespool/purge-data boolean true | debconf-set-selections"
    root.run(["/bin/sh", "-c", answer])
    dpkg(root, "--purge", "framespool")
    assert not root.path(DATA).exists()
    assert "framespool" not in root.path("/etc/passwd").read_text()


def test_the_manual_tells_the_answer_that_removes_the_data():
    manual = (REPOSITORY / "packaging/framespool.1.in").read_text()
    template = (REPOSITORY / "packaging/debian/templates").read_text()
    assert "framespool/purge-data" in manual and "Template: framespool/purge-data" in template
