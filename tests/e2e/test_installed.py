"""`cmake --install` into a folder of somebody's: the worker there finds what is its own, and a connector that was built
outside of this tree, against the SDK there, is one of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.mjpeg import Stream
from harness.waiting import wait_until
from harness.worker import BUILD, clean_environment

TEMPLATE = Path("share/framespool/sdk/template-sink")


def run(*command, cwd=None, **environment):
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(**environment), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where it is installed, and stands somewhere else since then."""
    first = tmp_path_factory.mktemp("first") / "usr"
    run("cmake", "--install", BUILD, "--prefix", first)
    return first.rename(tmp_path_factory.mktemp("prefix") / "moved")


@pytest.fixture
def installed_worker(prefix, new_worker):
    def make(*plugin_path):
        own = [str(prefix / "lib/framespool/plugins")] if plugin_path else []
        return new_worker(prefix / "bin/framespool", plugin_path=",".join([*map(str, plugin_path), *own])).start()

    return make


def classes_of(worker):
    return {plugin["class"] for plugin in worker.rest.answer("GET", "/connector-plugins")}


def end_of(worker, topic):
    answer = worker.rest.call("GET", f"/topics/{topic}")
    return answer.json()["partitions"][0]["end_offset"] if answer.ok else 0


def test_finds_its_connectors_its_page_and_its_sample_without_being_told(prefix, installed_worker, new_sink):
    worker = installed_worker()
    assert {"VideoFileSource", "MjpegHttpSink"} <= classes_of(worker)
    assert worker.rest.call("GET", "/ui/").status_code == 200
    sample = worker.rest.answer("GET", "/worker")["sample_video"]
    assert sample == str(prefix / "share/framespool/sample.mp4")

    sink = new_sink("sample")
    worker.rest.run("video", {"connector.class": "VideoFileSource", "file": sample, "topic": "sample"})
    worker.rest.run("browser", sink.config)
    with Stream(sink.url) as stream:
        assert all(body.startswith(b"\xff\xd8") for _, body in stream.take(3))
    # The encoder of clips is a program beside the connector's library.
    with Stream(sink.url + "clip?from=0&until=2&format=mp4") as clip:
        assert clip.status == 200, clip.headers


def test_its_unit_and_its_properties_stand_below_the_prefix(prefix):
    unit = (prefix / "lib/systemd/system/framespool.service").read_text()
    assert "/bin/framespool worker " in unit and "@" not in unit.replace("@system-service", "")
    assert (prefix / "etc/framespool/worker.properties").exists()


def test_an_install_again_keeps_the_properties(tmp_path):
    properties = tmp_path / "etc/framespool/worker.properties"
    run("cmake", "--install", BUILD, "--prefix", tmp_path, "--component", "worker")
    properties.write_text("listeners=http://127.0.0.1:1\n")
    run("cmake", "--install", BUILD, "--prefix", tmp_path, "--component", "worker")
    assert properties.read_text() == "listeners=http://127.0.0.1:1\n"


@pytest.fixture(scope="module")
def built(prefix, tmp_path_factory):
    """A connector as framespool-new-connector makes it, built, and its own test run."""
    folder = tmp_path_factory.mktemp("own")
    said = run(prefix / "bin/framespool-new-connector", "source", "slow-clock", cwd=folder)
    assert "slow-clock holds a source of class SlowClockSource" in said
    launcher = ["-D", "CMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run(
        "cmake",
        "-S",
        "slow-clock",
        "-B",
        "slow-clock/build",
        "-D",
        f"CMAKE_PREFIX_PATH={prefix}",
        *launcher,
        cwd=folder,
    )
    run("cmake", "--build", "slow-clock/build", cwd=folder)
    run("ctest", "--test-dir", "slow-clock/build", "--no-tests=error", "--output-on-failure", cwd=folder)
    run("cmake", "--build", "slow-clock/build", "--target", "update-generated", cwd=folder)
    return folder / "slow-clock"


def test_a_connector_built_outside_with_cmake_runs_in_it(built, installed_worker):
    worker = installed_worker(built / "build/plugins")
    assert {"SlowClockSource", "VideoFileSource"} <= classes_of(worker)
    worker.rest.run("clock", {"connector.class": "SlowClockSource", "topic": "clock", "rate": "100"})
    wait_until("its records are in the topic", lambda: end_of(worker, "clock") >= 10)


def test_its_readme_has_tables_and_it_has_a_schema(built):
    assert "| `topic` | string |" in (built / "README.md").read_text()
    assert (built / "schemas/connectors/SlowClockSource.schema.json").exists()


def test_a_connector_is_installed_beside_those_that_came_with_the_worker(built, prefix, installed_worker):
    run("cmake", "--install", built / "build", "--prefix", prefix)
    assert "SlowClockSource" in classes_of(installed_worker())


def test_a_connector_built_with_pkg_config_alone_runs_in_it(prefix, tmp_path, installed_worker):
    pkg_config = {"PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")}
    version = run("pkg-config", "--modversion", "framespool", **pkg_config).strip()
    assert run(prefix / "bin/framespool", "--version").startswith(f"framespool {version} ")
    assert os.path.samefile(
        run("pkg-config", "--variable=plugindir", "framespool", **pkg_config).strip(), prefix / "lib/framespool/plugins"
    )
    flags = run("pkg-config", "--cflags", "framespool", **pkg_config).split()
    library = tmp_path / "lines.so"
    run("g++", "-shared", "-fPIC", *flags, prefix / TEMPLATE / "line_file_sink.cpp", "-o", library)
    run(prefix / "bin/framespool-manifest", "--output", tmp_path / "lines.manifest.json", library)
    assert "LineFileSink" in classes_of(installed_worker(tmp_path))
